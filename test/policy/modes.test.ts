/**
 * Pause and failsafe mode: Patroni keeps its primary without the key or without Consul, and the VIP
 * stays for as long as it says so.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/policy/judge.ts";
import { releaseLeadMs } from "../../src/policy/lease.ts";
import { configured, postmaster, said } from "./patroni-words.ts";
import { check } from "./rows.ts";
import { failed, leaseMs, me, missing, named, other, worldWith } from "./support.ts";

/** Twice loop_wait: so long a gap is held in any case. */
const graceMs = 20_000;

/** So long an answer of Patroni counts: a loop. */
const wordMs = 10_000;

const paused = configured({ isPaused: true });
const failsafe = configured({ hasFailsafe: true });

/** Pause: nobody is promoted, so neither a missing key nor a silent Consul is a fail-over. */
const pausedPrimary = (askedAtMs: number) => said(askedAtMs, { isPaused: true });
const longGap = [missing(100), ...everySecond(100 + graceMs).map((atMs) => missing(atMs))];

function everySecond(untilMs: number): readonly number[] {
  return Array.from({ length: Math.floor(untilMs / 1_000) }, (_, index) => (index + 1) * 1_000);
}

check([
  {
    name: "paused, and the key is gone for long",
    after: [paused, named(me, 0), ...longGap, pausedPrimary(100 + graceMs)],
    atMs: 110 + graceMs,
    is: "paused",
  },
  {
    name: "paused, and Consul has been away for longer than the lease",
    after: [paused, named(me, 0), failed(100), pausedPrimary(60_000)],
    atMs: 60_010,
    is: "paused",
  },
  {
    name: "paused at the last look, and Patroni no longer says so",
    after: [paused, named(me, 0), failed(100), said(60_000)],
    atMs: 60_010,
    is: "lease-over",
  },
  {
    name: "Patroni says that it is paused, and the configuration does not",
    after: [configured({}), named(me, 0), failed(100), pausedPrimary(60_000)],
    atMs: 60_010,
    is: "lease-over",
  },
  {
    name: "paused, and PostgreSQL has stopped, although Patroni goes by its role",
    after: [
      paused,
      named(me, 0),
      failed(100),
      said(60_000, { isPaused: true, postgres: "stopped" }),
    ],
    atMs: 60_010,
    is: "lease-over",
  },
  {
    name: "paused, and PostgreSQL runs as a replica",
    after: [paused, named(me, 0), failed(100), said(60_000, { isPaused: true, role: "replica" })],
    atMs: 60_010,
    is: "lease-over",
  },
  {
    name: "paused, and the last answer is too old",
    after: [paused, named(me, 0), failed(100), pausedPrimary(60_000)],
    atMs: 60_000 + wordMs,
    is: "lease-over",
  },
  {
    name: "paused, Patroni stopped, the key expired, and the postmaster lives",
    after: [
      paused,
      named(me, 0),
      postmaster(0, 42),
      pausedPrimary(10),
      ...longGap,
      postmaster(100 + graceMs, 42),
    ],
    atMs: 110 + graceMs,
    is: "paused",
  },
  {
    name: "the same, and Patroni's last answer was that it could not ask PostgreSQL",
    after: [
      paused,
      named(me, 0),
      postmaster(0, 42),
      pausedPrimary(10),
      said(1_000, { isPaused: true, postgres: "unsure" }),
      ...longGap,
      postmaster(100 + graceMs, 42),
    ],
    atMs: 110 + graceMs,
    is: "paused",
  },
  {
    name: "the same with another postmaster, of which Patroni never said that it is a primary",
    after: [
      paused,
      named(me, 0),
      postmaster(0, 42),
      pausedPrimary(10),
      ...longGap,
      postmaster(100 + graceMs, 43),
    ],
    atMs: 110 + graceMs,
    is: "gap-too-long",
  },
  {
    name: "the same with no postmaster",
    after: [
      paused,
      named(me, 0),
      postmaster(0, 42),
      pausedPrimary(10),
      ...longGap,
      postmaster(100 + graceMs),
    ],
    atMs: 110 + graceMs,
    is: "demoted",
  },
  {
    name: "the same with a postmaster that Patroni last called a replica",
    after: [
      paused,
      named(me, 0),
      postmaster(0, 42),
      pausedPrimary(10),
      said(1_000, { isPaused: true, role: "replica" }),
      ...longGap,
      postmaster(100 + graceMs, 42),
    ],
    atMs: 110 + graceMs,
    is: "gap-too-long",
  },
  {
    name: "paused, Consul is away, and the postmaster has died since Patroni's last answer",
    after: [
      paused,
      named(me, 0),
      failed(100),
      postmaster(59_900, 42),
      pausedPrimary(60_000),
      postmaster(60_300),
    ],
    atMs: 60_310,
    is: "lease-over",
  },
  {
    name: "the same with an answer from before the postmaster that now lives",
    after: [
      paused,
      named(me, 0),
      postmaster(0, 42),
      postmaster(500),
      postmaster(600, 43),
      pausedPrimary(450),
      ...longGap,
      postmaster(100 + graceMs, 43),
    ],
    atMs: 110 + graceMs,
    is: "gap-too-long",
  },
  {
    name: "paused, and nobody can say any more whether it still is",
    after: [
      paused,
      named(me, 0),
      postmaster(0, 42),
      pausedPrimary(10),
      failed(100),
      postmaster(60_000, 42),
    ],
    atMs: 60_010,
    is: "lease-over",
  },
  {
    name: "paused, Patroni stopped, and the key names another",
    after: [
      paused,
      named(me, 0),
      postmaster(0, 42),
      pausedPrimary(10),
      ...longGap,
      postmaster(100 + graceMs, 42),
      named(other, 101 + graceMs),
    ],
    atMs: 110 + graceMs,
    is: "other-leader",
  },
]);

