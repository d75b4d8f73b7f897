/**
 * In which order hosts are changed, where it matters.
 *
 * A cluster that does not exist yet is built at once: its servers wait for each other. One that lives
 * is changed host by host, each proved before the next, and its leader last: a restart of Consul or
 * Patroni there is a fail-over at the worst time.
 */
import type { Host } from "../cluster/cluster.ts";
import { raftLeaderBy } from "./consul-state.ts";
import { lastPrimary } from "./last-primary.ts";
import { leaderHost } from "./patroni-state.ts";
import type { Waves } from "./phase.ts";
import type { Ports } from "./ports.ts";
import type { World } from "./world.ts";

/** Consul servers: the Raft leader last. */
export async function serverWaves(_: World, ports: Ports, hosts: readonly Host[]): Promise<Waves> {
  const leaders = await Promise.all(hosts.map(async (host) => raftLeaderBy(ports, host)));
  const [leader] = leaders.flatMap((known) =>
    known.ok && known.value !== "" ? [known.value] : [],
  );
  if (leader === undefined) return [hosts];
  return oneByOne(hosts, (host) => leader.startsWith(`${host.address}:`));
}

/** Consul agents on database hosts: all at once while there is no Patroni. */
export async function agentWaves(
  world: World,
  ports: Ports,
  hosts: readonly Host[],
): Promise<Waves> {
  const leader = await leaderHost(world, ports);
  if (leader === undefined) return [hosts];
  return oneByOne(hosts, ({ name }) => name === leader.name);
}

/**
 * Patroni: the first host of a new cluster before the others, or of one that stands still that which
 * led it last; the leader of one that lives last.
 */
export async function patroniWaves(
  world: World,
  ports: Ports,
  hosts: readonly Host[],
): Promise<Waves> {
  const leader = await leaderHost(world, ports);
  if (leader !== undefined) return oneByOne(hosts, ({ name }) => name === leader.name);
  const first = (await lastPrimary(world, ports, hosts)) ?? hosts[0];
  const others = hosts.filter((host) => host !== first);
  return [first === undefined ? [] : [first], others].filter((wave) => wave.length > 0);
}

/** Patroni when it is taken away: replicas at once, then the leader, so that nobody takes over. */
export async function stoppingWaves(
  world: World,
  ports: Ports,
  hosts: readonly Host[],
): Promise<Waves> {
  const leader = await leaderHost(world, ports);
  const isLeader = ({ name }: Host) => name === leader?.name;
  const waves = [hosts.filter((host) => !isLeader(host)), hosts.filter(isLeader)];
  return waves.filter((wave) => wave.length > 0);
}

function oneByOne(hosts: readonly Host[], isLast: (host: Host) => boolean): Waves {
  return [...hosts.filter((host) => !isLast(host)), ...hosts.filter(isLast)].map((host) => [host]);
}
