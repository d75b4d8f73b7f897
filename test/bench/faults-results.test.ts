/**
 * From the runs of the fault bench to what is printed: the worst of each figure, the goals, the words.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { UsageError } from "../../bench/program.ts";
import { parseArguments } from "../../bench/faults/arguments.ts";
import type { Figures } from "../../bench/faults/figures.ts";
import { faults } from "../../bench/faults/faults.ts";
import { parseResults, toText } from "../../bench/faults/lines.ts";
import { filledIn, wordsIn } from "../../bench/faults/page.ts";
import { reportOf } from "../../bench/faults/report.ts";
import { type FaultResults, type FaultRun, worstOf } from "../../bench/faults/results.ts";
import { verdictsOf } from "../../bench/faults/verdicts.ts";
import { wordsOf } from "../../bench/faults/words.ts";

const calm: Figures = {
  echoes: { asked: 100, lost: 0 },
  calls: { asked: 100, lost: 0, endings: {}, wrongHost: 0, longestMs: 2 },
  outage: { ms: 0, isOpen: false },
  overlap: { ms: 0, isOpen: false },
  absence: { ms: 0, isOpen: false },
  goneMs: undefined,
  transitions: 0,
  connection: undefined,
};

function run(fault: string, figures: Partial<Figures>, more: Partial<FaultRun> = {}): FaultRun {
  return {
    fault,
    candidate: "vip-agent 1",
    kind: "agent",
    figures: { ...calm, ...figures },
    control: { echoes: 30, calls: 30 },
    notes: [],
    log: [],
    ...more,
  };
}

function results(...runs: readonly FaultRun[]): FaultResults {
  return { date: "2026-11-21", versions: { Consul: "1.22.3" }, spanMs: 32_000, runs, failed: [] };
}

function verdicts(...runs: readonly FaultRun[]) {
  return verdictsOf(results(...runs)).map(({ isMet }) => isMet);
}

test("the worst of the runs counts, figure by figure", () => {
  const all = results(
    run("kill", { overlap: { ms: 3_000, isOpen: false }, goneMs: 3_100, transitions: 2 }),
    run("kill", { overlap: { ms: 4_000, isOpen: false }, goneMs: 4_100, transitions: 1 }),
  );
  const worst = worstOf(all, "kill", "vip-agent 1");
  assert.equal(worst?.count, 2);
  const { overlap, goneMs, transitions } = worst.figures;
  assert.deepEqual([overlap.ms, goneMs, transitions], [4_000, 4_100, 2]);
});

test("what has not ended is worse than all that has, and not gone is the latest", () => {
  const all = results(
    run("kill", { overlap: { ms: 9_000, isOpen: false }, goneMs: 9_000 }),
    run("kill", { overlap: { ms: 1_000, isOpen: true }, goneMs: undefined }),
  );
  const { overlap, goneMs } = worstOf(all, "kill", "vip-agent 1")?.figures ?? calm;
  assert.deepEqual([overlap.isOpen, goneMs], [true, undefined]);
});

test("a fault that was not made has no figures and no goal", () => {
  assert.equal(worstOf(results(), "kill", "vip-agent 1"), undefined);
  assert.deepEqual(verdicts(), []);
});

test("nothing lost and a control that lost some meets the goal", () => {
  assert.deepEqual(verdicts(run("election", {})), [true, true]);
});

test("nothing lost is not proven by probes that lose nothing in the control either", () => {
  for (const control of [undefined, { echoes: 0, calls: 30 }, { echoes: 30, calls: 0 }]) {
    assert.deepEqual(verdicts(run("election", {}, { control })), [false, true]);
  }
});

test("one weak control among good ones spoils the goal", () => {
  const weak = run("election", {}, { control: { echoes: 0, calls: 0 } });
  assert.deepEqual(verdicts(run("election", {}), weak), [false, true]);
});

test("a lost echo, or a lost call, misses the goal", () => {
  assert.deepEqual(verdicts(run("election", { echoes: { asked: 9, lost: 1 } })), [false, true]);
  const calls = { ...calm.calls, lost: 1 };
  assert.deepEqual(verdicts(run("election", { calls })), [false, true]);
});

test("a VIP that never leaves misses the goal to be gone", () => {
  assert.deepEqual(verdicts(run("stop", {})), [false]);
  assert.deepEqual(verdicts(run("stop", { goneMs: 8 })), [true]);
});

test("a run that failed misses the goals of its fault", () => {
  const good = results(run("stop", { goneMs: 8 }));
  const failed = [{ fault: "stop", candidate: "vip-agent 1", failure: "no lab" }];
  assert.deepEqual(
    verdictsOf({ ...good, failed }).map(({ isMet }) => isMet),
    [false],
  );
});

test("the peer's figures decide no goal", () => {
  const peer = run("stop", {}, { candidate: "other 5", kind: "peer" });
  assert.deepEqual(verdicts(run("stop", { goneMs: 8 }), peer), [true]);
});

test("a fault in words says what was lost, and only what there is", () => {
  const control = undefined;
  assert.equal(wordsOf({ count: 1, figures: calm, control }, {}), "nothing lost");
  const figures: Figures = {
    ...calm,
    echoes: { asked: 100, lost: 12 },
    calls: { ...calm.calls, lost: 3, endings: { refused: 2, late: 1 } },
    outage: { ms: 1_234, isOpen: true },
    goneMs: 8.24,
  };
  assert.equal(
    wordsOf({ count: 1, figures, control }, {}),
    "12 echoes, 3 calls lost (2 refused, 1 late); no answer for 1.2 s to the end; left after 8.2 ms; an open connection is told nothing",
  );
});

test("an open connection that is told is part of the words", () => {
  const connection = { heard: "ECONNRESET", afterMs: 6 };
  const figures: Figures = { ...calm, goneMs: 8, connection };
  const words = wordsOf({ count: 1, figures, control: undefined }, {});
  assert.equal(words, "nothing lost; left after 8.0 ms; an open connection is reset after 6.0 ms");
});

test("who stays where he has to leave has lost nothing, and is told so", () => {
  const worst = { count: 1, figures: calm, control: undefined };
  assert.equal(wordsOf(worst, { isToLeave: true }), "nothing lost; never left");
});

test("every fault that asks for the VIP to leave has a goal for when", () => {
  const timeless = faults.filter(({ isToLeave, goals = [] }) => {
    return isToLeave === true && !goals.some(({ text }) => text.startsWith("gone"));
  });
  assert.deepEqual(timeless, []);
});

test("results survive their way through a file", () => {
  const all = results(run("kill", { goneMs: 5 }), run("stop", {}, { control: undefined }));
  assert.deepEqual(parseResults(toText(all, 2)), all);
});

test("a file that holds something else is refused", () => {
  assert.throws(() => parseResults('{"runs":[{}]}'));
});

test("the report has a row for each candidate, each failure, and the goals", () => {
  const peer = run("stop", {}, { candidate: "other 5", kind: "peer" });
  const failed = [{ fault: "kill", candidate: "other 5", failure: "no lab" }];
  const report = reportOf({ ...results(run("stop", { goneMs: 8 }), peer), failed });
  assert.match(report, /`stop`: .*\| vip-agent 1 /u);
  assert.match(report, /\| other 5 /u);
  assert.match(report, /Failed: kill, other 5: no lab/u);
  assert.match(report, /`stop`: gone after, ms\s*\|\s*≤ 100 \|\s*8 \| met/u);
  assert.doesNotMatch(report, /NaN|undefined/u);
});

test("a page's cells are filled by fault and candidate, and nothing else is touched", () => {
  const page = [
    "Before.",
    "",
    "| fault | does | vip-agent | other 5 |",
    "| --- | --- | --- | --- |",
    "| `stop`: told to stop | releases | old | kept |",
    "| no fault of the bench | – | mine | mine |",
    "",
    "After.",
  ].join("\n");
  const filled = filledIn(page, wordsIn(results(run("stop", { goneMs: 8 }))));
  assert.match(
    filled,
    /\| `stop`: told to stop +\| releases \| nothing lost; left after 8\.0 ms; .* told nothing \| kept/u,
  );
  assert.match(filled, /\| no fault of the bench \| – +\| mine +\| mine +\|/u);
  assert.match(filled, /^Before\.\n\n\|[^]*\|\n\nAfter\.$/u);
  assert.equal(filledIn(filled, new Map()), filled);
});

test("faults have names of their own, and those that repeat have a goal", () => {
  const ids = faults.map(({ id }) => id);
  assert.deepEqual(new Set(ids).size, ids.length);
  const aimless = faults.filter(({ isRepeated, goals }) => isRepeated === true && !goals);
  assert.deepEqual(aimless, []);
});

function parsed(...words: readonly string[]) {
  const options = parseArguments(words);
  assert.ok(options !== "help");
  return options;
}

test("without arguments vip-agent meets every fault, and the floor none", () => {
  const { faults: chosen, candidates, repeat, spanMs } = parsed();
  assert.equal(chosen.length, faults.length);
  assert.deepEqual(
    candidates.map(({ kind }) => kind),
    ["agent"],
  );
  assert.deepEqual([repeat, spanMs], [3, 32_000]);
});

test("--only picks faults and candidates", () => {
  const { faults: chosen, candidates } = parsed(
    "--peer",
    "other 5=x",
    "--only",
    "stop",
    "--only",
    "kill",
    "--only",
    "other",
  );
  assert.deepEqual(
    chosen.map(({ id }) => id),
    ["kill", "stop"],
  );
  assert.deepEqual(
    candidates.map(({ name }) => name),
    ["other 5"],
  );
});

for (const words of [
  ["--only", "nobody"],
  ["--only", "floor"],
  ["--repeat", "0"],
  ["--lanes", "many"],
  ["--moves", "4"],
]) {
  test(`${words.join(" ")} is refused`, () => {
    assert.throws(() => parseArguments(words), UsageError);
  });
}
