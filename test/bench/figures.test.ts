/**
 * From times to figures: what counts as an outage, and what as two holders.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  figuresOf,
  longestSilenceMs,
  longestSilenceWithinMs,
  type Seen,
} from "../../bench/figures.ts";

function answersAt(...timesMs: readonly number[]) {
  return timesMs.map((atMs, index) => {
    // Each call begins where the last one ended, so it is the answer that takes its time.
    return { startedAtMs: timesMs[index - 1] ?? atMs, atMs, isAnswered: true };
  });
}

const seen: Seen = {
  leaderlessAtMs: undefined,
  committedAtMs: 1_000,
  toldAtMs: 1_000.2,
  addedAtMs: 1_005,
  guardedAtMs: 1_004,
  refusedAtMs: 1_003,
  goneAtMs: 1_009,
  announcedAtMs: 1_006,
  putMs: 2,
  silenceMs: 14,
  stillSilenceMs: 4,
};

test("times count from the commit", () => {
  const { toldMs, addressMs, goneMs, announcedMs } = figuresOf(seen);
  assert.equal(toldMs?.toFixed(1), "0.2");
  assert.deepEqual([addressMs, goneMs, announcedMs], [5, 9, 6]);
});

test("what was not seen has no figure", () => {
  const { addressMs, overlapMs } = figuresOf({ ...seen, addedAtMs: undefined });
  assert.equal(addressMs, undefined);
  assert.equal(overlapMs, undefined);
});

test("an address that goes before the new key is there has a negative time", () => {
  const { goneMs } = figuresOf({ ...seen, leaderlessAtMs: 900, goneAtMs: 905 });
  assert.equal(goneMs, -95);
});

test("the old host accepts nothing from its first reset on", () => {
  assert.equal(figuresOf({ ...seen, addedAtMs: 1_001 }).overlapMs, 2);
});

test("without a guard the old host accepts packets until its address is gone", () => {
  const bare = { ...seen, guardedAtMs: undefined, refusedAtMs: undefined };
  assert.equal(figuresOf(bare).overlapMs, 4);
});

test("two holders one after the other do not overlap", () => {
  assert.equal(figuresOf({ ...seen, addedAtMs: 1_010 }).overlapMs, 0);
});

test("the gap is taken off the silence, and never more than there is", () => {
  const gap = { ...seen, leaderlessAtMs: 910 };
  assert.equal(figuresOf({ ...gap, silenceMs: 104 }).addedSilenceMs, 14);
  assert.equal(figuresOf({ ...gap, silenceMs: 20 }).addedSilenceMs, 0);
  assert.equal(figuresOf(seen).addedSilenceMs, 14);
});

test("the silence is the longest step between two answers", () => {
  assert.equal(longestSilenceMs(answersAt(0, 3, 50, 53, 56), 2, 55), 47);
});

test("a silence that began before the span or ends after it counts in full", () => {
  assert.equal(longestSilenceMs(answersAt(0, 100, 103), 90, 102), 100);
  assert.equal(longestSilenceMs(answersAt(0, 3, 200), 1, 100), 197);
});

test("a silence that has not ended counts up to the end of the span", () => {
  assert.equal(longestSilenceMs(answersAt(0, 3), 0, 500), 497);
  assert.equal(longestSilenceMs([], 0, 500), 500);
});

test("the silence of a still span does not look beyond it", () => {
  assert.equal(longestSilenceWithinMs(answersAt(0, 10, 14, 400), 5, 100), 4);
  assert.equal(longestSilenceWithinMs([], 5, 100), 0);
});

test("calls without an answer are part of the silence", () => {
  const refused = { startedAtMs: 12, atMs: 13, isAnswered: false };
  const calls = [...answersAt(10), refused, ...answersAt(15)];
  assert.equal(longestSilenceMs(calls, 10, 15), 5);
});

test("time in which the client itself stood still is nobody's silence", () => {
  const late = { startedAtMs: 90, atMs: 92, isAnswered: true };
  assert.equal(longestSilenceMs([...answersAt(0, 3), late], 3, 92), 2);
});

test("the client's ordinary pause counts", () => {
  const next = { startedAtMs: 5, atMs: 6, isAnswered: true };
  assert.equal(longestSilenceMs([...answersAt(0, 3), next], 3, 6), 3);
});
