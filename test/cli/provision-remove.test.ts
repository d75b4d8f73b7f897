/**
 * `vip-agent provision remove` on the command line: what it refuses before it looks at any host, and
 * what it says where a host is not reached.
 */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { makeFolder } from "../support/folder.ts";
import { vipAgent } from "./spawn.ts";

const folder = makeFolder();

const { stdout: template } = vipAgent(["provision", "init", "--three-hosts"]);
const file = join(folder, "cluster.yml");
// A way to the hosts that leads nowhere, at once.
writeFileSync(
  file,
  template.replace(/^ssh:\n/mu, 'ssh:\n  options: ["-o", "ProxyCommand=false"]\n'),
);

function remove(...flags: readonly string[]) {
  return vipAgent(["provision", "remove", file, ...flags], { HOME: folder });
}

const misuses: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["another cluster's name", ["--confirm", "prod"], /--confirm = "prod"[^]*expected: test\n/],
  [
    "another word for the data",
    ["--data", "--confirm", "test", "--confirm-data", "test"],
    /--confirm-data = "test"[^]*expected: delete test\n/,
  ],
  ["a word for data that are to stay", ["--confirm-data", "delete test"], /without --data/],
  ["a host that is not in the file", ["--skip", "test-db9"], /"test-db9"[^]*test-db1, test-db2/],
  ["all hosts left out", ["--skip", "test-db1,test-db2,test-db3"], /leaves no host/],
  ["a flag that there is not", ["--force"], /Unknown argument: force/],
];

for (const [what, flags, complaint] of misuses) {
  test(`refuses ${what} before it looks at a host`, () => {
    const { code, stdout, stderr } = remove(...flags);
    assert.equal(code, 64, stderr);
    assert.match(stderr, complaint);
    assert.equal(stdout, "");
  });
}

test("says of each host that is not reached how to leave it out, and makes no secrets", () => {
  const { code, stdout } = remove("--confirm", "test", "--skip", "test-db2");
  assert.equal(code, 1);
  assert.match(stdout, /test-db1\n.*unreachable[^]*--skip test-db1\n/u);
  assert.match(stdout, /--skip test-db3\n/u);
  assert.doesNotMatch(stdout, /test-db2/u);
  assert.match(stdout, /remove: NOT FINISHED, 0 steps done/u);
  assert.ok(!existsSync(join(folder, "cluster.secrets.json")));
  assert.ok(!existsSync(`${file}.lock`));
});

test("tells a program the same, one object a line", () => {
  const { code, stdout } = remove("--confirm", "test", "--json");
  assert.equal(code, 1);
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly kind: string; readonly verb?: string });
  assert.deepEqual(
    events.map(({ kind, verb }) => [kind, verb]),
    [
      ["run-started", "remove"],
      ["obstacles", undefined],
      ["run-ended", "remove"],
    ],
  );
});
