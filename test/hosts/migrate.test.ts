/**
 * docs/migrate-from-vip-manager.md, done as it says on a leader's host: every command is run in its
 * turn, there and back, and what the page promises of the VIP comes true.
 *
 * vip-manager's stand-in does what releases 1.0 to 5.0.0 do here: it adds the address when it starts,
 * and leaves it where it is at SIGTERM.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { monotonicMs } from "../../lab/clock.ts";
import { LEADER_KEY } from "../../lab/leader-key.ts";
import { INTERFACE, VIP } from "../../lab/network.ts";
import { deletionsOf, isAdded, WIDE_MS, withStage } from "../lab/support/stage.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { HostStage, MEMBER, UNIT } from "./support/stage.ts";

const skip = await skipWithoutMachines();

const page = readFileSync(
  join(import.meta.dirname, "../../docs/migrate-from-vip-manager.md"),
  "utf8",
);
const [there = "", back = ""] = page.split("\n## The way back\n");

const unit = `[Unit]
Description=Manages Virtual IP for Patroni
Before=patroni.service
[Service]
Type=simple
ExecStart=/usr/bin/vip-manager --config=/etc/default/vip-manager.yml
Restart=on-failure
[Install]
WantedBy=multi-user.target
`;
// It stays the process that is called so: a program that took its place would have another name.
const standIn = `#!/bin/sh
ip address replace ${VIP}/24 dev ${INTERFACE}
sleep infinity &
wait
`;

function commandsIn(text: string): readonly string[] {
  const prose = text.replaceAll(/```[^]*?```/gu, "");
  return prose.split("\n").flatMap((line) => (/^ {4}\S/u.test(line) ? [line.trim()] : []));
}

/** What a check has said of errors and of the VIP, and what the page promises of that. */
function checked(command: string, stdout: string): [readonly string[], readonly string[]] {
  const found = stdout.match(/^(?:error: .*| {2}error {4}.*| {2}warning {2}VIP .*)$/gmu) ?? [];
  const put = "the vip-manager that runs here has put it there";
  const expected = `  warning  VIP ${VIP}: is an address of ${INTERFACE} without an end: ${put}`;
  return [found, command.includes("--live") ? [expected] : []];
}

describe("docs/migrate-from-vip-manager.md", { skip }, () => {
  let stage: HostStage;

  withStage(async () => {
    stage = await HostStage.open();
    return stage;
  });

  it("leads to the agent without a lost packet, and back again", async (test) => {
    await prepare();
    const addresses = await stage.addresses();
    await stage.systemctl("enable", "--now", "vip-manager");
    await addresses.next("bind of vip-manager", isAdded, { timeoutMs: WIDE_MS });
    const ping = stage.ping();
    await ping.echo({ timeoutMs: WIDE_MS });
    const fromMs = monotonicMs();
    await runAll(commandsIn(there));
    await stage.untilStatus(/: hold/u);
    const untilMs = monotonicMs();
    assert.deepEqual(await deletionsOf(addresses, fromMs), []);
    const { lost, asked } = await ping.between(fromMs, untilMs);
    test.diagnostic(`${lost} of ${asked} probes lost on the way there`);
    assert.equal(lost, 0);
    assert.equal(await stage.machine.property("vip-manager", "ActiveState"), "inactive");
    assert.match(await held(), /\/24 .*valid_lft \d+sec/u);

    await runAll(commandsIn(back));
    assert.equal(await stage.machine.property(UNIT, "ActiveState"), "inactive");
    await addresses.next("bind of vip-manager", isAdded, { sinceMs: untilMs, timeoutMs: WIDE_MS });
    assert.match(await held(), /\/24 .*valid_lft forever/u);
  });

  async function prepare(): Promise<void> {
    await stage.write("/usr/bin/vip-manager", standIn);
    await stage.machine.run(["chmod", "755", "/usr/bin/vip-manager"]);
    await stage.write("/usr/lib/systemd/system/vip-manager.service", unit);
    const settings = {
      interval: 1000,
      netmask: 24,
      "dcs-type": "consul",
      "hosting-type": "basic",
      "trigger-key": `/${LEADER_KEY}`,
    };
    await stage.configure(settings, "/etc/default/vip-manager.yml");
    await stage.systemctl("daemon-reload");
    await stage.lab.leaderKey.move(MEMBER);
  }

  async function runAll(commands: readonly string[]): Promise<void> {
    assert.ok(commands.length >= 2);
    for (const command of commands) {
      const { exitCode, stdout, stderr } = await stage.machine.attempt(["sh", "-c", command]);
      const said = `${command}: exit code ${exitCode}: ${stdout}${stderr}`;
      if (command.startsWith("vip-agent check")) {
        assert.equal(exitCode, 3, said);
        assert.deepEqual(...checked(command, stdout), said);
      } else assert.equal(exitCode, 0, said);
    }
  }

  async function held(): Promise<string> {
    const lines = await stage.machine.run(["ip", "-o", "address", "show", "to", VIP]);
    return lines.replaceAll("\\", "");
  }
});
