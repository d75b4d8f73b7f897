/**
 * What the world keeps of a sighting, above all when sightings overtake each other.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/policy/judge.ts";
import { plan } from "../../src/policy/plan.ts";
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
  worldAfter,
} from "./support.ts";

test("an older answer never replaces a newer one", () => {
  const world = worldAfter(named(other, 200), named(me, 100));
  assert.deepEqual(world.leader, {
    kind: "named",
    member: other,
    session: "s1",
    createIndex: 1,
    askedAtMs: 200,
    sinceMs: 200,
  });
});

test("an older observation never replaces a newer one", () => {
  const world = worldAfter(held(200), free(100));
  assert(world.interface.kind === "present");
  assert.equal(world.interface.held.length, 1);
});

test("a failure says nothing about the key", () => {
  const before = worldAfter(named(me, 0));
  const after = worldAfter(named(me, 0), failed(1_000), failed(2_000));
  assert.deepEqual(after.leader, before.leader);
  assert.deepEqual(after.trouble, { sinceMs: 1_000, cause: "timeout" });
});

test("any answer ends the trouble", () => {
  assert.equal(worldAfter(named(me, 0), failed(1), missing(2)).trouble, undefined);
});

test("a gap begins with the first answer without the key, and remembers whose the key was", () => {
  const world = worldAfter(named(me, 0), missing(100), missing(200));
  assert.deepEqual(world.leader, {
    kind: "missing",
    askedAtMs: 200,
    sinceMs: 100,
    claim: "mine",
  });
});

test("a gap in which Consul failed, stood still or was late is lost, whatever comes after it", () => {
  const stall = { kind: "stall-seen", atMs: 200 } as const;
  const broken = [
    worldAfter(named(me, 0), missing(100), failed(200), missing(300)),
    worldAfter(named(me, 0), missing(100), stall, missing(300)),
    worldAfter(named(me, 0), missing(100), missing(101 + rules.longestAnswerAgeMs)),
  ];
  for (const { leader } of broken) {
    assert(leader.kind === "missing");
    assert.equal(leader.claim, "lost");
  }
});

test("a key without a session was nobody's when it vanishes", () => {
  const handMade = { ...named(me, 0), leader: { member: me, session: undefined, createIndex: 1 } };
  const world = worldAfter(handMade, missing(100));
  assert(world.leader.kind === "missing");
  assert.equal(world.leader.claim, "none");
});

test("the VIP is reachable from the observation that shows it on an interface that is up", () => {
  assert.equal(worldAfter(held(100), held(200)).reachableSinceMs, 100);
  assert.equal(worldAfter(held(100), free(200), held(300)).reachableSinceMs, 300);
  const down = present(200, [{ prefixLength: 32, expiresInS: 5 }], false);
  assert.equal(worldAfter(held(100), down).reachableSinceMs, undefined);
  assert.equal(worldAfter(held(100), down, held(300)).reachableSinceMs, 300);
});

test("after a failed action nothing is known of the kernel", () => {
  const world = worldAfter(held(100), { kind: "action-failed", atMs: 200 });
  assert.deepEqual(world.interface, { kind: "unobserved" });
  assert.equal(world.failedAtMs, 200);
});

test("a stall makes an old failure old: the kernel is looked at before anything is released", () => {
  const world = worldAfter(
    { kind: "action-failed", atMs: 10 },
    { kind: "stall-seen", atMs: 9_000 },
    named(other, 9_100),
  );
  assert.deepEqual(plan(judge(world, 9_200), world, 9_200).action, { kind: "observe" });
});

test("a link that was lost, however shortly, is announced again", () => {
  const world = worldAfter(
    named(me, 0),
    held(10),
    { kind: "announced", atMs: 20 },
    { kind: "link-lost" },
    held(30),
  );
  assert.deepEqual(plan(judge(world, 40), world, 40).action, { kind: "announce", isFirst: true });
});
