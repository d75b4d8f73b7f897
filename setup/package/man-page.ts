/**
 * The manual page vip-agent(8): its prose is packaging/man/vip-agent.8, its lists of settings and of
 * exit codes are made from the tables that the program itself goes by.
 */
import assert from "node:assert/strict";

import { type SettingRow, settingRows, variableName } from "../../src/agent/config/table.ts";
import { describeValue } from "../../src/agent/config/value-type.ts";
import { exitCodeHelp } from "../../src/cli/exit-codes.ts";

export type ManPage = {
  readonly template: string;
  readonly version: string;
  readonly epochS: number;
};

export function manPage({ template, version, epochS }: ManPage): string {
  const values: Readonly<Record<string, string>> = {
    "@DATE@": new Date(epochS * 1e3).toISOString().slice(0, "2026-11-21".length),
    "@VERSION@": version,
    "@SETTINGS@": settingsText(),
    "@EXIT_CODES@": exitCodesText(),
  };
  return Object.entries(values).reduce((text, [mark, value]) => {
    assert.ok(text.includes(mark), `the page has no place for ${mark}`);
    return text.replaceAll(mark, () => value);
  }, template);
}

function settingsText(): string {
  const groups = Map.groupBy(settingRows, ({ group }) => group);
  const parts = [...groups].map(([group, rows]) => {
    return `.SS "${group}"\n${rows.map(settingText).join("\n")}`;
  });
  return parts.join("\n");
}

function settingText(row: SettingRow): string {
  const places = [
    ...(row.place === "file" ? ["only in the file"] : [`--${row.key}`]),
    ...(row.place === "file" || row.place === "flag" ? [] : [variableName(row.key)]),
    ...(row.place === "command" ? ["not in the file"] : []),
  ];
  const standing = row.default ?? row.defaultNote;
  const value = `Value: ${describeValue(row.type)}.`;
  const meaning =
    row.noEffect === undefined
      ? [value, ...(standing === undefined ? [] : [`Default: ${standing}.`])]
      : [`No effect: ${row.noEffect}.`];
  const head = `.TP\n\\fB${roff(row.key)}\\fR (${roff(places.join(", "))})`;
  return [head, roff(row.help), ".br", roff(meaning.join(" "))].join("\n");
}

function exitCodesText(): string {
  const codes = [...exitCodeHelp.matchAll(/^ +(\d+) +(.+)$/gmu)];
  assert.ok(codes.length > 0, "exitCodeHelp is not a list of codes");
  return codes
    .map(([, code = "", meaning = ""]) => `.TP\n\\fB${code}\\fR\n${roff(meaning)}`)
    .join("\n");
}

/** A dash stays a dash, for those who copy it; a line that begins with a dot stays text. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", String.raw`\e`).replaceAll("-", String.raw`\-`);
  return escaped.replaceAll(/^(?=[.'])/gmu, String.raw`\&`);
}
