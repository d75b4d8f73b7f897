/**
 * `vip-agent callback`, as Patroni calls it: it leaves the word or says why not, and always ends
 * with 0.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { makeFolder } from "../support/folder.ts";
import { vipAgent } from "./spawn.ts";

const words = ["on_stop", "primary", "test"];
const silence = { code: 0, stdout: "", stderr: "" };

describe("the directory can stand", () => {
  const ways: Readonly<Record<string, (directory: string) => readonly string[]>> = {
    "before the words": (directory) => ["--callbacks", directory, ...words],
    "before the words, joined": (directory) => [`--callbacks=${directory}`, ...words],
    "behind the words": (directory) => [...words, "--callbacks", directory],
    "behind the words, joined": (directory) => [...words, `--callbacks=${directory}`],
  };
  for (const [way, line] of Object.entries(ways)) {
    test(way, (t) => {
      const directory = makeFolder(t);
      assert.deepEqual(vipAgent(["callback", ...line(directory)]), silence);
      assert.deepEqual(readdirSync(directory), ["on_stop.primary.test"]);
    });
  }

  test("in its variable", (t) => {
    const directory = makeFolder(t);
    assert.deepEqual(vipAgent(["callback", ...words], { VIP_CALLBACKS: directory }), silence);
    assert.deepEqual(readdirSync(directory), ["on_stop.primary.test"]);
  });
});

test("the scope may look like a flag, and have blanks", (t) => {
  const directory = makeFolder(t);
  for (const scope of ["--help", "--callbacks", "-h", "two words", "--ip=1"]) {
    const line = ["callback", "--callbacks", directory, "on_stop", "primary", scope];
    assert.deepEqual(vipAgent(line), silence);
    assert.ok(readdirSync(directory).includes(`on_stop.primary.${scope}`));
  }
});

test("the scope may be called as the flag is", (t) => {
  const directory = makeFolder(t);
  const line = ["callback", "on_stop", "primary", "--callbacks"];
  assert.deepEqual(vipAgent(line, { VIP_CALLBACKS: directory }), silence);
  assert.deepEqual(readdirSync(directory), ["on_stop.primary.--callbacks"]);
});

describe("it ends with 0 and one line on stderr", () => {
  const lines: Readonly<Record<string, readonly string[]>> = {
    "without words": [],
    "with too few": ["on_stop", "primary"],
    "with too many": [...words, "more"],
    "with empty ones": ["", "", ""],
    "with an unknown flag": ["--directory=/tmp", ...words],
    "with a / in the scope": ["on_stop", "primary", "../../etc"],
    "with a flag of no value": ["--callbacks"],
    "with an empty directory": ["--callbacks=", ...words],
    "where callbacks are switched off": ["--callbacks=none", ...words],
    "with a directory that is not there": ["--callbacks=/nowhere", ...words],
    "with a directory that is none": ["--callbacks=/dev/null", ...words],
  };
  for (const [how, line] of Object.entries(lines)) {
    test(how, () => {
      const { code, stdout, stderr } = vipAgent(["callback", ...line]);
      assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
      assert.match(stderr, /^vip-agent callback: [^\n]+\n$/);
    });
  }
});

test("--help says how it is called", () => {
  for (const flag of ["--help", "-h"]) {
    const { code, stdout } = vipAgent(["callback", flag]);
    assert.equal(code, 0);
    assert.match(stdout, /^vip-agent callback ACTION ROLE SCOPE \[--callbacks DIR\]/);
  }
  assert.match(vipAgent(["--help"]).stdout, /vip-agent callback +Leave word/);
});
