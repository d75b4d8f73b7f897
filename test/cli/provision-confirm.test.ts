/**
 * The questions before a removal: what is asked of whom, and what counts as a confirmation.
 */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";

import { askConfirmation } from "../../src/cli/provision/confirm.ts";
import {
  type Confirmed,
  confirmationWords,
  isConfirmed,
} from "../../src/provision/removal/confirmation.ts";

const words = confirmationWords({ scope: "test" });
const nothing: Confirmed = { stack: undefined, data: undefined };

/** A person who answers each question with the next of these, and then hangs up. */
async function answering(answers: readonly string[], given: Confirmed, isWithData: boolean) {
  const input = new PassThrough();
  const output = new PassThrough();
  const asked: string[] = [];
  const left = [...answers];
  output.on("data", (chunk: Buffer) => {
    if (!String(chunk).includes("Type ")) return;
    asked.push(String(chunk));
    const answer = left.shift();
    if (answer === undefined) input.end();
    else input.write(`${answer}\n`);
  });
  const answer = await askConfirmation({ words, given, isWithData }, { input, output });
  return { isConfirmed: isConfirmed(words, answer, isWithData), asked: asked.length };
}

type Row = readonly [string, readonly string[], Confirmed, boolean, boolean, number];

const rows: readonly Row[] = [
  ["the name", ["test"], nothing, false, true, 1],
  ["the name with blanks around it", ["  test "], nothing, false, true, 1],
  ["another name", ["prod"], nothing, false, false, 1],
  ["yes", ["yes"], nothing, false, false, 1],
  ["an empty line", [""], nothing, false, false, 1],
  ["the end of the input", [], nothing, false, false, 1],
  ["both words", ["test", "delete test"], nothing, true, true, 2],
  ["the name twice", ["test", "test"], nothing, true, false, 2],
  ["another name, where data are at stake", ["prod", "delete prod"], nothing, true, false, 1],
  ["the name, and the end of the input", ["test"], nothing, true, false, 2],
  ["the name as a flag", [], { stack: "test", data: undefined }, false, true, 0],
  [
    "the name as a flag, and the word",
    ["delete test"],
    { ...nothing, stack: "test" },
    true,
    true,
    1,
  ],
  ["both as flags", [], { stack: "test", data: "delete test" }, true, true, 0],
  ["another name as a flag", [], { stack: "prod", data: "delete test" }, true, false, 0],
];

for (const [what, answers, given, isWithData, expected, questions] of rows) {
  const goal = isWithData ? "with data" : "without data";
  test(`${what}, ${goal}: ${expected ? "confirmed" : "not confirmed"}`, async () => {
    const { isConfirmed: isDone, asked } = await answering(answers, given, isWithData);
    assert.deepEqual([isDone, asked], [expected, questions]);
  });
}
