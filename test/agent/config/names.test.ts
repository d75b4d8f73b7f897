/**
 * The table of settings is consistent, and a slip of the finger is recognised.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  nearestName,
  nearestVariable,
  settingNamed,
  settingOfVariable,
} from "../../../src/agent/config/names.ts";
import { settingRows, variableName } from "../../../src/agent/config/table.ts";
import { defaultDirectory } from "../../../src/callbacks/place.ts";
import { readValue } from "../../../src/agent/config/values.ts";

test("No name stands for two settings.", () => {
  const names = settingRows.flatMap((row) => [row.key, ...(row.oldNames ?? [])]);
  assert.equal(new Set(names).size, names.length);
  for (const row of settingRows) {
    assert.deepEqual(settingNamed(row.key), { key: row.key, isOld: false });
    assert.deepEqual(settingOfVariable(variableName(row.key)), { key: row.key, isOld: false });
  }
});

test("Every default is a value that its setting accepts.", () => {
  for (const row of settingRows) {
    if (row.default === undefined || row.type.kind === "endpoints") continue;
    assert.equal(readValue(row.type, row.default).ok, true, row.key);
  }
});

test("The agent listens where Patroni's client leaves word.", () => {
  const row = settingRows.find(({ key }) => key === "callbacks");
  assert.equal(row?.default, defaultDirectory);
});

describe("a misspelled name leads to the one that was meant", () => {
  const rows: readonly [string, string | undefined][] = [
    ["intreface", "interface"],
    ["trigger_key", "trigger-key"],
    ["triger-value", "trigger-value"],
    ["consul-tokenfile", "consul-token-file"],
    ["ipp", "ip"],
    ["lifetimes", "lifetime"],
    ["something-else-entirely", undefined],
  ];
  for (const [written, meant] of rows) {
    test(`${written} → ${meant ?? "nothing"}`, () => assert.equal(nearestName(written), meant));
  }
});

test("A misspelled variable leads to a variable.", () => {
  assert.equal(nearestVariable("VIP_INTERFCE"), "VIP_INTERFACE");
  // What only a file can say has no variable.
  assert.equal(nearestVariable("VIP_PATRONI_PASSWORD"), undefined);
});