/** Failsafe mode: a primary that every member can reach goes on without its DCS. */
const ttlMs = 30_000;
const marginMs = 4_000;

check([
  {
    name: "failsafe is active, and Consul is away for a minute",
    after: [failsafe, named(me, 0), failed(100), said(60_000, { isFailsafeActive: true })],
    atMs: 60_010,
    is: "failsafe",
  },
  {
    name: "the first answer that failsafe is over",
    after: [
      failsafe,
      named(me, 0),
      failed(100),
      said(60_000, { isFailsafeActive: true, dcsSeenAtMs: 0 }),
      said(61_000, { dcsSeenAtMs: 0 }),
    ],
    atMs: 61_010,
    is: "lease-over",
  },
  {
    name: "failsafe is active, and the lock is not believed in",
    after: [
      failsafe,
      named(me, 0),
      failed(100),
      said(60_000, { isFailsafeActive: true, hasLock: false }),
    ],
    atMs: 60_010,
    is: "lease-over",
  },
  {
    name: "failsafe is active, and PostgreSQL does not run",
    after: [
      failsafe,
      named(me, 0),
      failed(100),
      said(60_000, { isFailsafeActive: true, postgres: "unsure" }),
    ],
    atMs: 60_010,
    is: "lease-over",
  },
  {
    name: "failsafe is active, and the postmaster has died since Patroni's last answer",
    after: [
      failsafe,
      named(me, 0),
      failed(100),
      postmaster(59_900, 42),
      said(60_000, { isFailsafeActive: true }),
      postmaster(60_300),
    ],
    atMs: 60_310,
    is: "lease-over",
  },
  {
    name: "failsafe was active, and Patroni has said nothing for a loop",
    after: [failsafe, named(me, 0), failed(100), said(60_000, { isFailsafeActive: true })],
    atMs: 60_000 + wordMs,
    is: "lease-over",
  },
  {
    name: "the lease is over, failsafe is not yet active, and the lock cannot be another's yet",
    after: [failsafe, named(me, 0), failed(100), said(leaseMs, { dcsSeenAtMs: 0 })],
    atMs: leaseMs,
    is: "failsafe",
  },
  {
    name: "the same without failsafe mode",
    after: [configured({}), named(me, 0), failed(100), said(leaseMs, { dcsSeenAtMs: 0 })],
    atMs: leaseMs,
    is: "lease-over",
  },
  {
    name: "the same with an unknown time of contact",
    after: [failsafe, named(me, 0), failed(100), said(leaseMs, { dcsSeenAtMs: undefined })],
    atMs: leaseMs,
    is: "lease-over",
  },
  {
    name: "the lock could be another's soon, and failsafe is still not active",
    after: [
      failsafe,
      named(me, 0),
      failed(100),
      said(ttlMs - marginMs - releaseLeadMs, { dcsSeenAtMs: 0 }),
    ],
    atMs: ttlMs - marginMs - releaseLeadMs,
    is: "lease-over",
  },
  {
    name: "Consul is back, the key has expired, and the REST API flaps",
    after: [
      failsafe,
      named(me, 0),
      failed(100),
      said(60_000, { isFailsafeActive: true }),
      missing(60_100),
      said(60_200, { hasLock: false }),
    ],
    atMs: 60_210,
    is: "key-missing",
  },
  {
    name: "failsafe is active and the operator wants a release when Consul is away",
    after: [failsafe, named(me, 0), failed(100), said(1_000, { isFailsafeActive: true })],
    atMs: 1_010,
    is: "dcs-lost",
    rules: { onDcsLoss: "release" },
  },
]);

