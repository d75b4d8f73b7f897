/**
 * The cluster of the demo: a real Consul, three database hosts with an agent each, one client.
 *
 * Everything is watched from outside (the kernels' addresses, the packets at the client, the
 * client's own calls), and the observers write into the timeline; the agents' logs are not asked.
 */
import { monotonicMs } from "../lab/clock.ts";
import { memberOf, type LabAgent } from "../lab/agent.ts";
import type { Client } from "../lab/client.ts";
import { createLab, type Lab } from "../lab/lab.ts";
import type { Move } from "../lab/leader-key.ts";
import { macOf, VIP, type HostName } from "../lab/network.ts";
import type { AddressEvent, Announcement, GuardEvent, Watch } from "../lab/watch.ts";
import type { Timeline } from "./timeline.ts";

export const DATABASE_HOSTS: readonly HostName[] = ["db1", "db2", "db3"];

const ANNOUNCED_WITHIN_MS = 5_000;

export type Cluster = {
  readonly lab: Lab;
  readonly client: Client;
  readonly timeline: Timeline;
  readonly agents: Map<HostName, LabAgent>;
  readonly addresses: ReadonlyMap<HostName, Watch<AddressEvent>>;
  readonly announcements: Watch<Announcement>;
};

/** What one move of the key cost, counted from the moment at which the new leader asked for it. */
export type MoveResult = {
  readonly to: HostName;
  readonly addressMs: number;
  readonly announcementMs: number;
  readonly answerMs: number;
  /** Undefined for the first leader: there was nobody to answer before. */
  readonly silenceMs: number | undefined;
};

export async function buildCluster(timeline: Timeline, own: (lab: Lab) => void): Promise<Cluster> {
  timeline.now(`hosts dcs .181, db1 .141, db2 .142, db3 .143, client .10; VIP ${VIP}`);
  const lab = await createLab({ consul: true });
  own(lab);
  timeline.now("a real Consul leads and serves sessions");
  await Promise.all(DATABASE_HOSTS.map((host) => lab.startServer(host)));
  const watches = await Promise.all(DATABASE_HOSTS.map((host) => lab.watchAddresses(host, [VIP])));
  const addresses = new Map(DATABASE_HOSTS.map((host, index) => [host, watches[index]!]));
  for (const [host, watch] of addresses) {
    reportAddresses(host, watch, timeline);
    reportGuard(host, await lab.watchGuard(host), timeline);
  }
  const announcements = await lab.watchAnnouncements("client");
  const agents = new Map<HostName, LabAgent>();
  for (const host of DATABASE_HOSTS) agents.set(host, await startAgent(lab, host));
  timeline.now("an agent runs on each database host, and PostgreSQL's stand-in behind it");
  const client = lab.startClient();
  await client.calls.next("first call of the client", undefined, { timeoutMs: 15_000 });
  timeline.now("the client opens one connection after another to the VIP; nobody has it yet");
  return { lab, client, timeline, agents, addresses, announcements };
}

export async function startAgent(lab: Lab, host: HostName): Promise<LabAgent> {
  const agent = await lab.startAgent({ host });
  await agent.event("started", { timeoutMs: 10_000 }).catch((error: unknown) => {
    throw new Error(`the agent on ${host} did not start: ${agent.complaints.join("\n")}`, {
      cause: error,
    });
  });
  return agent;
}

/** Moves the key as Patroni would, until the client has an answer of the new host. */
export async function moveTo(
  { lab, client, timeline, addresses, announcements }: Cluster,
  to: HostName,
): Promise<MoveResult> {
  const { deleted, acquired } = await lab.leaderKey.move(memberOf(to), { gapMs: 15 });
  const zeroMs = acquired.sentAtMs;
  reportKey(timeline, { deleted, acquired }, to);
  const patience = { sinceMs: zeroMs, timeoutMs: ANNOUNCED_WITHIN_MS };
  const isFrom = ({ mac, isBroadcast }: Announcement): boolean => isBroadcast && mac === macOf(to);
  const [address, announcement, answer] = await Promise.all([
    addresses.get(to)!.events.next(`VIP on ${to}`, isAddition, patience),
    announcements.events.next(`announcement of ${to}`, isFrom, patience),
    client.answerFrom(to, { sinceMs: zeroMs, timeoutMs: 10_000 }),
  ]);
  timeline.add({ atMs: announcement.atMs, text: "first gratuitous ARP reaches the client" });
  timeline.add({ atMs: answer.atMs, text: `the client has an answer from ${to}`, tone: "good" });
  return {
    to,
    addressMs: address.atMs - zeroMs,
    announcementMs: announcement.atMs - zeroMs,
    answerMs: answer.atMs - zeroMs,
    silenceMs: deleted && client.longestSilenceMs(deleted.sentAtMs, answer.atMs),
  };
}

function reportKey(timeline: Timeline, { deleted, acquired }: Move, to: HostName): void {
  if (deleted !== undefined) {
    const text = "the old leader steps down: it deletes the key";
    timeline.add({ atMs: deleted.sentAtMs, text, key: null, tone: "key" });
  }
  const text = `${memberOf(to)} takes the key db/test/leader`;
  timeline.add({ atMs: acquired.sentAtMs, text, key: to, tone: "key", isZero: true });
}

function reportAddresses(
  host: HostName,
  { events }: Watch<AddressEvent>,
  timeline: Timeline,
): void {
  events.onEach(({ kind, atMs, validS }) => {
    if (kind === "added") {
      timeline.add({ atMs, text: `the VIP is on ${host}`, bound: host, tone: "good" });
    }
    if (kind === "deleted") {
      // A kernel that removes an expired address reports it with nothing left to live.
      const text = validS === 0 ? `lifetime over: the kernel removes it from` : `the VIP has left`;
      timeline.add({ atMs, text: `${text} ${host}`, released: host, tone: "bad" });
    }
  });
}

function reportGuard(host: HostName, { events }: Watch<GuardEvent>, timeline: Timeline): void {
  events.onEach(({ kind, atMs }) => {
    if (kind === "lifted") return;
    timeline.add({ atMs, text: `guard on ${host}: calls for the VIP now meet a reset` });
  });
}

export function isAddition({ kind }: AddressEvent): boolean {
  return kind === "added";
}

export function isRemoval({ kind }: AddressEvent): boolean {
  return kind === "deleted";
}

export function secondsSince(fromMs: number): number {
  return (monotonicMs() - fromMs) / 1e3;
}
