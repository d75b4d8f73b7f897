/**
 * The difference of two texts: whoever applies it to the first gets the second.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { differenceOf } from "../../../src/provision/resources/difference.ts";

const numbers = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

test("equal texts do not differ", () => {
  assert.deepEqual(differenceOf("/f", "a\n", "a\n"), []);
});

test("a new file is all new", () => {
  assert.deepEqual(differenceOf("/f", undefined, "a\nb\n"), [
    "--- /dev/null",
    "+++ /f",
    "@@ -0,0 +1,2 @@",
    "+a",
    "+b",
  ]);
});

test("changes far apart are two hunks with three lines around each", () => {
  const changed = numbers.with(4, "five").filter((_, index) => index !== 24);
  assert.deepEqual(differenceOf("/f", textOf(numbers), textOf(changed)), [
    "--- /f",
    "+++ /f",
    "@@ -2,7 +2,7 @@",
    " line 2",
    " line 3",
    " line 4",
    "-line 5",
    "+five",
    " line 6",
    " line 7",
    " line 8",
    "@@ -22,7 +22,6 @@",
    " line 22",
    " line 23",
    " line 24",
    "-line 25",
    " line 26",
    " line 27",
    " line 28",
  ]);
});

test("a newline at the end that is missing is a difference", () => {
  assert.deepEqual(differenceOf("/f", "a", "a\n").slice(-2), ["-a \\ no newline at the end", "+a"]);
});

test("a long difference is cut, and says so", () => {
  const many = textOf(Array.from({ length: 1_000 }, (_, index) => `${index}`));
  const lines = differenceOf("/f", undefined, many);
  assert.equal(lines.length, 401);
  assert.equal(lines.at(-1), "(603 more lines)");
});

test("a text on the host cannot write on the reader's terminal", () => {
  const lines = differenceOf("/f", "\u001b[2Jx\r\n", "\ty\n");
  assert.deepEqual(lines.slice(-2), ["-\\x1b[2Jx\\x0d", "+\ty"]);
});

test("texts too large to be compared line by line are all old and all new", () => {
  const old = Array.from({ length: 2_500 }, (_, index) => `old ${index}`);
  const lines = differenceOf("/f", textOf(old), textOf(old.map((line) => `${line}!`)));
  assert.equal(lines[2], "@@ -1,2500 +1,2500 @@");
});

/** Takes the hunks at their word. */
function patched(before: readonly string[], difference: readonly string[]): readonly string[] {
  const after: string[] = [];
  let next = 0;
  for (const line of difference.slice(2)) {
    const hunk = /^@@ -(\d+),(\d+) /.exec(line);
    if (hunk !== null) {
      const from = Number(hunk[1]) - (hunk[2] === "0" ? 0 : 1);
      after.push(...before.slice(next, from));
      next = from;
      continue;
    }
    if (line.startsWith("+")) after.push(line.slice(1));
    else assert.equal(before[next], line.slice(1));
    if (line.startsWith(" ")) after.push(line.slice(1));
    if (!line.startsWith("+")) next += 1;
  }
  return [...after, ...before.slice(next)];
}

test("whoever applies a difference gets the other text", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 30 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const difference = differenceOf("/f", textOf(before), textOf(after));
      assert.deepEqual(patched(before, difference), after);
    }),
    { numRuns: 500 },
  );
});
