/**
 * Texts of others: nothing in them steers a terminal.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { jsonLine, withoutSteering } from "../src/printable.ts";

test("what steers is shown as what it is, and nothing else is changed", () => {
  assert.equal(
    withoutSteering("\u001B[2J\r\tя\u202E \u0085"),
    "\\u{1b}[2J\\u{d}\\u{9}я\\u{202e} \\u{85}",
  );
});

test("a line of JSON has nothing in it that steers, and reads back as it was", () => {
  const value = { text: "a\u0085\u2028\u202E\nb" };
  const json = jsonLine(value);
  assert.match(json, /^[\u0020-\u007E]+$/u);
  assert.deepEqual(JSON.parse(json), value);
});
