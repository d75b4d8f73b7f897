/**
 * The shipped unit under a real systemd: it starts as an unprivileged user, says that it is ready,
 * keeps the VIP, and is denied nothing that it needs for that.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs, waitUntil } from "../../lab/clock.ts";
import { macOf, VIP } from "../../lab/network.ts";
import { HeldConnection } from "../lab/support/held-connection.ts";
import { deletionsOf, isDeleted, ms, WIDE_MS } from "../lab/support/stage.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { countLosses } from "./support/losses.ts";
import { CONFIGURATION, HOST, HostStage, PROMOTE_SECONDARIES, UNIT } from "./support/stage.ts";
import { withStage } from "../lab/support/stage.ts";

const skip = await skipWithoutMachines();

const CAP_NET_ADMIN = 1n << 12n;
const CAP_NET_RAW = 1n << 13n;

describe("service vip-agent", { skip }, () => {
  let stage: HostStage;

  withStage(async () => {
    stage = await HostStage.open();
    return stage;
  });

  it("stands on a machine that boots in less than 10 s", (test) => {
    test.diagnostic(`booted in ${ms(stage.machine.bootedAfterMs)}`);
    assert.ok(stage.machine.bootedAfterMs < 10_000);
  });

  it("is ready when systemctl start returns", async () => {
    await stage.configure();
    await stage.systemctl("start", UNIT);
    const said = await stage.journal();
    assert.ok(
      said.some((line) => line.includes('"event":"started"')),
      said.join("\n"),
    );
  });

  it("says what it holds", async () => {
    await stage.hold();
    await stage.untilStatus(/^192\.168\.1\.140: hold/u);
    const shown = await stage.machine.run(["systemctl", "status", "--no-pager", UNIT]);
    assert.match(shown, /Active: active \(running\)/u);
    assert.match(shown, /Status: "192\.168\.1\.140: hold, .+"/u);
  });

  it("runs as vip-agent, with two capabilities and a filter on its system calls", async () => {
    await stage.hold();
    const user = (await stage.machine.run(["id", "--user", "vip-agent"])).trim();
    const processes = await stage.machine.processes(UNIT);
    assert.ok(processes.length >= 4, "the agent and its helpers");
    for (const { status, commandLine } of processes) {
      const line = (name: string) => new RegExp(`^${name}:\\s+(.+)$`, "mu").exec(status)?.[1];
      const seen = {
        users: new Set(line("Uid")?.split("\t")),
        capabilities: BigInt(`0x${line("CapBnd")}`) | BigInt(`0x${line("CapEff")}`),
        noNewPrivileges: line("NoNewPrivs"),
        seccomp: line("Seccomp"),
      };
      const capabilities = CAP_NET_ADMIN | CAP_NET_RAW;
      const expected = { users: new Set([user]), capabilities, noNewPrivileges: "1", seccomp: "2" };
      assert.deepEqual(seen, expected, commandLine);
    }
  });

  it("announces with both forms of ARP", async () => {
    const announcements = await stage.announcements();
    await stage.hold();
    for (const form of ["request", "reply"] as const) {
      const sent = await announcements.next(`gratuitous ${form}`, (seen) => {
        return seen.isGratuitous && seen.form === form && seen.address === VIP;
      });
      assert.equal(sent.mac, macOf(HOST));
    }
  });

  it("releases when the key names another: clients meet a reset, connected and new", async (test) => {
    const addresses = await stage.hold();
    const connected = await HeldConnection.open();
    const client = stage.caller();
    await client.answerFrom(HOST, { timeoutMs: WIDE_MS });
    const fromMs = monotonicMs();
    await stage.lab.leaderKey.move("test-db2");
    const { atMs } = await addresses.next("release", isDeleted, { sinceMs: fromMs });
    const reset = await connected.next("ECONNRESET", { sinceMs: fromMs });
    const refused = await client.calls.next(
      "refused call",
      ({ outcome }) => outcome === "refused",
      {
        sinceMs: fromMs,
      },
    );
    await connected.process.kill();
    test.diagnostic(`connected: reset ${ms(atMs - reset.atMs)} before the VIP was gone`);
    assert.ok(reset.atMs < atMs + 50);
    assert.ok(refused.atMs - refused.startedAtMs < 500, "it was no timeout");
  });

  it("sets promote_secondaries for a VIP with the prefix of its subnet", async () => {
    const read = async () => (await stage.machine.run(["cat", PROMOTE_SECONDARIES])).trim();
    assert.equal(await read(), "0");
    await stage.hold({ netmask: 24 });
    assert.equal(await read(), "1");
  });

  it("takes a new configuration by systemctl reload, and nobody notices", async (test) => {
    await stage.hold();
    const { pid } = await stage.machine.mainProcess(UNIT);
    await stage.configure({ "log-level": "debug" });
    const reload = async () => stage.systemctl("reload", UNIT);
    const { lost, text } = await countLosses(stage, reload, { afterwardsMs: 1_000 });
    assert.deepEqual(lost, { echoes: 0, calls: 0 });
    test.diagnostic(text);
    await waitUntil("reloaded", async () => /reloaded/u.test((await stage.journal()).join("\n")), {
      timeoutMs: WIDE_MS,
    });
    assert.equal((await stage.machine.mainProcess(UNIT)).pid, pid);
  });

  it("refuses a wrong configuration on a reload, and goes on", async () => {
    const addresses = await stage.hold();
    await stage.write(CONFIGURATION, "ip: nonsense\n");
    await stage.systemctl("reload", UNIT);
    const isRefused = async () => /reload-refused/u.test((await stage.journal()).join("\n"));
    await waitUntil("refused", isRefused, { timeoutMs: WIDE_MS });
    assert.deepEqual(await deletionsOf(addresses), []);
  });

  it("is not started without a configuration, and the journal names the file", async () => {
    await stage.systemctl("start", UNIT);
    assert.equal(await stage.machine.property(UNIT, "ActiveState"), "inactive");
    const said = (await stage.journal()).join("\n");
    const condition = `ConditionPathExists=${CONFIGURATION}`;
    assert.match(said, new RegExp(`unmet condition check \\(?${condition}`, "u"));
  });

  it("scores 2.5 or less by systemd-analyze security, with nothing for verify to say", async (test) => {
    await stage.hold();
    const units = [UNIT, "vip-agent@test.service"];
    for (const unit of units) {
      const argv = ["systemd-analyze", "security", "--no-pager", "--threshold=25", unit];
      const { exitCode, stdout } = await stage.machine.attempt(argv);
      test.diagnostic(stdout.trim().split("\n").at(-1) ?? "");
      assert.equal(exitCode, 0, stdout);
    }
    const { exitCode, stdout, stderr } = await stage.machine.attempt([
      "systemd-analyze",
      "verify",
      // Their pages come with the package.
      "--man=no",
      ...units,
    ]);
    assert.deepEqual({ exitCode, said: stdout + stderr }, { exitCode: 0, said: "" });
  });
});
