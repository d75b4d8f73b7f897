/**
 * A run on a terminal, a fake one that shows what a person would see.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import type { RunEvent } from "../../../src/provision/phases/events.ts";
import type { Size } from "../../../src/provision/report/board.ts";
import type { Reporter } from "../../../src/provision/report/reporter.ts";
import { terminalReporter } from "../../../src/provision/report/terminal.ts";
import { styleFor } from "../../../src/style.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { anyRun, databases, failedEvents, failedRun, hosts } from "./a-run.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const usual: Size = { columns: 80, rows: 24 };

type Shown = {
  readonly terminal: FakeTerminal;
  readonly clock: FakeClock;
  readonly reporter: Reporter;
};

function show(size: Size = usual, isColoured = false): Shown {
  const terminal = new FakeTerminal(size);
  const clock = new FakeClock();
  const style = styleFor(isColoured, {});
  const reporter = terminalReporter(terminal, () => terminal.size, { clock, style });
  return { terminal, clock, reporter };
}

async function play({ clock, reporter }: Shown, until = failedRun.length): Promise<void> {
  for (const { afterMs, event } of failedRun.slice(0, until)) {
    await clock.advance(afterMs);
    reporter.tell(event);
  }
}

const step: RunEvent = {
  kind: "step-started",
  phase: "patroni",
  host: "test-db1",
  summary: "start patroni.service",
};

test("while a run goes on, the board says how far each host is and what is being done", async () => {
  const shown = show();
  const { terminal, clock, reporter } = shown;
  const index = failedRun.findIndex(({ event }) => event.kind === "gate-waiting");
  await play(shown, index + 1);
  await clock.advance(1_500);
  assert.deepEqual(terminal.screen, [
    "apply on 6 hosts                                                          5.0 s",
    "                   dcs1  dcs2  dcs3  db1   db2   db3          steps        time",
    ">  consul-servers  +1    +1    +1                                 3       5.0 s",
    "",
    "   waits for  a Raft leader                                               1.0 s",
  ]);
  reporter.end();
});

test("at the end the whole picture stays, below all that has failed", async () => {
  const shown = show();
  await play(shown);
  assert.deepEqual(shown.terminal.everything, [
    "   0:06  patroni         test-db3     FAILED  write /etc/patroni/patroni.yml",
    "             (0.4 s)",
    "             the validator has refused it:",
    "             scope is required",
    "   1:06  patroni                      FAILED after 60 s: nobody leads",
    "             test-db1",
    "               ActiveState=failed",
    "               FATAL: \\u{1b}[31mno locale",
    "apply on 6 hosts                                                           66 s",
    "                   dcs1  dcs2  dcs3  db1   db2   db3          steps        time",
    "ok consul-servers  +1    +1    +1                                 3       6.0 s",
    "ok consul-acl                                                     1       0.2 s",
    "!! patroni                           --    ok    FAIL             0        60 s",
    "apply: NOT FINISHED, 4 steps done in 66 s; what is done stays, and apply goes",
    "on from there",
  ]);
});

test("a picture is drawn at most ten times a second, and the last one at once", async () => {
  const { terminal, clock, reporter } = show();
  reporter.tell({ kind: "run-started", verb: "apply", hosts });
  for (let time = 0; time < 200; time += 1) {
    await clock.advance(5);
    reporter.tell({ ...step, summary: `step ${time}` });
  }
  assert.ok(terminal.written.length >= 9 && terminal.written.length <= 11);
  assert.doesNotMatch(terminal.screen.join("\n"), /step 199/u);
  reporter.tell({ kind: "run-ended", verb: "apply", steps: 0, isDone: true, tookMs: 1_000 });
  assert.match(terminal.screen.at(-1) ?? "", /^apply: nothing to do/u);
});

test("the times go on while nothing happens, and stop with the run", async () => {
  const { terminal, clock, reporter } = show();
  reporter.tell({ kind: "run-started", verb: "apply", hosts });
  reporter.tell(step);
  await clock.advance(7_300);
  assert.match(terminal.screen.at(-1) ?? "", / {3}test-db1 {3}start patroni\.service +7\.0 s$/u);
  reporter.end();
  const { length } = terminal.written;
  await clock.advance(60_000);
  reporter.tell(step);
  await clock.advance(60_000);
  assert.equal(terminal.written.length, length);
});

test("a terminal that takes nothing gets nothing, and all of it when the run ends", async () => {
  const { terminal, clock, reporter } = show();
  terminal.writableNeedDrain = true;
  reporter.tell({ kind: "run-started", verb: "apply", hosts });
  reporter.tell({ ...step, kind: "step-ended", isDone: false, tookMs: 100 });
  await clock.advance(5_000);
  assert.deepEqual(terminal.written, []);
  reporter.tell({ kind: "run-ended", verb: "apply", steps: 0, isDone: false, tookMs: 5_000 });
  assert.match(terminal.screen.join("\n"), /FAILED {2}start patroni\.service[^]*!! patroni/u);
});

test("a terminal that is too small gets the lines of a log", async () => {
  for (const size of [
    { columns: 49, rows: 24 },
    { columns: 80, rows: 15 },
  ]) {
    const shown = show({ ...size });
    await play(shown);
    const text = shown.terminal.everything.join("\n");
    assert.match(text, /^ {3}0:00 {2}apply on test-dcs1,/u);
    assert.match(text, /0:01 {2}consul-servers {2}test-dcs1/u);
    assert.doesNotMatch(text, /steps +time/u);
  }
});

test("so does one that has no room for all hosts", async () => {
  const many = Array.from({ length: 12 }, (_, index) => `test-database-${index}.example`);
  const { terminal, clock, reporter } = show();
  reporter.tell({ kind: "run-started", verb: "apply", hosts: many });
  await clock.advance(1_000);
  assert.match(terminal.screen[0] ?? "", /^ {3}0:00 {2}apply on test-database-0\.example,/u);
});

test("the last host that has room is still in the picture, however much was done there", async () => {
  const size = { columns: 73, rows: 24 };
  const { terminal, clock, reporter } = show({ ...size });
  reporter.tell({ kind: "run-started", verb: "apply", hosts });
  for (const host of hosts)
    reporter.tell({ kind: "host-ended", phase: "names", host, steps: 1_234_567 });
  reporter.tell({ ...step, summary: "x".repeat(200) });
  await clock.advance(1_000);
  assert.deepEqual(
    terminal.screen.filter((line) => line !== "").map((line) => line.length),
    [72, 72, 72, 72, 72],
  );
  terminal.size = { ...size, columns: 72 };
  const { length } = terminal.screen;
  reporter.tell({ ...step, kind: "step-ended", isDone: true, tookMs: 1 });
  await clock.advance(1_000);
  assert.match(terminal.screen[length] ?? "", /^ +0:01 {2}patroni +test-db1 +done/u);
});

test("after a change of its size the picture begins anew below", async () => {
  const { terminal, clock, reporter } = show();
  reporter.tell({ kind: "run-started", verb: "apply", hosts: databases });
  await clock.advance(500);
  terminal.size = { columns: 70, rows: 24 };
  reporter.tell(step);
  await clock.advance(500);
  const titles = terminal.screen.filter((line) => line.startsWith("apply on 3 hosts"));
  assert.equal(titles.length, 2);
  reporter.tell({ kind: "phase-ended", phase: "patroni", steps: 1, tookMs: 500 });
  await clock.advance(500);
  assert.equal(terminal.screen.filter((line) => line.startsWith("apply on")).length, 2);
  reporter.end();
});

test("where more goes on than there is room for, the oldest are shown and the others counted", async () => {
  const { terminal, clock, reporter } = show({ columns: 80, rows: 16 });
  const some = ["d1", "d2", "d3", "d4", "d5", "d6"];
  reporter.tell({ kind: "run-started", verb: "apply", hosts: some });
  for (const phase of ["names", "consul-servers", "patroni"] as const) {
    for (const host of some) reporter.tell({ ...step, phase, host });
  }
  await clock.advance(100);
  assert.equal(terminal.screen.length, 15);
  assert.match(terminal.screen[6] ?? "", /^ {3}d1 {9}start patroni\.service /u);
  assert.equal(terminal.screen.at(-1), "   and 10 more");
});

test("colours are added to the same picture", async () => {
  const [plain, coloured] = [show(), show(usual, true)];
  await play(plain);
  await play(coloured);
  assert.deepEqual(
    coloured.terminal.everything,
    plain.terminal.everything,
    "the fake terminal shows no colours",
  );
  const written = coloured.terminal.written.join("");
  assert.ok(written.includes("\u001B[31mFAIL"));
  assert.ok(!plain.terminal.written.join("").includes("\u001B[31m"));
});

/** Half of them have room for the board. */
const anySize = fc.oneof(
  fc.record({ columns: fc.integer({ min: 20, max: 130 }), rows: fc.integer({ min: 3, max: 40 }) }),
  fc.record({ columns: fc.integer({ min: 60, max: 160 }), rows: fc.integer({ min: 16, max: 24 }) }),
);

