/**
 * Carries faults out in a world: how each begins and how it ends.
 *
 * The roles of a schedule are given to hosts when the round begins, in a steady world, and stay with
 * them: "the leader" is who led then. A fault that cannot be carried out (there is no quorum to revoke
 * a token) says so and is left out of the count.
 */
import { monotonicMs, sleepMs } from "../lab/clock.ts";
import { attempt } from "../lab/command.ts";
import { CONSUL_SERVER_HOSTS, DATABASE_HOSTS } from "../lab/consul-cluster.ts";
import { restoreToken, revokeToken } from "../lab/consul-node.ts";
import { cut, mend } from "../lab/cuts.ts";
import { inHost, INTERFACE, linkDown, linkUp, VIP, type HostName } from "../lab/network.ts";
import type { Actors } from "./actors.ts";
import type { HandMade, HostSpan, Injected } from "./evidence.ts";
import type { DatabaseRole, Fault, FaultKind, Role, ServerRole } from "./faults.ts";
import { actorsOf, type World } from "./world.ts";

/** As systemd would with RestartSec=500ms. */
const restartAfterMs = 500;

export type Cast = Readonly<Record<DatabaseRole | ServerRole, HostName>>;

export async function castOf({ key, cluster }: World): Promise<Cast> {
  const leader = key.owner;
  if (leader === undefined) throw new Error("a round begins with a leader, and there is none");
  const [replica = "", otherReplica = ""] = DATABASE_HOSTS.filter((host) => host !== leader);
  const consulLeader = await cluster.leader();
  const [follower = "", other = ""] = CONSUL_SERVER_HOSTS.filter((host) => host !== consulLeader);
  return {
    leader,
    replica,
    "other-replica": otherReplica,
    "consul-leader": consulLeader,
    "consul-follower": follower,
    "other-consul-follower": other,
  };
}

/** Injects, waits and ends it; resolves to what was done, or to why nothing was. */
export async function carryOut(fault: Fault, cast: Cast, world: World): Promise<Injected | string> {
  const hosts = fault.roles.map((role) => hostsOf(role, cast));
  const target = hosts.map((group) => group.join("+")).join(" – ");
  const fromMs = monotonicMs();
  try {
    const end = await begin(fault, hosts, world);
    await sleepMs(Math.max(0, fault.forMs - (monotonicMs() - fromMs)));
    await end();
    return { kind: fault.kind, target, fromMs, toMs: monotonicMs() };
  } catch (error) {
    return `${fault.kind} ${target}: ${String(error)}`;
  }
}

type End = () => Promise<void>;

const nothingToEnd: End = async () => {};

async function begin(fault: Fault, groups: readonly (readonly HostName[])[], world: World) {
  const { cluster } = world;
  const host = groups[0]?.[0] ?? "";
  switch (fault.kind) {
    case "agent-killed":
    case "agent-killed-away":
    case "agent-frozen":
    case "agent-handed-over":
    case "agent-stopped":
      return await beginAgent(fault.kind, actorsOf(world, host));
    case "keeper-killed":
      await actorsOf(world, host).keeper.kill();
      return async () => actorsOf(world, host).startKeeper();
    case "keeper-frozen":
      await actorsOf(world, host).keeper.freeze();
      return async () => actorsOf(world, host).keeper.thaw();
    case "client-killed":
    case "server-killed":
      await cluster.kill(host);
      return async () => cluster.restart(host);
    case "client-frozen":
    case "server-frozen":
      await cluster.freeze(host);
      return async () => cluster.thaw(host);
    case "link-down":
      await linkDown(host);
      return noting(world.made.linkDown, [host], () => linkUp(host));
    case "hosts-cut":
      return await beginCut(groups, world);
    case "token-revoked":
      return await beginRevoked(host, world);
    case "vip-removed":
      return await changeByHand(host, "removed", world);
    case "vip-added":
      return await changeByHand(host, "added", world);
    case "switchover":
      actorsOf(world, host).keeper.stepDown();
      return nothingToEnd;
  }
}

type AgentFault = Extract<FaultKind, `agent-${string}`>;

async function beginAgent(kind: AgentFault, actors: Actors): Promise<End> {
  switch (kind) {
    case "agent-killed":
      await actors.killAgent();
      await sleepMs(restartAfterMs);
      await actors.startAgent();
      return nothingToEnd;
    case "agent-killed-away":
      await actors.killAgent();
      return () => actors.startAgent();
    case "agent-frozen":
      await actors.freezeAgent();
      return async () => actors.thawAgent();
    case "agent-handed-over":
      await actors.restartAgent();
      return nothingToEnd;
    case "agent-stopped":
      await actors.stopAgent();
      return () => actors.startAgent();
  }
}

async function beginCut(groups: readonly (readonly HostName[])[], { made }: World): Promise<End> {
  const [ones = [], others = []] = groups;
  const pairs = ones.flatMap((one) => others.map((other) => [one, other] as const));
  for (const [one, other] of pairs) await cut(one, other);
  const unheard = others.includes("client") ? ones : [];
  return noting(made.clientCut, unheard, async () => {
    for (const [one, other] of pairs) await mend(one, other);
  });
}

async function beginRevoked(host: HostName, { cluster, made, actors }: World): Promise<End> {
  const token = actors.get(host)?.tokens.agent;
  if (token === undefined) throw new Error(`${host} has no token`);
  await revokeToken(cluster, token.accessor);
  return noting(made.tokenless, [host], () => restoreToken(cluster, token));
}

async function changeByHand(host: HostName, kind: HandMade["kind"], { made }: World): Promise<End> {
  const atMs = monotonicMs();
  const words = kind === "added" ? "address add" : "address delete";
  const argv = [...`ip ${words} ${VIP}/32 dev`.split(" "), INTERFACE];
  const { exitCode } = await attempt([...inHost(host), ...argv]);
  // It was there already, or had gone already: nobody has done anything.
  if (exitCode === 0) made.handMade.push({ host, atMs, kind });
  return nothingToEnd;
}

/**
 * Writes down from now on until the end that these hosts are in that state; the span is open, and the
 * same one, until the end is done, so that a judgement in between sees it too.
 */
function noting(spans: HostSpan[], hosts: readonly HostName[], end: End): End {
  const open = hosts.map((host) => ({ host, fromMs: monotonicMs(), toMs: Infinity }));
  spans.push(...open);
  return async () => {
    await end();
    for (const span of open) span.toMs = monotonicMs();
  };
}

function hostsOf(role: Role, cast: Cast): readonly HostName[] {
  if (role === "client") return ["client"];
  return role === "all-consul-servers" ? CONSUL_SERVER_HOSTS : [cast[role]];
}
