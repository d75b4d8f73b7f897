/**
 * Tables and picture of a run: what a reader of the README sees.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Figures } from "../../bench/figures.ts";
import { goalsOf } from "../../bench/goals.ts";
import { pictureOf, place } from "../../bench/picture.ts";
import type { CandidateResult, Results } from "../../bench/results.ts";
import { markdown, ratio, tablesOf } from "../../bench/table.ts";

function candidate(
  name: string,
  kind: CandidateResult["kind"],
  figures: Partial<Figures>,
): CandidateResult {
  const whole: Figures = {
    putMs: 1,
    gapMs: 0,
    toldMs: 0.1,
    addressMs: 3,
    goneMs: 4,
    announcedMs: 4,
    overlapMs: 0,
    silenceMs: 9,
    addedSilenceMs: 9,
    stillSilenceMs: 4,
    ...figures,
  };
  const moves = (["direct", "gap"] as const).map((mode) => {
    return { mode, to: "db2", figures: whole, trace: undefined } as const;
  });
  return { name, kind, moves, firstVerdictMs: [], idle: undefined };
}

function results(...candidates: readonly CandidateResult[]): Results {
  return { date: "2026-11-21", versions: { Consul: "1.22.3" }, moves: 1, gapMs: 90, candidates };
}

test("every goal is met by a run that is fast enough", () => {
  const goals = goalsOf(
    results(candidate("vip-agent 1", "agent", {}), candidate("floor", "floor", { addressMs: 1 })),
  );
  assert.ok(goals.length > 0);
  assert.deepEqual(
    goals.filter(({ isMet }) => !isMet),
    [],
  );
});

test("a slow address misses its two goals and the one against the floor", () => {
  const goals = goalsOf(
    results(
      candidate("vip-agent 1", "agent", { addressMs: 20 }),
      candidate("floor", "floor", { addressMs: 2 }),
    ),
  );
  const missed = goals.filter(({ isMet }) => !isMet).map(({ value }) => value);
  assert.deepEqual(missed, [20, 20, 10]);
});

test("a figure that nobody could measure misses its goal", () => {
  const goals = goalsOf(results(candidate("vip-agent 1", "agent", { announcedMs: undefined })));
  assert.equal(goals.filter(({ isMet }) => !isMet).length, 1);
});

test("without vip-agent there are no goals", () => {
  assert.deepEqual(goalsOf(results(candidate("floor", "floor", {}))), []);
});

test("ratios stand in the column of what is divided by", () => {
  const text = tablesOf(
    results(
      candidate("vip-agent 1", "agent", { addressMs: 4 }),
      candidate("other 5", "peer", { addressMs: 400 }),
    ),
  );
  const row = text.split("\n").find((line) => line.includes("other 5") && line.includes("400"));
  assert.match(row ?? "", /\| +100 \| +\|$/u);
});

test("a ratio to nothing is none", () => {
  assert.equal(ratio(5, 0), "–");
  assert.equal(ratio(5, undefined), "–");
  assert.equal(ratio(-5, 5), "–");
});

test("columns of figures are aligned to the right", () => {
  assert.equal(
    markdown([
      ["", "ms"],
      ["a", "1"],
    ]),
    "|     |  ms |\n| --- | --: |\n| a   |   1 |",
  );
});

test("each step of the scale is as long as the one before", () => {
  assert.equal(Math.round(place(100) - place(10)), Math.round(place(1_000) - place(100)));
  assert.equal(place(0), place(0.01));
  assert.equal(place(1e9), place(10_000));
});

test("the picture names candidates, versions and the number of moves, and is plain text", () => {
  const picture = pictureOf(results(candidate("<b> & co", "peer", {})));
  assert.match(picture, /&lt;b&gt; &amp; co/u);
  assert.match(picture, /Consul 1\.22\.3/u);
  assert.match(picture, /1 moves each/u);
  assert.doesNotMatch(picture, /NaN|undefined/u);
});
