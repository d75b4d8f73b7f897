/**
 * Who reads decides how it is told.
 */
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";

import { type Reading, outletOf, reporterFor } from "../../../src/provision/report/reporter-for.ts";
import type { Variables } from "../../../src/style.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { hosts } from "./a-run.ts";
import { FakeTerminal, spelled } from "./fake-terminal.ts";

function writtenFor(reading: Partial<Reading>, variables: Variables = {}): string {
  const stream = new FakeTerminal({ columns: 80, rows: 24 });
  const outlet = { stream, size: () => stream.size, variables, clock: new FakeClock() };
  const everyday = { isTerminal: false, isJson: false, isVerbose: false };
  const reporter = reporterFor({ ...everyday, ...reading }, outlet);
  reporter.tell({ kind: "run-started", verb: "apply", hosts });
  reporter.tell({ kind: "step-started", phase: "names", host: "test-db1", summary: "write" });
  reporter.end();
  return spelled(stream.written.join(""));
}

test("a terminal gets the board, in colour unless that is not wanted", () => {
  assert.match(writtenFor({ isTerminal: true }), /ESC\[1mapply on 6 hosts[^]*steps +time/u);
  const plain = writtenFor({ isTerminal: true }, { NO_COLOR: "1" });
  assert.match(plain, /apply on 6 hosts[^]*steps +time/u);
  assert.doesNotMatch(plain, /ESC\[\d*m/u);
});

test("a pipe gets lines without colour", () => {
  const text = writtenFor({});
  assert.match(text, /^ +0:00 {2}apply on test-dcs1, .*\n$/u);
  assert.doesNotMatch(text, /ESC/u);
});

test("--verbose means lines, with the beginning of each step, on a terminal in colour", () => {
  assert.match(writtenFor({ isVerbose: true }), /begin {3}write\n$/u);
  const text = writtenFor({ isVerbose: true, isTerminal: true });
  assert.match(text, /ESC\[1m +0:00 {2}apply on[^]*begin {3}write\n$/u);
  assert.doesNotMatch(text, /ESC\[J/u);
});

test("a terminal that can go back no line gets lines", () => {
  assert.doesNotMatch(writtenFor({ isTerminal: true }, { TERM: "dumb" }), /ESC/u);
});

test("--json is JSON wherever it goes", () => {
  for (const isTerminal of [true, false]) {
    const lines = writtenFor({ isJson: true, isVerbose: true, isTerminal }).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).kind),
      ["run-started", "step-started"],
    );
  }
});

test("a reader that leaves does not end the run", async () => {
  let tries = 0;
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      tries += 1;
      done(new Error("EPIPE"));
    },
  });
  const reading = { isTerminal: false, isJson: true, isVerbose: false };
  const reporter = reporterFor(reading, outletOf(stream));
  reporter.tell({ kind: "run-started", verb: "apply", hosts });
  await nextTurn();
  reporter.tell({ kind: "run-started", verb: "apply", hosts });
  await nextTurn();
  assert.equal(tries, 1);
});

test("a stream that knows no size is taken for an ordinary terminal", () => {
  const { size } = outletOf(new Writable());
  assert.deepEqual(size(), { columns: 80, rows: 24 });
});
