/**
 * The failover bench before and after its measuring: what it is asked, in which order it goes about it,
 * what it makes of the results.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { UsageError } from "../../bench/program.ts";
import { byPatroni, ours, parseArguments } from "../../bench/failover/arguments.ts";
import { events, sharedIds } from "../../bench/failover/events.ts";
import type { Figures } from "../../bench/failover/figures.ts";
import { idleShareOf, parseProcessorTimes } from "../../bench/failover/idle-share.ts";
import { planOf } from "../../bench/failover/jobs.ts";
import { parseAnswer, parseJob, parseResults, toText } from "../../bench/failover/lines.ts";
import { reportOf } from "../../bench/failover/report.ts";
import type { EventRun, FailoverResults } from "../../bench/failover/results.ts";
import { storyOf } from "../../bench/failover/story.ts";
import { verdictsOf } from "../../bench/failover/verdicts.ts";
import type { WriterFigures } from "../../bench/failover/writes.ts";

const writing: WriterFigures = {
  attempts: 200,
  lost: 0,
  endings: {},
  inDoubt: 0,
  hung: 0,
  outage: { ms: 11, isOpen: false, fromMs: 0, notRunMs: 0 },
  notRunMs: 0,
};

const calm: Figures = {
  vip: writing,
  direct: writing,
  stillMs: 10,
  keyFreeMs: 0,
  keyMovedMs: undefined,
  strayWrites: 0,
  lastStrayMs: 0,
  lastStrayRanMs: 0,
  keylessWrites: 0,
  overlap: { ms: 0, isOpen: false },
  absence: { ms: 0, isOpen: false },
  leftMs: undefined,
  stoppedMs: 5,
  elsewhereMs: undefined,
};

function outage(vipMs: number, directMs: number): Partial<Figures> {
  const of = (ms: number): WriterFigures => {
    return { ...writing, outage: { ms, isOpen: false, fromMs: 0, notRunMs: 0 } };
  };
  return { vip: of(vipMs), direct: of(directMs) };
}

function run(event: string, figures: Partial<Figures>, candidate = ours): EventRun {
  return { event, candidate, seed: 7, figures: { ...calm, ...figures }, idleShare: 0.5, story: [] };
}

function results(...runs: readonly EventRun[]): FailoverResults {
  const candidates = [...new Set([ours, ...runs.map(({ candidate }) => candidate)])];
  const versions = { Consul: "1.22.3" };
  return { date: "2026-11-21", versions, seed: 1, lanes: 2, candidates, ours, runs, failed: [] };
}

function met(all: FailoverResults): readonly boolean[] {
  return verdictsOf(all).map(({ isMet }) => isMet);
}

describe("goals", () => {
  test("of a switchover are about what the VIP adds to the direct outage of the same run", () => {
    const good = [run("switchover", outage(1_085, 1_080)), run("switchover", outage(1_070, 1_075))];
    assert.deepEqual(met(results(...good)), [true, true]);
    const one = run("switchover", outage(1_101, 1_080));
    assert.deepEqual(met(results(...good, one)), [false, false]);
  });

  test("are met by the worst of the runs", () => {
    const good = run("session", { keyFreeMs: 300 });
    assert.deepEqual(met(results(good)), [true, true]);
    assert.deepEqual(met(results(good, run("session", { keyFreeMs: 501 }))), [true, false]);
    assert.deepEqual(met(results(good, run("session", outage(61, 10)))), [false, true]);
  });

  test("are missed by an event of which one run failed", () => {
    const all = results(run("postmaster", outage(700, 700)));
    const failed = [{ event: "postmaster", candidate: ours, seed: 3, failure: "no lab" }];
    assert.deepEqual(met({ ...all, failed }), [false]);
    assert.deepEqual(met({ ...results(), failed }), [false]);
  });

  test("to leave in time are missed by a VIP that never left", () => {
    const good = run("dark", { leftMs: 15_000 });
    assert.deepEqual(met(results(good)), [true, true]);
    assert.deepEqual(met(results(good, run("dark", {}))), [false, true]);
  });

  test("are those of vip-agent with Consul as its source, whatever others reach", () => {
    const bad = outage(9_000, 10);
    const others = [run("postmaster", bad, byPatroni), run("postmaster", bad, "other 5")];
    assert.deepEqual(met(results(run("postmaster", outage(700, 700)), ...others)), [true]);
    assert.deepEqual(met({ ...results(...others), ours: undefined }), []);
  });

  test("are there for every event", () => {
    assert.deepEqual(
      events.filter(({ goals }) => goals.length === 0).map(({ id }) => id),
      [],
    );
  });
});

describe("the report", () => {
  test("has each candidate in each event that was made, failures and goals", () => {
    const peer = run("session", { keyFreeMs: 7_602 }, "other 5");
    const failed = [{ event: "hang", candidate: "other 5", seed: 3, failure: "no lab\nat all" }];
    const report = reportOf({ ...results(run("session", {}), peer), failed });
    assert.match(report, /`session`: /u);
    assert.match(report, /\| nobody has the key, ms +\| vip-agent [^|]+\| +0\.0 \|/u);
    assert.match(report, /\| other 5 +\| +7602 \| +7602 \| +7602 \| +7602 \| +1 \|/u);
    assert.match(report, /Failed: hang, other 5: no lab\n/u);
    assert.match(report, /`session`: nobody has the key, ms, max +\| ≤ 500 \| +0\.0 \| met/u);
    assert.doesNotMatch(report, /at all|NaN|undefined|`dark`/u);
  });

  test("says in how many runs a figure was there", () => {
    const report = reportOf(results(run("dark", { leftMs: 15_000 }), run("dark", {})));
    assert.match(report, /the VIP leaves its host after, ms +\|[^\n]*\| 1 of 2 \|/u);
  });

  test("says how lost writes ended, with the slowest of each kind", () => {
    const losing = (count: number, slowestMs: number): EventRun => {
      const endings = { refused: { count, slowestMs } };
      return run("postmaster", { vip: { ...writing, lost: count, endings } });
    };
    assert.match(reportOf(results(losing(3, 12), losing(2, 4))), /5 refused 12\.0 ms/u);
  });

  test("without vip-agent has no goals", () => {
    const all = results(run("session", {}, "other 5"));
    assert.doesNotMatch(reportOf({ ...all, candidates: ["other 5"], ours: undefined }), /Goals/u);
  });
});

test("answers and jobs survive their way through a lane", () => {
  const answer = { run: run("session", { keyMovedMs: 4 }), versions: { Patroni: "4.1.5" } };
  assert.deepEqual(parseAnswer(toText(answer)), answer);
  for (const source of ["patroni", undefined] as const) {
    const candidate = { name: "a", kind: "agent", command: undefined, source } as const;
    const job = { event: "hang", candidate, seed: 9 };
    assert.deepEqual(parseJob(toText(job)).candidate.source ?? undefined, source);
    assert.equal(parseJob(toText(job)).event, "hang");
  }
});

test("results survive their way through a file", () => {
  const all = results(run("hang", { leftMs: 5 }), run("dark", {}, byPatroni));
  const failed = [{ event: "hang", candidate: ours, seed: 3, failure: "no lab" }];
  assert.deepEqual(parseResults(toText({ ...all, failed }, 2)), { ...all, failed });
});

test("a line that holds something else is refused", () => {
  assert.throws(() => parseAnswer('{"run":{}}'));
});

test("the share of idle processors is that of the time between two looks", () => {
  const before = parseProcessorTimes("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3 4 5\n");
  const after = parseProcessorTimes("cpu  140 0 70 830 60 0 0 0 0 0\n");
  assert.equal(idleShareOf(before, after), 0.4);
  assert.equal(idleShareOf(before, before), 0);
});

test("the report tells the busiest run of an event", () => {
  const busy = { ...run("session", {}), idleShare: 0.07 };
  assert.match(reportOf(results(run("session", {}), busy)), /\| +7 \|\n/u);
});

test("a story is told in its order, from the strike", () => {
  const moments = [
    { atMs: 5_012.34, text: "the key names db2" },
    { atMs: 4_999, text: "db1 verdict" },
    { atMs: 3_000, text: "long ago" },
  ];
  assert.deepEqual(storyOf(moments, 5_000), ["-1.0 db1 verdict", "12.3 the key names db2"]);
  const flood = Array.from({ length: 5_000 }, (_, index) => ({ atMs: 5_000 + index, text: "x" }));
  assert.ok(storyOf(flood, 5_000).length < 1_000);
});

function parsed(...words: readonly string[]) {
  const options = parseArguments(words, 42);
  assert.ok(options !== "help");
  return options;
}

describe("the command line", () => {
  test("without words asks for all events, ten switchovers and three rounds of the rest", () => {
    const { events: chosen, candidates, switchovers, rounds, seed, isAsserting } = parsed();
    assert.equal(chosen.length, events.length);
    assert.deepEqual(
      candidates.map(({ source }) => source),
      [undefined, "patroni"],
    );
    assert.deepEqual([switchovers, rounds, seed, isAsserting], [10, 3, 42, false]);
  });

  test("picks events, and candidates by name", () => {
    const { events: chosen } = parsed("--events", "hang,switchover");
    assert.deepEqual(
      chosen.map(({ id }) => id),
      ["switchover", "hang"],
    );
    const names = (...words: readonly string[]) => {
      return parsed("--peer", "other 5=x", ...words).candidates.map(({ name }) => name);
    };
    assert.deepEqual(names(), [ours, byPatroni, "other 5"]);
    assert.deepEqual(names("--only", ours), [ours]);
    assert.deepEqual(names("--only", byPatroni, "--only", "other"), [byPatroni, "other 5"]);
  });

  for (const words of [
    ["--only", "nobody"],
    ["--only", "floor"],
    ["--events", "switchover,nothing"],
    ["--events", ""],
    ["--rounds", "0"],
    ["--switchovers", "some"],
    ["--lanes", "0"],
    ["--seed", "-1"],
    ["--moves", "4"],
  ]) {
    test(`${words.join(" ")} is refused`, () => {
      assert.throws(() => parseArguments(words, 42), UsageError);
    });
  }
});

describe("the order of a run", () => {
  const asked = parsed("--peer", "other 5=x", "--switchovers", "4", "--rounds", "2", "--seed", "5");

  test("alternates candidates event by event, another one first in each round", () => {
    const { alone } = planOf(asked);
    const first = alone.slice(0, 6).map(({ event, candidate }) => `${event} ${candidate.name}`);
    assert.deepEqual(first, [
      `switchover ${ours}`,
      `switchover ${byPatroni}`,
      "switchover other 5",
      `postmaster ${ours}`,
      `postmaster ${byPatroni}`,
      "postmaster other 5",
    ]);
    const second = alone.filter(({ event }) => event === "switchover").slice(3, 6);
    assert.deepEqual(
      second.map(({ candidate }) => candidate.name),
      [byPatroni, "other 5", ours],
    );
  });

  test("makes as many of each as was asked for, those that share the machine apart", () => {
    const { alone, shared } = planOf(asked);
    const count = (id: string) => [...alone, ...shared].filter(({ event }) => event === id).length;
    for (const { id } of events) assert.equal(count(id), (id === "switchover" ? 4 : 2) * 3, id);
    assert.equal(sharedIds, "pause, failsafe, dark");
    assert.ok(shared.every(({ event }) => events.find(({ id }) => id === event)?.isShared));
    assert.ok(alone.every(({ event }) => !events.find(({ id }) => id === event)?.isShared));
  });

  test("gives all candidates the same chance in an event, and another in the next", () => {
    const { alone } = planOf(asked);
    const [one, other, third, next] = alone.map(({ seed }) => seed);
    assert.deepEqual([other, third], [one, one]);
    assert.notEqual(next, one);
    assert.deepEqual(planOf(asked).alone, alone);
    assert.notDeepEqual(planOf({ ...asked, seed: 6 }).alone, alone);
  });
});
