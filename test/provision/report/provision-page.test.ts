/**
 * docs/provision.md says what the code says: every key of the cluster file, every phase, every exit
 * code, every file of the hosts.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { provisionExit } from "../../../src/cli/provision/exit-codes.ts";
import { clusterReference } from "../../../src/provision/cluster/reference.ts";
import { phases } from "../../../src/provision/phases/phases.ts";
import * as paths from "../../../src/provision/render/paths.ts";
import { stateFolder } from "../../../src/provision/executor/scripts/parts.ts";

const page = readFileSync(new URL("../../../docs/provision.md", import.meta.url), "utf8");

/** The first cells of the table that begins with this heading. */
function firstCells(heading: string): readonly string[] {
  const from = page.indexOf(`| ${heading}`);
  assert.notEqual(from, -1, `no table begins with ${heading}`);
  const [table = ""] = page.slice(from).split("\n\n");
  const rows = table.split("\n").slice(2);
  return rows.map((row) => (row.split("|")[1] ?? "").replaceAll("`", "").trim());
}

test("the reference has every key as the table has it; if not: node setup/provision-page.ts", () => {
  const [, shown = ""] = /<!-- keys -->\n([^]*)<!-- \/keys -->/u.exec(page) ?? [];
  const words = (text: string) => text.split(/\s+/u).filter((word) => word !== "");
  assert.deepEqual(words(shown), words(clusterReference()));
});

test("every phase is told in its order", () => {
  assert.deepEqual(
    firstCells("phase"),
    phases.map(({ name }) => name),
  );
});

test("every exit code is told", () => {
  const shown = firstCells("exit code").map(Number);
  assert.deepEqual(
    shown.toSorted((a, b) => a - b),
    Object.values(provisionExit).toSorted((a, b) => a - b),
  );
});

test("every path that the hosts get is told", () => {
  const told = Object.values(paths).filter((path) => typeof path === "string");
  const missing = [...told, stateFolder].filter((path) => {
    const last = `\u2026/${path.slice(path.lastIndexOf("/") + 1)}`;
    return !page.includes(`\`${path}`) && !page.includes(`\`${last}\``);
  });
  // The one comes with the package, the other is the folder of what is told.
  assert.deepEqual(missing, [paths.callbackProgram]);
});
