/**
 * The reference for people says what the table says, key by key.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterReference } from "../../../src/provision/cluster/reference.ts";
import { clusterKeys, clusterRows, collectionPaths } from "../../../src/provision/cluster/table.ts";

const text = clusterReference();

test("Every key is there once, with its meaning, its reason and its value.", () => {
  for (const key of clusterKeys) {
    const { help, reason, kind } = clusterRows[key];
    const entry = `- **\`${key}\`**: ${help} ${reason}\n  Value: ${kind.expected}.`;
    assert.equal(text.split(entry).length, 2, key);
  }
});

test("Every collection is told before what is in it.", () => {
  for (const path of collectionPaths) {
    assert(text.indexOf(`- **\`${path}\`**:`) !== -1, path);
    assert(text.indexOf(`- **\`${path}\`**:`) < text.indexOf(`- **\`${path}.*.`), path);
  }
});

test("Sections are in the order of the file, and defaults as one would write them.", () => {
  assert.deepEqual(text.match(/^### .*$/gm), [
    "### The cluster",
    "### `vip`",
    "### `hosts`",
    "### `ssh`",
    "### `journal`",
    "### `consul`",
    "### `postgresql`",
    "### `patroni`",
    "### `vip-agent`",
  ]);
  assert.match(text, /`patroni\.maximum-lag`[^]*?Default: `1MB`\./);
  assert.match(text, /`hosts\.\*\.tags`[^]*?Default: `\{\}`\./);
  assert.match(text, /`scope`[^]*?Needed\./);
  assert.match(text, /`ssh\.user`[^]*?Without it: whoever your ssh says\./);
});
