/**
 * A world to be broken: a Consul cluster, three database hosts each with a local Consul client, a lock
 * keeper with its "PostgreSQL" and the agent that is tried, a client that calls the VIP all the time,
 * and observers that depend on none of them.
 *
 * It denies by default: each agent has a token of its own that can be revoked.
 */
import type { Client } from "../lab/client.ts";
import { monotonicMs, sleepMs, waitUntil } from "../lab/clock.ts";
import { CONSUL_CLUSTER_HOSTS, DATABASE_HOSTS, type ConsulCluster } from "../lab/consul-cluster.ts";
import { createToken, restoreToken } from "../lab/consul-node.ts";
import { mendAll } from "../lab/cuts.ts";
import { createLab, type Lab } from "../lab/lab.ts";
import { LOCK_RULES } from "../lab/lock-keeper.ts";
import { linkUp, VIP, type HostName } from "../lab/network.ts";
import type { AddressEvent } from "../lab/watch.ts";
import type { Journal } from "../lab/journal.ts";
import type { Wire } from "../lab/wire.ts";
import { Actors, type Candidate } from "./actors.ts";
import { ConsulProbe } from "./consul-probe.ts";
import type { HandMade, HostSpan, Timings } from "./evidence.ts";
import { KeyWatch } from "./key-watch.ts";

const AGENT_RULES = 'key_prefix "db/test/" { policy = "read" }';

/** Quick enough to see a gap of a few milliseconds, slow enough to leave processor time to others. */
const callPauseMs = 8;
/** As applications have it; no fault must silence the client for longer than it lasts. */
const callTimeoutMs = 2_000;
const startDeadlineMs = 60_000;
const tokenDeadlineMs = 30_000;

export type World = {
  readonly candidate: Candidate;
  readonly lab: Lab;
  readonly cluster: ConsulCluster;
  readonly actors: ReadonlyMap<HostName, Actors>;
  readonly addresses: ReadonlyMap<HostName, Journal<AddressEvent>>;
  readonly probes: ReadonlyMap<HostName, ConsulProbe>;
  readonly key: KeyWatch;
  readonly wire: Wire;
  readonly client: Client;
  /** Written by the faults that cause them. */
  readonly made: Made;
  readonly close: () => Promise<void>;
};

export type Made = {
  readonly handMade: HandMade[];
  readonly linkDown: HostSpan[];
  readonly clientCut: HostSpan[];
  readonly tokenless: HostSpan[];
};

export async function createWorld(candidate: Candidate): Promise<World> {
  const hosts = [...CONSUL_CLUSTER_HOSTS, "observer"];
  const lab = await createLab({ hosts, consulCluster: { acl: true } });
  try {
    return await populate(lab, candidate);
  } catch (error) {
    await lab.close();
    throw error;
  }
}

async function populate(lab: Lab, candidate: Candidate): Promise<World> {
  const cluster = lab.consulCluster;
  const addresses = new Map<HostName, Journal<AddressEvent>>();
  const actors = new Map<HostName, Actors>();
  const probes = new Map<HostName, ConsulProbe>();
  for (const host of DATABASE_HOSTS) {
    addresses.set(host, (await lab.watchAddresses(host, [VIP])).events);
    const agent = await createToken(cluster, AGENT_RULES);
    const keeper = await createToken(cluster, LOCK_RULES);
    actors.set(host, new Actors(lab, host, candidate, { agent, keeper }));
    probes.set(host, new ConsulProbe(cluster.node(host)));
  }
  const key = new KeyWatch(cluster);
  const wire = await lab.watchWire(DATABASE_HOSTS);
  for (const actor of actors.values()) {
    actor.startKeeper();
    await actor.startAgent();
  }
  await waitUntil("a leader", () => key.owner, { timeoutMs: startDeadlineMs, everyMs: 50 });
  const client = lab.startClient({ pauseMs: callPauseMs, timeoutMs: callTimeoutMs });
  const made: Made = { handMade: [], linkDown: [], clientCut: [], tokenless: [] };
  const close = async (): Promise<void> => {
    key.close();
    for (const probe of probes.values()) probe.close();
    for (const actor of actors.values()) await actor.close();
    await lab.close();
  };
  return { candidate, lab, cluster, actors, addresses, probes, key, wire, client, made, close };
}

export function actorsOf({ actors }: World, host: HostName): Actors {
  const found = actors.get(host);
  if (found !== undefined) return found;
  throw new Error(`${host} is no database host`);
}

/**
 * Patroni's timings, as the config key has them: the agents are told at once, the keepers read them in
 * their next loop, and make a new session then.
 */
export async function setTimings({ lab }: World, timings: Timings): Promise<void> {
  const { ttlS: ttl, loopWaitS: loop_wait, retryTimeoutS: retry_timeout } = timings;
  await lab.leaderKey.writeSibling("config", { ttl, loop_wait, retry_timeout });
}

/** Undoes every fault there can be, whether it was injected or not. */
export async function heal(world: World): Promise<void> {
  const { cluster, actors } = world;
  await mendAll();
  for (const host of DATABASE_HOSTS) await linkUp(host);
  for (const { host } of cluster.nodes) {
    cluster.thaw(host);
    cluster.restart(host);
  }
  for (const actor of actors.values()) await actor.revive();
  for (const actor of actors.values()) await giveTokenBack(world, actor);
}

/** The servers may just have come back: until there is a leader among them, nothing can be written. */
async function giveTokenBack({ cluster }: World, { tokens }: Actors): Promise<void> {
  const giveUpAtMs = monotonicMs() + tokenDeadlineMs;
  for (;;) {
    try {
      const { status } = await cluster.call(`acl/token/${tokens.agent.accessor}`);
      return status === 200 ? undefined : await restoreToken(cluster, tokens.agent);
    } catch (error) {
      if (monotonicMs() > giveUpAtMs) throw error;
      await sleepMs(250);
    }
  }
}
