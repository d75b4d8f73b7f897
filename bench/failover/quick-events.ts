/**
 * Events that are over within seconds: a switchover, a dead postmaster, a lost session.
 */
import { loopWaitMs, type Turn } from "./turn.ts";
import { atMost, onAverageAtMost, type FailoverEvent } from "./event.ts";
import * as row from "./rows.ts";

const switchover: FailoverEvent = {
  id: "switchover",
  title: "switchover to a named replica",
  isShared: false,
  phaseMs: 2_000,
  act: async (turn: Turn) => {
    const to = turn.random.pick(turn.replicas);
    turn.expect(to);
    turn.strike();
    await turn.cluster.switchover(to.host);
  },
  rows: [row.direct, row.throughVip, row.added, row.still, row.keyFree],
  goals: [onAverageAtMost(5, row.added), atMost(20, row.added)],
};

const postmaster: FailoverEvent = {
  id: "postmaster",
  title: "postmaster killed (SIGKILL)",
  isShared: false,
  phaseMs: loopWaitMs,
  act: async (turn: Turn) => {
    turn.strike();
    await turn.leader.killPostmaster();
  },
  rows: [row.direct, row.throughVip, row.added, row.keyMoved],
  goals: [atMost(1_000, row.throughVip)],
};

const session: FailoverEvent = {
  id: "session",
  title: "the leader's Consul session destroyed, everything lives",
  isShared: false,
  phaseMs: loopWaitMs,
  act: async (turn: Turn) => {
    turn.strike();
    await turn.cluster.destroyLeaderSession();
  },
  rows: [row.direct, row.throughVip, row.keyFree, row.absence],
  goals: [atMost(60, row.throughVip), atMost(500, row.keyFree)],
};

export const quickEvents: readonly FailoverEvent[] = [switchover, postmaster, session];
