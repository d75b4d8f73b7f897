/**
 * The order of the steps of each action, and what becomes of it when a step fails.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Hands, perform } from "../../src/agent/perform.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RecordingHands } from "./recording.ts";

const release = { kind: "release", prefixLengths: [32] } as const;

function handsHolding(...prefixLengths: readonly number[]): RecordingHands {
  const hands = new RecordingHands(new FakeClock());
  for (const prefixLength of prefixLengths) hands.kernel.set(prefixLength, 5);
  return hands;
}

test("a bind lifts the guard when the address is there, so that no SYN meets neither", async () => {
  const hands = handsHolding();
  const { sightings } = await perform({ kind: "bind", lifetimeS: 5 }, hands);
  assert.deepEqual(hands.asked, ["bind /32", "lift guard"]);
  assert.deepEqual(
    sightings.map(({ kind }) => kind),
    ["bind-tried", "interface-seen"],
  );
});

test("a release announces no more, guards, resets, and only then removes", async () => {
  const hands = handsHolding(32);
  await perform(release, hands);
  const wanted = ["stop announcing", "raise guard", "reset connections", "remove /32"];
  assert.deepEqual(hands.asked, wanted);
});

test("a release goes on without a guard and a reset that fail, and says so", async () => {
  const hands = handsHolding(32);
  hands.broken.add("guard").add("reset");
  const { complaints } = await perform(release, hands);
  assert.equal(hands.asked.at(-1), "remove /32");
  assert.deepEqual(complaints, ["guard is broken", "reset is broken"]);
});

function withoutCourtesy({
  ip,
  announcer,
  askWire,
  wakePatroni,
  clock,
  vip,
}: RecordingHands): Hands {
  const none = { guard: undefined, reset: undefined };
  return { ip, announcer, askWire, wakePatroni, clock, vip, ...none };
}

test("a release without guard and reset only removes", async () => {
  const hands = handsHolding(32);
  await perform(release, withoutCourtesy(hands));
  assert.deepEqual(hands.asked, ["stop announcing", "remove /32"]);
});

test("a release of two prefixes removes both in one go", async () => {
  const hands = handsHolding(32, 24);
  await perform({ kind: "release", prefixLengths: [32, 24] }, hands);
  assert.deepEqual(hands.asked.slice(-2), ["remove /32", "remove /24"]);
  assert.equal(hands.kernel.size, 0);
});

test("what the kernel did not do is a failure, whatever ip said, and what it holds is known", async () => {
  const hands = handsHolding();
  hands.broken.add("kernel");
  const { sightings } = await perform({ kind: "bind", lifetimeS: 5 }, hands);
  const kinds = sightings.map(({ kind }) => kind);
  assert.deepEqual(kinds, ["bind-tried", "action-failed", "interface-seen"]);
});

test("an ip that does not answer leaves nothing known", async () => {
  const hands = handsHolding(32);
  hands.broken.add("ip");
  const { sightings, complaints } = await perform({ kind: "refresh", lifetimeS: 5 }, hands);
  assert.deepEqual(
    sightings.map(({ kind }) => kind),
    ["action-failed"],
  );
  assert.deepEqual(complaints, ["ip did not answer"]);
});

test("a wake-up tells Patroni, touches nothing, and says when", async () => {
  const hands = handsHolding(32);
  const performed = await perform({ kind: "wake" }, hands);
  assert.deepEqual(hands.asked, ["wake Patroni"]);
  const atMs = hands.clock.nowMs();
  assert.deepEqual(performed, { sightings: [{ kind: "patroni-woken", atMs }], complaints: [] });
});