test("no picture is wider or higher than the terminal, whatever happens", async () => {
  let boards = 0;
  await fc.assert(
    fc.asyncProperty(anyRun, anySize, fc.boolean(), async (events, size, isColoured) => {
      const { terminal, clock, reporter } = show(size, isColoured);
      for (const event of events) {
        reporter.tell(event);
        await clock.advance(120);
      }
      reporter.end();
      assert.deepEqual(terminal.faults, []);
      boards += terminal.everything.some((line) => / steps +time$/u.test(line)) ? 1 : 0;
      const all = terminal.everything;
      const failed = events.filter((event) => event.kind === "step-ended" && !event.isDone).length;
      const told = all.join("\n").match(/FAILED/gu) ?? [];
      assert.ok(told.length >= failed, all.join("\n"));
    }),
  );
  assert.ok(boards > 10, `${boards} of the runs had a board`);
});

test("a run that is told without a pause leaves the same picture at its end", () => {
  const slow = show();
  const quick = show();
  for (const event of failedEvents) {
    slow.reporter.tell(event);
    slow.clock.freeze(1_000);
    quick.reporter.tell(event);
  }
  const withoutTimes = ({ terminal }: Shown) =>
    terminal.everything.map((line) => line.replaceAll(/\d+:\d\d|\d[\d.]* (s|min)\b/gu, "").trim());
  assert.deepEqual(withoutTimes(slow), withoutTimes(quick));
  assert.equal(quick.terminal.written.length, 1);
});
