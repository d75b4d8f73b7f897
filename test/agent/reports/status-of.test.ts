/**
 * What the agent says of itself, from what it knows.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { attentionOf, nextOf } from "../../../src/agent/reports/outlook.ts";
import { statusOf } from "../../../src/agent/reports/status-of.ts";
import type { VipStatus } from "../../../src/agent/reports/status.ts";
import { judge } from "../../../src/policy/judge.ts";
import { learn } from "../../../src/policy/learn.ts";
import { holdReasons, yieldReasons } from "../../../src/policy/reasons.ts";
import type { Sighting } from "../../../src/policy/sightings.ts";
import { initialWorld } from "../../../src/policy/world.ts";
import { parseAddress } from "../../../src/vip/address.ts";
import { said } from "../../policy/patroni-words.ts";
import {
  failed,
  free,
  held,
  me,
  missing,
  named,
  other,
  present,
  rules,
} from "../../policy/support.ts";
import { aStatus } from "./a-status.ts";

const address = parseAddress("192.168.1.140");
assert(address !== undefined);
const vip = { address, prefixLength: 32, interface: "eth0", key: "db/test/leader", member: me };

const wallMs = Date.parse("2026-11-21T03:00:00.000Z");

const bound = held(10);
const unbound = free(10);

/** The status of an agent that has seen these, `nowMs` after its start. */
function statusAfter(nowMs: number, ...sightings: readonly Sighting[]): VipStatus {
  const world = sightings.reduce(learn, initialWorld(rules, 0));
  const kept = [{ vip, world, verdict: judge(world, nowMs), transitions: [] }];
  const [status] = statusOf({ nowMs, kept }, aStatus().agent, wallMs + nowMs).vips;
  assert(status !== undefined);
  return status;
}

test("a holder says what it holds on, and until when", () => {
  const status = statusAfter(1_000, named(me, 500), bound, said(900, { timeline: 7 }));
  assert.equal(status.state, "holding");
  assert.equal(status.vip, "192.168.1.140/32");
  assert.equal(status.leader.ageMs, 500);
  assert.equal(status.leader.seenAt, "2026-11-21T03:00:00.500Z");
  assert.equal(status.lease.remainingMs, 15_500);
  assert.equal(status.lease.lengthMs, 16_000);
  assert.equal(status.lease.until, "2026-11-21T03:00:16.500Z");
  assert.equal(status.patroni?.timeline, 7);
  assert.deepEqual(status.attention, []);
  assert.match(status.next, /released in 16 s$/u);
});

test("a standby has no lease and nothing to complain of", () => {
  const status = statusAfter(1_000, named(other, 500), unbound);
  assert.equal(status.state, "standby");
  assert.deepEqual(status.lease, {
    lengthMs: 16_000,
    until: null,
    remainingMs: null,
    isOpenEnded: false,
  });
  assert.equal(status.leader.member, other);
  assert.equal(status.leader.isMe, false);
  assert.deepEqual(status.attention, []);
});

test("the lease is as long as Patroni's live timings allow, and may be too short to hold", () => {
  const timings = { ttlMs: 40_000, loopWaitMs: 10_000, retryTimeoutMs: 20_000 };
  const mode = { isPaused: false, hasFailsafe: false, isStandby: false };
  const lengthAt = (ttlMs: number) => {
    const seen = { kind: "config-seen", timings: { ...timings, ttlMs }, mode } as const;
    return statusAfter(1_000, named(me, 500), bound, seen).lease.lengthMs;
  };
  assert.deepEqual([40_000, 30_000, 12_000].map(lengthAt), [26_000, 16_000, 0]);
});

test("nothing known is said to be unknown", () => {
  const status = statusAfter(10);
  assert.deepEqual(
    [status.state, status.link, status.leader.state, status.leader.seenAt, status.patroni],
    ["acquiring", "unknown", "unread", null, null],
  );
});

const worthALook: readonly (readonly [string, readonly Sighting[], RegExp])[] = [
  ["Consul that fails", [named(me, 0), bound, failed(100)], /^no usable answer/u],
  ["a key that is gone", [named(me, 0), bound, missing(100)], /key is gone/u],
  ["a VIP that should be here", [named(me, 0), unbound], /is to be here and is not/u],
  ["a VIP that should be gone", [named(other, 0), bound], /is still here/u],
  ["an interface that is down", [named(me, 0), present(10, [], false)], /is down or has no/u],
  [
    "another host that answers",
    [named(me, 0), bound, { kind: "conflict-seen", askedAtMs: 50, holder: "02:00:00:00:00:09" }],
    /^02:00:00:00:00:09 answers/u,
  ],
];

for (const [what, sightings, sentence] of worthALook) {
  test(`${what} is worth a look`, () => {
    const { attention } = statusAfter(150, ...sightings);
    assert.ok(
      attention.some((line) => sentence.test(line)),
      attention.join("\n"),
    );
  });
}

test("every reason has a sentence about what follows", () => {
  const world = initialWorld(rules, 0);
  for (const reason of Object.keys(holdReasons) as (keyof typeof holdReasons)[]) {
    const verdict = { kind: "hold", reason, untilMs: 5, provenUntilMs: 9, mayBind: true } as const;
    assert.ok(nextOf(verdict, world, 0).length > 10, reason);
    assert.ok(attentionOf(verdict, world).every((line) => line.length > 10));
  }
  for (const reason of Object.keys(yieldReasons) as (keyof typeof yieldReasons)[]) {
    assert.ok(nextOf({ kind: "yield", reason, untilMs: 5 }, world, 0).length > 10, reason);
  }
});
