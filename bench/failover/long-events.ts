/**
 * Events that take a minute, most of it waiting: a Patroni that hangs, a pause, a Consul that is away.
 */
import { CONSUL_SERVER_HOSTS } from "../../lab/consul-cluster.ts";
import { waitUntil } from "../../lab/clock.ts";
import { atMost, type FailoverEvent } from "./event.ts";
import * as row from "./rows.ts";
import { loopWaitMs, ttlMs, type Turn } from "./turn.ts";

const awayMs = 60_000;

/** By then every Patroni has looked at a Consul that is back, and done what it does about it. */
const backMs = loopWaitMs + 5_000;

/** The key of a leader that is gone is gone after ttl; then some time for whoever acts on it. */
const pausedMs = ttlMs + 15_000;

/**
 * Another member can have the key ttl after its last renewal, which is at most loop_wait older than the
 * outage.
 */
const earliestOwnerMs = ttlMs - loopWaitMs;

const hang: FailoverEvent = {
  id: "hang",
  title: "Patroni of the leader hangs for 60 s (SIGSTOP)",
  isShared: false,
  phaseMs: loopWaitMs,
  act: async (turn: Turn) => {
    turn.strike();
    await turn.leader.freezePatroni();
    await turn.after(awayMs);
    turn.leader.thawPatroni();
  },
  rows: [row.direct, row.throughVip, row.keyFree, row.keyMoved, row.lastStray, row.lastStrayAnswer],
  goals: [atMost(100, row.throughVip), atMost(4_500, row.keyFree), atMost(5, row.lastStray)],
};

const pause: FailoverEvent = {
  id: "pause",
  title: `pause, then Patroni of the leader stopped for ${pausedMs / 1_000} s`,
  isShared: true,
  prepare: async ({ cluster }: Turn) => {
    await cluster.pause();
  },
  phaseMs: loopWaitMs,
  act: async (turn: Turn) => {
    turn.strike();
    await turn.leader.stopPatroni();
    await turn.after(pausedMs);
    await turn.leader.start();
  },
  restore: async ({ cluster }: Turn) => {
    await cluster.resume();
  },
  rows: [row.lostWrites, row.throughVip, row.absence],
  goals: [atMost(0, row.lostWrites), atMost(0, row.absence)],
};

const failsafe: FailoverEvent = {
  id: "failsafe",
  title: "failsafe mode, no Consul server answers for 60 s (SIGSTOP)",
  isShared: true,
  prepare: async (turn: Turn) => {
    await turn.cluster.changeConfig({ failsafe_mode: true });
    await waitUntil("failsafe key that names all members", () => isFailsafeReady(turn), {
      timeoutMs: 3 * loopWaitMs,
      everyMs: 200,
    });
  },
  phaseMs: loopWaitMs,
  act: consulAway,
  restore: async ({ cluster }: Turn) => {
    await cluster.changeConfig({ failsafe_mode: false });
  },
  rows: [row.lostWrites, row.lostDirect, row.throughVip, row.absence],
  goals: [atMost(0, row.lostWrites)],
};

const dark: FailoverEvent = {
  id: "dark",
  title: "no failsafe mode, no Consul server answers for 60 s (SIGSTOP)",
  isShared: true,
  phaseMs: loopWaitMs,
  act: consulAway,
  rows: [row.stopped, row.left, row.elsewhere, row.overlap],
  goals: [atMost(earliestOwnerMs, row.left), atMost(0, row.overlap)],
};

async function consulAway(turn: Turn): Promise<void> {
  const { consulCluster } = turn.lab;
  turn.strike();
  await Promise.all(CONSUL_SERVER_HOSTS.map((host) => consulCluster.freeze(host)));
  await turn.after(awayMs);
  for (const host of CONSUL_SERVER_HOSTS) consulCluster.thaw(host);
  await turn.after(awayMs + backMs);
}

/** The leader has written down who would have to agree. */
async function isFailsafeReady({ lab, cluster }: Turn): Promise<boolean> {
  const { status, body } = await lab.consulCluster.call("kv/db/test/failsafe?raw");
  return status === 200 && cluster.nodes.every(({ member }) => body.includes(`"${member}"`));
}

export const longEvents: readonly FailoverEvent[] = [hang, pause, failsafe, dark];
