/**
 * docs/failure-modes.md says what was measured, names tests that exist, and leaves nothing out.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { faults } from "../../bench/faults/faults.ts";
import { cellsOf, faultIn, filledIn, type Words } from "../../bench/faults/page.ts";
import { holdReasons, yieldReasons } from "../../src/policy/reasons.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/failure-modes.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (-+|fault) /u.test(line))
  .map(cellsOf);

/** The last table of the figures, "In words". */
function publishedWords(): Words {
  const text = readFileSync(join(root, "docs/figures/faults.md"), "utf8");
  const [, section = ""] = text.split("\nIn words\n");
  const [head = [], , ...lines] = section.trim().split("\n").map(cellsOf);
  return new Map(
    lines.map(([fault, ...cells]) => {
      const measured = cells.map((cell, column) => [head[column + 1] ?? "", cell] as const);
      return [faultIn(fault) ?? "", new Map(measured.filter(([, cell]) => cell !== "–"))];
    }),
  );
}

/** Whether the file has a test of that name; what a template fills in must stand in the file too. */
function hasTest(file: string, name: string): boolean {
  const text = readFileSync(join(root, file), "utf8");
  const titles = [...text.matchAll(/\b(?:it|test)\(\s*(["`])((?:(?!\1)[^\\]|\\.)*)\1/gu)];
  return titles.some(([, , title = ""]) => {
    const fixed = title
      .split(/\$\{[^}]*\}/u)
      .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/gu, "\\$&"));
    const filled = new RegExp(`^${fixed.join("(.+)")}$`, "u").exec(name);
    return filled !== null && filled.slice(1).every((part) => text.includes(part));
  });
}

/** What a cell names: [leave](../test/lab/leave.test.ts): its test; several, each on its line. */
function testsNamedIn(cell: string): readonly { file: string; name: string }[] {
  return cell.split("<br>").map((line) => {
    const match = /^\[[^\]]+\]\(\.\.\/(test\/[^)]+)\): (.+)$/u.exec(line.trim());
    assert.ok(match !== null, `expected [name](../test/…): the test's name, found: ${line}`);
    const [, file = "", name = ""] = match;
    return { file, name };
  });
}

test("the measured cells are those of the published figures", () => {
  const words = publishedWords();
  assert.ok(words.size > 0, "docs/figures/faults.md has no figures in words");
  assert.deepEqual(page.split("\n"), filledIn(page, words).split("\n"));
});

test("every fault of the bench has a row, and every row of the bench a fault", () => {
  const named = rows.flatMap(([cell]) => faultIn(cell) ?? []);
  assert.deepEqual(named.toSorted(), faults.map(({ id }) => id).toSorted());
});

test("every row names its tests, and each of them exists in its file", () => {
  assert.ok(rows.length > faults.length);
  const missing = rows.flatMap((cells) => {
    return testsNamedIn(cells.at(-1) ?? "").filter(({ file, name }) => !hasTest(file, name));
  });
  assert.deepEqual(missing, []);
});

test("every reason that the agent can give stands in the page", () => {
  const absent = Object.keys({ ...holdReasons, ...yieldReasons }).filter((reason) => {
    return !page.includes(`\`${reason}\``);
  });
  assert.deepEqual(absent, []);
});
