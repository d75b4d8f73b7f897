/**
 * What starts the daemon without yargs, and that nothing else does.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { plainRunFlags } from "../../src/cli/plain-run.ts";

const config = "/etc/vip-agent/vip-agent.yml";

test("the words of the units are read without yargs", () => {
  assert.deepEqual(plainRunFlags(["run", `--config=${config}`]), { config });
  assert.deepEqual(plainRunFlags(["run", "--config", config]), { config });
});

const others: readonly (readonly string[])[] = [
  [],
  ["run"],
  [`--config=${config}`],
  ["check", `--config=${config}`],
  ["run", "--config"],
  ["run", "--config="],
  ["run", "--config", "--verbose"],
  ["run", "--config", ""],
  ["run", `--config=${config}`, "--verbose"],
  ["run", `--config=${config}`, "--help"],
  ["run", "--confg", config],
  ["run", "--config", config, "--ip=192.168.1.140"],
];

for (const words of others) {
  test(`"${words.join(" ")}" is left to yargs`, () => {
    assert.equal(plainRunFlags(words), undefined);
  });
}
