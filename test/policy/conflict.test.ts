/**
 * Another host that answers for the VIP: when the wire is asked, and what its answer changes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { otherHolder } from "../../src/policy/conflict.ts";
import { judge } from "../../src/policy/judge.ts";
import { type Plan, plan } from "../../src/policy/plan.ts";
import type { Sighting } from "../../src/policy/sightings.ts";
import type { OnConflict, World } from "../../src/policy/world.ts";
import { failed, free, held, me, missing, named, other, present, worldWith } from "./support.ts";

const mac = "02:00:00:00:00:07";

function seen(askedAtMs: number, holder?: string): Sighting {
  return { kind: "conflict-seen", askedAtMs, holder };
}

function begun(atMs: number): Sighting {
  return { kind: "probe-begun", atMs };
}

const announced: Sighting = { kind: "announced", atMs: 5 };

function planAt(world: World, nowMs: number): Plan {
  return plan(judge(world, nowMs), world, nowMs);
}

function holding(onConflict: OnConflict, atMs: number, ...more: readonly Sighting[]): World {
  return worldWith({ onConflict }, named(me, 0), held(0), announced, named(me, atMs), ...more);
}

test("a takeover does not wait for the wire unless asked", () => {
  const world = worldWith({ onConflict: "warn" }, free(0), named(me, 0));
  assert.deepEqual(planAt(world, 10).action, { kind: "bind", lifetimeS: 5 });
});

test("the wire is asked a second after the VIP came, and then each ten seconds", () => {
  const early = holding("warn", 900, held(900));
  assert.deepEqual(planAt(early, 999), { action: undefined, wakeAtMs: 1_000 });
  const due = holding("warn", 1_000, held(1_000));
  assert.deepEqual(planAt(due, 1_000).action, { kind: "probe", deadlineMs: 1_000 });
  const later = holding("warn", 10_999, held(10_999), seen(1_000));
  assert.equal(planAt(later, 10_999).wakeAtMs, 11_000);
  assert.equal(planAt(later, 11_000).action?.kind, "probe");
});

test("one probe at a time", () => {
  const world = holding("warn", 40_000, held(40_000), begun(39_900));
  assert.notEqual(planAt(world, 40_000).action?.kind, "probe");
});

test("a conflict takes nothing away: neighbours are told again, and asked sooner", () => {
  const world = holding("warn", 2_000, held(2_000), begun(1_900), seen(1_900, mac));
  assert.equal(judge(world, 2_000).reason, "leader");
  assert.deepEqual(planAt(world, 2_000).action, { kind: "announce", isFirst: true });
  const told = holding("warn", 2_000, held(2_000), seen(1_900, mac), { ...announced, atMs: 2_000 });
  assert.equal(planAt(told, 2_000).action, undefined);
  const again = holding("warn", 6_900, held(6_900), seen(1_900, mac), {
    ...announced,
    atMs: 2_000,
  });
  assert.equal(planAt(again, 6_900).action?.kind, "probe");
});

test("neighbours are told again only while the lease is fresh", () => {
  const world = holding("warn", 2_000, held(2_000), seen(1_900, mac), failed(2_100));
  assert.notEqual(planAt(world, 2_200).action?.kind, "announce");
});

test("with wait, the wire is asked before the bind, with a short deadline", () => {
  const world = worldWith({ onConflict: "wait" }, free(0), named(me, 0));
  assert.equal(judge(world, 10).reason, "probing");
  assert.deepEqual(planAt(world, 10).action, { kind: "probe", deadlineMs: 300 });
  const asking = worldWith({ onConflict: "wait" }, free(0), named(me, 0), begun(10));
  assert.equal(planAt(asking, 20).action, undefined);
});

test("with wait, silence lets it bind, for a second", () => {
  const world = worldWith({ onConflict: "wait" }, free(0), named(me, 0), begun(10), seen(10));
  assert.deepEqual(planAt(world, 300).action, { kind: "bind", lifetimeS: 5 });
  assert.equal(planAt(world, 1_010).action?.kind, "probe");
});

test("with wait, an answer keeps it from binding until the other is silent", () => {
  const world = worldWith({ onConflict: "wait" }, free(0), named(me, 0), begun(10), seen(10, mac));
  assert.equal(judge(world, 20).reason, "conflict");
  assert.deepEqual(planAt(world, 20), { action: undefined, wakeAtMs: 1_010 });
  assert.equal(planAt(world, 1_010).action?.kind, "probe");
});

test("with wait, a VIP that is there is held", () => {
  const world = holding("wait", 2_000, held(2_000), seen(1_900, mac));
  assert.equal(judge(world, 2_000).reason, "leader");
});

test("with ignore, and where the VIP is not wanted or cannot be reached, nobody asks", () => {
  const ignoring = holding("ignore", 40_000, held(40_000));
  assert.notEqual(planAt(ignoring, 40_000).action?.kind, "probe");
  const yielding = worldWith({ onConflict: "warn" }, held(0), named(other, 0), free(40_000));
  assert.equal(planAt(yielding, 40_000).action, undefined);
  const down = holding(
    "warn",
    40_000,
    present(40_000, [{ prefixLength: 32, expiresInS: 5 }], false),
  );
  assert.notEqual(planAt(down, 40_000).action?.kind, "probe");
});

test("a missing key outranks the question", () => {
  const world = worldWith({ onConflict: "wait" }, free(0), named(me, 0), missing(10));
  assert.equal(judge(world, 20).reason, "key-missing");
});

test("who answers while the VIP leaves is no conflict for the next time it is here", () => {
  const histories = [
    [held(900), seen(1_000, mac), free(1_100)],
    [held(900), free(950), seen(1_000, mac)],
  ];
  for (const history of histories) {
    const world = worldWith({ onConflict: "warn" }, named(me, 0), ...history, named(me, 2_000));
    assert.equal(otherHolder(world), undefined);
  }
});
