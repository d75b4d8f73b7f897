/**
 * The reference in docs/configuration.md says what the table says, row by row.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type SettingRow, settingRows, variableName } from "../../../src/agent/config/table.ts";
import { describeValue } from "../../../src/agent/config/value-type.ts";

const page = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");

test("The reference is that of the table; if not, replace it by what is expected here.", () => {
  const [, reference = ""] = /<!-- reference -->\n([^]*)<!-- \/reference -->/.exec(page) ?? [];
  assert.equal(reference.trim(), referenceText().trim());
});

test("Every old name of vip-manager is mentioned.", () => {
  for (const row of settingRows) {
    for (const name of row.oldNames ?? []) assert.ok(page.includes(`\`${name}\``), name);
  }
});

function referenceText(): string {
  const groups = [...new Set(settingRows.map((row) => row.group))];
  return groups.map((group) => groupText(group)).join("\n");
}

function groupText(group: SettingRow["group"]): string {
  const rows = settingRows.filter((row) => row.group === group);
  return `### ${group}\n\n${rows.map(rowText).join("")}`;
}

function rowText(row: SettingRow): string {
  const places = [
    ...(row.place === "file" ? ["only in the file"] : [`\`--${row.key}\``]),
    ...(row.place === "file" || row.place === "flag" ? [] : [`\`${variableName(row.key)}\``]),
    ...(row.place === "command" ? ["not in the file"] : []),
    ...(row.isSecret === true ? ["never shown"] : []),
  ];
  const standing = row.default === undefined ? row.defaultNote : `\`${row.default}\``;
  const lines = [`- **\`${row.key}\`** (${places.join(", ")}): ${row.help}`];
  if (row.noEffect === undefined) {
    const tail = standing === undefined ? "" : ` Default: ${standing}.`;
    lines.push(`  Value: ${describeValue(row.type)}.${tail}`);
  } else lines.push(`  No effect: ${row.noEffect}.`);
  return `${lines.join("\n")}\n`;
}