test("between the lease and failsafe there is no hole", () => {
  // Patroni asks the members when its own tries have failed: 20 to 23.3 s after the last renewal.
  const reasons = new Set<string>();
  for (let atMs = 1_000; atMs <= 40_000; atMs += 250) {
    const isActive = atMs >= 23_400;
    const word = said(atMs - 250, { dcsSeenAtMs: 0, isFailsafeActive: isActive });
    reasons.add(judge(worldWith({}, failsafe, named(me, 0), failed(100), word), atMs).kind);
  }
  assert.deepEqual([...reasons], ["hold"]);
});

test("what failsafe mode keeps is proven no longer than Patroni's word", () => {
  const word = said(60_000, { isFailsafeActive: true });
  const verdict = judge(worldWith({}, failsafe, named(me, 0), failed(100), word), 60_010);
  assert(verdict.kind === "hold");
  assert(verdict.provenUntilMs <= 60_000 + wordMs);
});

/** After a stall nothing from before it counts. */
const stall = { kind: "stall-seen", atMs: 60_000 } as const;

check([
  {
    name: "a stall in failsafe mode, before Patroni has been asked again",
    after: [failsafe, named(me, 0), failed(100), said(59_000, { isFailsafeActive: true }), stall],
    atMs: 60_010,
    is: "verifying",
  },
  {
    name: "the same, and Patroni does not answer",
    after: [failsafe, named(me, 0), failed(100), said(59_000, { isFailsafeActive: true }), stall],
    atMs: 65_000,
    is: "lease-over",
  },
  {
    name: "a stall in failsafe mode, and Patroni confirms it",
    after: [
      failsafe,
      named(me, 0),
      failed(100),
      said(59_000, { isFailsafeActive: true }),
      stall,
      said(60_100, { isFailsafeActive: true }),
    ],
    atMs: 60_110,
    is: "failsafe",
  },
]);

/** Answers overtake each other: the time of the question decides. */
check([
  {
    name: "an older answer after a newer one",
    after: [
      failsafe,
      named(me, 0),
      failed(100),
      said(60_000, { isFailsafeActive: false, dcsSeenAtMs: 0 }),
      said(59_000, { isFailsafeActive: true, dcsSeenAtMs: 0 }),
    ],
    atMs: 60_010,
    is: "lease-over",
  },
]);
