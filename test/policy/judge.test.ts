/**
 * Each reason of the policy with a world that leads to it, and the moments at which a verdict turns.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/policy/judge.ts";
import { releaseLeadMs } from "../../src/policy/lease.ts";
import { type Reason, holdReasons, yieldReasons } from "../../src/policy/reasons.ts";
import type { Rules, World } from "../../src/policy/world.ts";
import { called, configured, said } from "./patroni-words.ts";
import {
  failed,
  leaseMs,
  me,
  missing,
  named,
  ordinary,
  other,
  rules,
  worldAfter,
  worldWith,
} from "./support.ts";

const stall = { kind: "stall-seen", atMs: 5_000 } as const;
const gapMs = 20_000;

type Row = { name: string; world: World; atMs: number; reason: Reason };

function withRules(world: World, changed: Partial<Rules>): World {
  return { ...world, rules: { ...rules, ...changed } };
}

const table: readonly Row[] = [
  { name: "nothing was read yet", world: worldAfter(), atMs: 100, reason: "starting" },
  {
    name: "Consul never answered",
    world: worldAfter(failed(1)),
    atMs: 5_000,
    reason: "never-seen",
  },
  { name: "the key names me", world: worldAfter(named(me, 0)), atMs: 10, reason: "leader" },
  {
    name: "the key names another",
    world: worldAfter(named(me, 0), named(other, 10)),
    atMs: 10,
    reason: "other-leader",
  },
  {
    name: "the key names another and Consul fails",
    world: worldAfter(named(other, 10), failed(20)),
    atMs: 60_000,
    reason: "other-leader",
  },
  {
    name: "the key names me without a session",
    world: worldAfter({
      ...named(me, 0),
      leader: { member: me, session: undefined, createIndex: 1 },
    }),
    atMs: 10,
    reason: "no-session",
  },
  {
    name: "Consul fails within the lease",
    world: worldAfter(named(me, 0), failed(1_000)),
    atMs: leaseMs - releaseLeadMs - 1,
    reason: "lease-running",
  },
  {
    name: "Consul fails until the lease is over",
    world: worldAfter(named(me, 0), failed(1_000)),
    atMs: leaseMs - releaseLeadMs,
    reason: "lease-over",
  },
  {
    name: "Consul fails, and the VIP is to go then",
    world: withRules(worldAfter(named(me, 0), failed(1_000)), { onDcsLoss: "release" }),
    atMs: 1_000,
    reason: "dcs-lost",
  },
  {
    name: "the timings leave no time",
    world: worldAfter(named(me, 0), {
      kind: "config-seen",
      mode: ordinary,
      timings: { ttlMs: 20_000, loopWaitMs: 14_000, retryTimeoutMs: 3_000 },
    }),
    atMs: 10,
    reason: "no-time",
  },
  {
    name: "no answer came and no failure either",
    world: worldAfter(named(me, 0)),
    atMs: leaseMs,
    reason: "lease-over",
  },
  {
    name: "the key is gone for a moment",
    world: worldAfter(named(me, 0), missing(100)),
    atMs: 150,
    reason: "key-missing",
  },
  {
    name: "the key is gone and Consul fails",
    world: worldAfter(named(me, 0), missing(100), failed(200)),
    atMs: 200,
    reason: "lost-in-gap",
  },
  {
    name: "the key is gone and Consul is silent",
    world: worldAfter(named(me, 0), missing(100)),
    atMs: 100 + rules.longestAnswerAgeMs,
    reason: "lost-in-gap",
  },
  {
    name: "the key is gone and the process stood still",
    world: worldAfter(named(me, 0), missing(100), stall),
    atMs: 5_000,
    reason: "lost-in-gap",
  },
  {
    name: "the key stays away",
    world: worldAfter(named(me, 0), ...[100, 4_000, 8_000, 12_000, 16_000, 19_000].map(missing)),
    atMs: 100 + gapMs - releaseLeadMs,
    reason: "gap-too-long",
  },
  { name: "there is no key", world: worldAfter(missing(0)), atMs: 10, reason: "no-leader" },
  {
    name: "another's key is gone",
    world: worldAfter(named(other, 0), missing(100)),
    atMs: 150,
    reason: "no-leader",
  },
  {
    name: "the process stood still",
    world: worldAfter(named(me, 4_000), stall),
    atMs: 5_000,
    reason: "verifying",
  },
  {
    name: "an answer from before the stall arrives after it",
    world: worldAfter(named(me, 4_000), stall, named(me, 4_999)),
    atMs: 5_001,
    reason: "verifying",
  },
  {
    name: "an answer asked after the stall",
    world: worldAfter(named(me, 4_000), stall, named(me, 5_000)),
    atMs: 5_001,
    reason: "leader",
  },
  {
    name: "before the wire has been asked, where a bind waits for it",
    world: worldWith({ onConflict: "wait" }, named(me, 0)),
    atMs: 10,
    reason: "probing",
  },
  {
    name: "another host answers, where a bind waits for silence",
    world: worldWith({ onConflict: "wait" }, named(me, 0), {
      kind: "conflict-seen",
      askedAtMs: 5,
      holder: "02:00:00:00:00:07",
    }),
    atMs: 10,
    reason: "conflict",
  },
  {
    name: "Consul is away, and Patroni goes on in its failsafe mode",
    world: worldAfter(
      configured({ hasFailsafe: true }),
      named(me, 0),
      failed(1_000),
      said(leaseMs, { isFailsafeActive: true, dcsSeenAtMs: 0 }),
    ),
    atMs: leaseMs + 10,
    reason: "failsafe",
  },
  {
    name: "Consul is away, and a paused Patroni goes on",
    world: worldAfter(
      configured({ isPaused: true }),
      named(me, 0),
      failed(1_000),
      said(leaseMs, { isPaused: true, dcsSeenAtMs: 0 }),
    ),
    atMs: leaseMs + 10,
    reason: "paused",
  },
  {
    name: "the lock is there and PostgreSQL is not yet a primary, where a bind waits for it",
    world: worldWith({ gate: "writable" }, named(me, 0), said(5, { role: "replica" })),
    atMs: 10,
    reason: "promoting",
  },
  {
    name: "a callback says that PostgreSQL has stopped",
    world: worldAfter(named(me, 0), called(5, "on_stop")),
    atMs: 10,
    reason: "demoted",
  },
  {
    name: "the cluster follows another",
    world: worldAfter(configured({ isStandby: true }), named(me, 0)),
    atMs: 10,
    reason: "standby-cluster",
  },
  {
    name: "the agent is told to stop",
    world: worldAfter(named(me, 0), { kind: "stop-asked" }),
    atMs: 10,
    reason: "stopping",
  },
];

for (const { name, world, atMs, reason } of table) {
  test(`${name}: ${reason}`, () => {
    const verdict = judge(world, atMs);
    assert.equal(verdict.reason, reason);
    assert.equal(verdict.kind, reason in holdReasons ? "hold" : "yield");
    assert(verdict.untilMs > atMs, "a verdict stands for a while");
  });
}

test("every reason has a row above", () => {
  const known = Object.keys({ ...holdReasons, ...yieldReasons });
  const shown = new Set<string>(table.map(({ reason }) => reason));
  assert.deepEqual(
    known.filter((reason) => !shown.has(reason)),
    [],
  );
});

test("without require-session a key that nobody locks is ownership", () => {
  const world = worldAfter({
    ...named(me, 0),
    leader: { member: me, session: undefined, createIndex: 1 },
  });
  assert.equal(judge(withRules(world, { requireSession: false }), 10).reason, "leader");
});

test("the live timings of Patroni count as soon as they are read", () => {
  const timings = { ttlMs: 20_000, loopWaitMs: 10_000, retryTimeoutMs: 5_000 };
  const world = worldAfter(named(me, 0), { kind: "config-seen", mode: ordinary, timings });
  assert.equal(judge(world, 6_000 - releaseLeadMs - 1).reason, "leader");
  assert.equal(judge(world, 6_000 - releaseLeadMs).reason, "lease-over");
});

test("a hold stands until shortly before its proof ends, so that the release can be heard", () => {
  const verdict = judge(worldAfter(named(me, 1_000)), 1_100);
  assert(verdict.kind === "hold");
  assert.equal(verdict.provenUntilMs, 1_000 + leaseMs);
  assert.equal(verdict.untilMs, 1_000 + leaseMs - releaseLeadMs);
});

test("in a gap the VIP is kept, never bound anew", () => {
  const verdict = judge(worldAfter(named(me, 0), missing(100)), 150);
  assert(verdict.kind === "hold");
  assert.equal(verdict.mayBind, false);
});
