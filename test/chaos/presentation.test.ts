/**
 * From rounds to figures, verdict and table.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseArguments } from "../../chaos/arguments.ts";
import { figuresOf, isGood, resultOf, type Results } from "../../chaos/results.ts";
import type { RoundResult } from "../../chaos/round.ts";
import { quickTimings } from "../../chaos/schedule.ts";
import { storiesOf, tablesOf } from "../../chaos/table.ts";
import { UsageError } from "../../bench/program.ts";

function round(changes: Partial<RoundResult> = {}): RoundResult {
  return {
    seed: 42,
    timings: quickTimings,
    lengthMs: 10_000,
    faults: [{ kind: "switchover", target: "db1", fromMs: 0, toMs: 1 }],
    failedFaults: [],
    overlaps: [],
    losses: [],
    takeovers: [{ host: "db2", keyAtMs: 5, boundAfterMs: 4, answeredAfterMs: 20 }],
    healedAfterMs: 700,
    unhealed: undefined,
    lagMs: 3,
    timeline: ["   1.000 s  KEY names db2"],
    ...changes,
  };
}

const overlap = {
  fromMs: 1_000,
  toMs: 3_000,
  hosts: ["db1", "db2"],
  cause: "live",
  boundMs: 500,
  beyondMs: 1_500,
  onWireMs: 1_990,
} as const;

const loss = { host: "db1", fromMs: 0, toMs: 9_000, excuse: undefined, needlessMs: 7_000 };

function results(agent: RoundResult, peer: RoundResult = round()): Results {
  const candidates = [
    resultOf({ name: "vip-agent" }, [agent], []),
    resultOf({ name: "other", command: "other" }, [peer], []),
  ];
  return { date: "2026-11-21", seed: 42, rounds: 1, worlds: 1, candidates };
}

describe("results of chaos", () => {
  it("are good where the agent kept its promises, whatever a peer did", () => {
    assert.ok(isGood(results(round(), round({ overlaps: [overlap], losses: [loss] }))));
  });

  it("are bad for an overlap beyond its bound, a needless loss, a round that stays ill", () => {
    const bad = [{ overlaps: [overlap] }, { losses: [loss] }, { unhealed: "no leader" }];
    for (const changes of bad) assert.ok(!isGood(results(round(changes))), JSON.stringify(changes));
  });

  it("are bad for a round that was not played", () => {
    const notPlayed = [{ seed: 1, problem: "no sandbox" }];
    const candidates = [resultOf({ name: "vip-agent" }, [], notPlayed)];
    assert.ok(!isGood({ ...results(round()), candidates }));
  });

  it("are good for overlaps within the bound and for losses with an excuse", () => {
    const changes = {
      overlaps: [{ ...overlap, toMs: 1_020, beyondMs: 0 }],
      losses: [{ ...loss, excuse: "agent-dead" as const }],
    };
    assert.ok(isGood(results(round(changes))));
  });

  it("count faults by kind, and keep the worst overlap of each cause", () => {
    const shorter = { ...overlap, toMs: 1_100, beyondMs: 0 };
    const { faults, worstOverlaps, overlapsBeyond } = figuresOf(
      resultOf({ name: "vip-agent" }, [round({ overlaps: [shorter, overlap] })], []),
    );
    assert.equal(faults.switchover, 1);
    assert.equal(faults["agent-killed"], 0);
    assert.deepEqual(worstOverlaps.live, overlap);
    assert.equal(overlapsBeyond, 1);
  });

  it("stand side by side in a table", () => {
    const table = tablesOf(results(round(), round({ overlaps: [overlap], losses: [loss] })));
    assert.match(table, /overlaps beyond the bound\*\* +\| +0 \| +1, together 1500 ms too long/u);
    assert.match(
      table,
      /lost without need\*\* +\| +0 \| +1, together 7000 ms, the longest 7000 ms/u,
    );
  });

  it("tell the story of a broken round of the agent, with its seed and how to replay it", () => {
    const story = storiesOf(results(round({ overlaps: [overlap] }), round({ losses: [loss] })));
    assert.match(story, /vip-agent, seed 42: db1 held beside db2 for 2000 ms/u);
    assert.match(story, /--seed 42 --rounds 1/u);
    assert.match(story, /KEY names db2/u);
    assert.doesNotMatch(story, /other/u);
  });
});

describe("arguments of chaos", () => {
  it("have defaults, and a seed that was drawn", () => {
    const options = parseArguments([], 5);
    assert.ok(options !== "help");
    const { rounds, seed, worlds, candidates } = options;
    assert.deepEqual([rounds, seed, worlds, candidates.length], [200, 5, 4, 1]);
  });

  it("take peers with equal signs in their commands", () => {
    const options = parseArguments(["--peer", "other 1=/bin/other --ip={vip}"], 5);
    assert.ok(options !== "help");
    assert.deepEqual(options.candidates[1], { name: "other 1", command: "/bin/other --ip={vip}" });
  });

  it("complain about what makes no sense", () => {
    const wrong = [["--rounds", "0"], ["--peer", "=x"], ["--only-peers"], ["--loud"]];
    for (const words of wrong) assert.throws(() => parseArguments(words, 1), UsageError);
  });
});
