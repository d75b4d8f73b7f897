/**
 * A run as lines of a log.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";

import type { RunEvent } from "../../../src/provision/phases/events.ts";
import { type PlainOptions, plainReporter } from "../../../src/provision/report/plain.ts";
import { printable } from "../../../src/provision/report/words.ts";
import { styleFor } from "../../../src/style.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type Told, anyRun, failedEvents, failedRun } from "./a-run.ts";

function logOf(run: readonly Told[], options: PlainOptions = {}): string {
  const clock = new FakeClock();
  // What was before the run does not count.
  clock.freeze(3_600_000);
  let log = "";
  const reporter = plainReporter((text) => (log += text), { clock, ...options });
  for (const { afterMs, event } of run) {
    clock.freeze(afterMs);
    reporter.tell(event);
  }
  reporter.end();
  return log;
}

function logOfEvents(events: readonly RunEvent[], options: PlainOptions = {}): string {
  return logOf(
    events.map((event) => ({ afterMs: 1_000, event })),
    options,
  );
}

test("a run is one line for each thing that matters, and all about what has failed", () => {
  assert.equal(
    logOf(failedRun),
    `   0:00  apply on test-dcs1, test-dcs2, test-dcs3, test-db1, test-db2, test-db3
   0:00  consul-servers               begins on test-dcs1, test-dcs2, test-dcs3
   0:01  consul-servers  test-dcs1    done    start consul.service (0.9 s)
   0:02  consul-servers  test-dcs2    done    start consul.service (0.9 s)
   0:03  consul-servers  test-dcs3    done    start consul.service (0.9 s)
   0:04  consul-servers               waits for a Raft leader
   0:06  consul-servers               proved: 192.168.1.181 leads (3.0 s)
   0:06  consul-servers               ended: 3 steps (6.0 s)
   0:06  consul-acl                   begins
   0:06  consul-acl      the cluster  done    create policy patroni-test (0.2 s)
   0:06  consul-acl                   ended: 1 step (0.2 s)
   0:06  patroni                      begins on test-db1, test-db2, test-db3
   0:06  patroni         test-db3     FAILED  write /etc/patroni/patroni.yml (0.4 s)
             the validator has refused it:
             scope is required
   0:06  patroni                      waits for a leader
   1:06  patroni                      FAILED after 60 s: nobody leads
             test-db1
               ActiveState=failed
               FATAL: \\u{1b}[31mno locale
   1:06  apply: NOT FINISHED, 4 steps done in 66 s; what is done stays, and apply goes on from there
           failed: patroni, test-db3: write /etc/patroni/patroni.yml
           failed: patroni: nobody leads
`,
  );
});

test("asked for every step, it tells their beginnings and what each host came to", () => {
  const log = logOf(failedRun, { isVerbose: true });
  assert.match(log, /^ +0:00 {2}consul-servers {2}test-dcs1 {4}begin {3}start consul\.service$/mu);
  assert.match(log, /^ +0:06 {2}patroni {9}test-db2 {5}ended {3}0 steps$/mu);
  assert.match(log, /the cluster {2}begin {3}create policy patroni-test$/mu);
});

test("what is waited for is told once, and again when it is something else", () => {
  const waiting = (what: string): RunEvent => ({ kind: "gate-waiting", phase: "patroni", what });
  const log = logOfEvents([waiting("a leader"), waiting("a leader"), waiting("replicas")]);
  assert.deepEqual(log.match(/waits for .*/gu), ["waits for a leader", "waits for replicas"]);
});

test("whatever is in the way is told with what to do", () => {
  const finding = {
    severity: "error",
    host: "db1",
    code: "obstacle",
    finding: "/dev/sdb has an ext4 signature",
    remedy: "name another disk",
  } as const;
  assert.equal(
    logOfEvents([{ kind: "obstacles", findings: [finding] }]),
    `   0:00  in the way:
           errors
             db1
               obstacle: /dev/sdb has an ext4 signature
                 to do: name another disk

           1 error
`,
  );
});

test("what is no more than a warning is in nobody's way", () => {
  const finding = { severity: "warning", code: "memory-low", finding: "512 MB" } as const;
  const log = logOfEvents([{ kind: "obstacles", findings: [finding] }]);
  assert.match(log, /^ +0:00 {2}worth a look:\n {11}warnings\n/u);
});

test("the last line says what came of it", () => {
  const endings = [
    { verb: "plan", steps: 0, isDone: true },
    { verb: "plan", steps: 1, isDone: true },
    { verb: "plan", steps: 2, isDone: false },
    { verb: "apply", steps: 0, isDone: true },
    { verb: "apply", steps: 63, isDone: true },
    { verb: "remove", steps: 0, isDone: true },
    { verb: "remove", steps: 2, isDone: true },
    { verb: "remove", steps: 1, isDone: false },
  ] as const;
  const log = logOfEvents(endings.map((end) => ({ kind: "run-ended", tookMs: 130_000, ...end })));
  assert.deepEqual(
    log.split("\n").map((text) => text.slice(9)),
    [
      "plan: no changes (2 min 10 s)",
      "plan: 1 change (2 min 10 s)",
      "plan: NOT COMPLETE, 2 changes found before it stopped",
      "apply: nothing to do, all is as wished (2 min 10 s)",
      "apply: done, 63 steps in 2 min 10 s",
      "remove: nothing to do, nothing of the cluster is left to remove (2 min 10 s)",
      "remove: done, 2 steps in 2 min 10 s",
      "remove: NOT FINISHED, 1 step done in 2 min 10 s; what is done stays, and remove goes on from there",
      "",
    ],
  );
});

test("colours change no word, and without a style there are none", () => {
  const style = styleFor(true, {});
  const coloured = logOf(failedRun, { style });
  assert.notEqual(coloured, logOf(failedRun));
  assert.equal(stripVTControlCharacters(coloured), logOf(failedRun));
});

test("every step that has failed is in the log, whatever its text, in lines that end", () => {
  fc.assert(
    fc.property(anyRun, fc.boolean(), (events, isVerbose) => {
      const log = logOfEvents(events, { isVerbose });
      for (const event of events) {
        if (event.kind !== "step-ended" || event.isDone) continue;
        const words = [
          event.phase,
          event.host ?? "the cluster",
          `FAILED  ${printable(event.summary)}`,
        ];
        const lines = log.split("\n");
        assert.ok(
          lines.some((line) => words.every((word) => line.includes(word))),
          log,
        );
      }
      assert.ok(log.endsWith("\n"));
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      assert.doesNotMatch(log, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u);
    }),
  );
});

test("a failed run is told as it is however often it is read: events are the only input", () => {
  assert.equal(logOfEvents(failedEvents), logOfEvents(failedEvents));
});
