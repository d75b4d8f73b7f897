/**
 * What follows from a verdict and an observation: one row for each action, and each "do nothing".
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/policy/judge.ts";
import { type Plan, plan } from "../../src/policy/plan.ts";
import type { World } from "../../src/policy/world.ts";
import { releaseLeadMs } from "../../src/policy/lease.ts";
import {
  failed,
  free,
  held,
  leaseMs,
  me,
  missing,
  named,
  other,
  present,
  worldAfter,
} from "./support.ts";

function planAt(world: World, nowMs: number): Plan {
  return plan(judge(world, nowMs), world, nowMs);
}

const announced = { kind: "announced", atMs: 1_000 } as const;

test("before anything else the interface is looked at", () => {
  assert.deepEqual(planAt(worldAfter(named(me, 0)), 10).action, { kind: "observe" });
});

test("an interface that does not exist is waited for", () => {
  const absent = { kind: "interface-seen", askedAtMs: 0, interface: { kind: "absent" } } as const;
  assert.equal(planAt(worldAfter(named(me, 0), absent), 10).action, undefined);
});

test("a proven leader without the VIP binds it with the full lifetime", () => {
  const { action } = planAt(worldAfter(free(0), named(me, 0)), 10);
  assert.deepEqual(action, { kind: "bind", lifetimeS: 5 });
});

test("a lifetime never reaches beyond the proof", () => {
  const { action } = planAt(worldAfter(free(0), named(me, 0), failed(12_000)), 13_500);
  assert.deepEqual(action, { kind: "bind", lifetimeS: 2 });
});

test("a VIP that was just bound is announced", () => {
  const { action } = planAt(worldAfter(named(me, 0), held(10)), 11);
  assert.deepEqual(action, { kind: "announce", isFirst: true });
});

test("neighbours are reminded once a minute", () => {
  const world = worldAfter(held(10), announced, named(me, 60_000));
  assert.notEqual(planAt(world, 60_999).action?.kind, "announce");
  const fresh = worldAfter(held(10), announced, named(me, 60_000), held(61_000));
  assert.deepEqual(planAt(fresh, 61_000).action, { kind: "announce", isFirst: false });
});

test("a bound VIP is refreshed after a third of its lifetime, not before", () => {
  const world = worldAfter(named(me, 1_000), held(1_000, 5), announced);
  const early = planAt(world, 2_600);
  assert.equal(early.action, undefined);
  assert.equal(Math.round(early.wakeAtMs), 2_667);
  assert.deepEqual(planAt(world, 2_667).action, { kind: "refresh", lifetimeS: 5 });
});

test("near the end of the proof a refresh that would shorten the lifetime is left out", () => {
  const told = { kind: "announced", atMs: 12_001 } as const;
  const world = worldAfter(named(me, 0), held(12_000, 4), told);
  const { action, wakeAtMs } = planAt(world, 14_400);
  assert.equal(action, undefined);
  assert.equal(wakeAtMs, leaseMs - releaseLeadMs);
});

test("an endless VIP that was found at the start gets a lifetime at once", () => {
  const world = worldAfter(held(0, "endless"), named(me, 1_000), announced);
  assert.deepEqual(planAt(world, 1_010).action, { kind: "refresh", lifetimeS: 5 });
});

test("with lifetime 0 a VIP is bound for ever, and one that would expire is made endless", () => {
  const endless = (world: World) => ({ ...world, rules: { ...world.rules, lifetimeS: 0 } });
  const absent = endless(worldAfter(free(0), named(me, 0)));
  assert.deepEqual(planAt(absent, 10).action, { kind: "bind", lifetimeS: 0 });
  const finite = endless(worldAfter(held(0, 5), named(me, 1_000), announced));
  assert.deepEqual(planAt(finite, 1_010).action, { kind: "refresh", lifetimeS: 0 });
  const done = endless(worldAfter(held(0, "endless"), named(me, 1_000), announced));
  assert.equal(planAt(done, 1_010).action, undefined);
});

test("at the start a VIP that is there is neither prolonged nor removed", () => {
  assert.deepEqual(planAt(worldAfter(held(0, 2)), 1_499), { action: undefined, wakeAtMs: 1_500 });
});

test("what nothing proves is released just before the kernel would take it in silence", () => {
  const { action } = planAt(worldAfter(held(0, 2)), 1_500);
  assert.deepEqual(action, { kind: "release", prefixLengths: [32] });
});

test("after a stall nothing is prolonged until the key is confirmed", () => {
  const stall = { kind: "stall-seen", atMs: 5_000 } as const;
  const unseen = worldAfter(named(me, 4_000), held(4_000, 5), announced, stall);
  assert.deepEqual(planAt(unseen, 5_000).action, { kind: "observe" });
  const world = worldAfter(named(me, 4_000), announced, stall, held(5_000, 2));
  assert.equal(planAt(world, 5_900).action, undefined);
  const confirmed = worldAfter(named(me, 4_000), stall, free(8_000), named(me, 8_000));
  assert.equal(planAt(confirmed, 8_001).action?.kind, "bind");
});

test("a second prefix of the VIP is removed beside ours", () => {
  const both = present(1_000, [
    { prefixLength: 24, expiresInS: "endless" },
    { prefixLength: 32, expiresInS: 5 },
  ]);
  const { action } = planAt(worldAfter(named(me, 1_000), both), 1_010);
  assert.deepEqual(action, { kind: "remove-stray", prefixLength: 24 });
});

test("a yield releases every prefix of the VIP", () => {
  const both = present(0, [
    { prefixLength: 24, expiresInS: "endless" },
    { prefixLength: 32, expiresInS: 5 },
  ]);
  const { action } = planAt(worldAfter(both, named(other, 0)), 10);
  assert.deepEqual(action, { kind: "release", prefixLengths: [24, 32] });
});

test("a yield without the VIP does nothing but look each five seconds", () => {
  const world = worldAfter(free(0), named(other, 0));
  assert.deepEqual(planAt(world, 10), { action: undefined, wakeAtMs: 5_000 });
  assert.deepEqual(planAt(world, 5_000).action, { kind: "observe" });
});

test("a yield does not wait for an ip that fails: guard, reset and removal are tried all the same", () => {
  const tried = { kind: "action-failed", atMs: 100 } as const;
  const world = worldAfter(named(me, 0), held(0), tried, named(other, 200));
  assert.deepEqual(planAt(world, 400).action, { kind: "release", prefixLengths: [32] });
});

test("in a gap a VIP that somebody removed is not bound again", () => {
  assert.equal(planAt(worldAfter(named(me, 0), free(50), missing(100)), 150).action, undefined);
});

test("what failed is tried again after a quarter of a second", () => {
  const tried = { kind: "action-failed", atMs: 100 } as const;
  const world = worldAfter(named(me, 0), free(0), tried);
  assert.deepEqual(planAt(world, 200), { action: undefined, wakeAtMs: 350 });
  assert.deepEqual(planAt(world, 350).action, { kind: "observe" });
});

test("a VIP that vanishes each time it is bound is bound ten times a second at most", () => {
  const tried = { kind: "bind-tried", atMs: 100 } as const;
  const world = worldAfter(named(me, 0), tried, free(101));
  assert.deepEqual(planAt(world, 150), { action: undefined, wakeAtMs: 200 });
  assert.equal(planAt(world, 200).action?.kind, "bind");
});
