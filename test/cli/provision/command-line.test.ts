/**
 * The command line of `vip-agent provision`: what cannot be understood has an exit code of its own.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { vipAgent } from "../spawn.ts";

const mistakes: readonly (readonly [name: string, words: readonly string[], said: RegExp])[] = [
  ["no verb", [], /^Which verb\?$/m],
  ["a verb that is none", ["aply"], /aply/],
  ["a flag that is none", ["plan", "--jsn"], /jsn/],
  ["a flag that must be there", ["render"], /out/],
];

for (const [name, words, said] of mistakes) {
  test(`${name}: 64, what is wrong, and where help is`, () => {
    const { code, stdout, stderr } = vipAgent(["provision", ...words]);
    assert.deepEqual({ code, stdout }, { code: 64, stdout: "" });
    assert.match(stderr, said);
    assert.match(stderr, /\nSee vip-agent provision --help\.\n$/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });
}

test("help and a cluster file are no mistakes", () => {
  assert.equal(vipAgent(["provision", "--help"]).code, 0);
  const { code, stdout } = vipAgent(["provision", "init"]);
  assert.equal(code, 0);
  assert.match(stdout, /^scope: test$/m);
});
