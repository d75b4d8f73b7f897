/**
 * docs/operations.md, done as it says by somebody who has only the package and the page: on a host
 * where no agent has ever been, every command in its turn.
 */
import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";

import { deletionsOf, isAdded, WIDE_MS, withStage } from "../lab/support/stage.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { buildDebForMachines } from "./support/package.ts";
import { HostStage, MEMBER } from "./support/stage.ts";

const skip = await skipWithoutMachines();

const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
const commands = page.split("\n").flatMap((line) => (/^ {4}\S/u.test(line) ? [line.trim()] : []));

/** What a command may end with, where that is not 0 alone. */
const endings: readonly (readonly [RegExp, readonly number[]])[] = [
  // Without a Patroni of its own the machine has something to warn of.
  [/^vip-agent check --live/u, [0, 3]],
  // Nobody ends it but Ctrl-C; here `timeout` does.
  [/ --watch$/u, [124]],
  [/^vip-agent status/u, [0, 3]],
];

describe("docs/operations.md", { skip }, () => {
  let stage: HostStage;
  let deb: string;

  before(async () => {
    deb = await buildDebForMachines();
  });

  withStage(async () => {
    stage = await HostStage.open({ machine: { hasAgent: false } });
    return stage;
  });

  it("shows commands that work, from the package to its removal", async (test) => {
    assert.ok(commands.length >= 10, commands.join("\n"));
    await copyFile(deb, `${stage.machine.root}/root/vip-agent_0.1.0_amd64.deb`);
    await stage.configure();
    await stage.lab.leaderKey.move(MEMBER);
    const addresses = await stage.addresses();
    for (const command of commands) {
      const limited = command.endsWith("--watch") ? `timeout 2 ${command}` : command;
      const { exitCode, stderr } = await stage.machine.attempt([
        "sh",
        "-c",
        `cd /root; ${limited}`,
      ]);
      test.diagnostic(`${command}: ${exitCode}`);
      const [, expected = [0]] = endings.find(([knows]) => knows.test(command)) ?? [];
      assert.ok(expected.includes(exitCode), `${command}: ${exitCode}: ${stderr}`);
      if (!command.startsWith("systemctl enable")) continue;
      await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    }
    assert.equal((await deletionsOf(addresses)).length, 1, "only the last stop releases");
  });
});
