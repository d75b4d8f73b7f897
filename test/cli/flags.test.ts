/**
 * The value of a switch is written out before yargs sees it, and nothing else is touched.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withSwitchValues } from "../../src/cli/flags.ts";

describe("switches get their value", () => {
  const rows: readonly [readonly string[], readonly string[]][] = [
    [["--verbose"], ["--verbose=true"]],
    [
      ["--verbose", "--ip", "1.2.3.4"],
      ["--verbose=true", "--ip", "1.2.3.4"],
    ],
    [
      ["--guard", "off", "check"],
      ["--guard=off", "check"],
    ],
    [["--no-reset"], ["--reset=false"]],
    [["--guard=f"], ["--guard=f"]],
    [
      ["--ip", "--verbose"],
      ["--ip", "--verbose=true"],
    ],
    [["--no-wake"], ["--wake=false"]],
    [
      ["--standby-vip", "--gate", "writable"],
      ["--standby-vip=true", "--gate", "writable"],
    ],
    [["--no-ip"], ["--no-ip"]],
    [
      ["check", "--live"],
      ["check", "--live"],
    ],
  ];
  for (const [written, read] of rows) {
    test(written.join(" "), () => assert.deepEqual(withSwitchValues(written), read));
  }
});
