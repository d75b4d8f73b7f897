/**
 * Times, counts, and texts of others.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  counted,
  durationText,
  elapsedText,
  printable,
  printableLines,
} from "../../../src/provision/report/words.ts";

test("a duration has no more digits than matter", () => {
  const shown = [-5, 0, 9_940, 9_960, 119_999, 120_000, 3_599_000, 7_380_000].map(durationText);
  assert.deepEqual(shown, [
    "0.0 s",
    "0.0 s",
    "9.9 s",
    "10 s",
    "119 s",
    "2 min 0 s",
    "59 min 59 s",
    "2 h 3 min",
  ]);
});

test("the time since the beginning is a clock's", () => {
  const shown = [0, 7_900, 760_000, 3_723_000].map(elapsedText);
  assert.deepEqual(shown, ["0:00", "0:07", "12:40", "1:02:03"]);
});

test("one is not many", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, "host")),
    ["0 hosts", "1 host", "2 hosts"],
  );
});

test("what steers a terminal is shown as what it is", () => {
  assert.equal(printable("a\u001B[2Jb\rc\td\u202E"), "a\\u{1b}[2Jb\\u{d}c  d\\u{202e}");
  assert.deepEqual(printableLines("one\r\ntwo\u0007\n\n"), ["one", "two\\u{7}"]);
});
