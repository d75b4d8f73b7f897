/**
 * What ends or stops the agent, and what becomes of the VIP: systemd starts the next process, which
 * finds the VIP still there, unless the agent stood still for longer than its lifetime.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs, sleepMs } from "../../lab/clock.ts";
import { deletionsOf, isAdded, isDeleted, ms, WIDE_MS } from "../lab/support/stage.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { countLosses } from "./support/losses.ts";
import { exhaustMemory } from "./support/memory.ts";
import { HostStage, UNIT } from "./support/stage.ts";
import { withStage } from "../lab/support/stage.ts";

const skip = await skipWithoutMachines();

const NONE = { echoes: 0, calls: 0 };
const LIFETIME_MS = 5_000;
const WATCHDOG_MS = 15_000;
const WITHOUT_CONSUL_MS = 12_000;

describe("surviving under systemd", { skip }, () => {
  let stage: HostStage;

  withStage(async () => {
    stage = await HostStage.open();
    return stage;
  });

  it("SIGKILL: the next process adopts the VIP, not one probe is lost", async (test) => {
    await assertReplacedWithoutLoss(async (pid) => void process.kill(pid, "SIGKILL"), test);
  });

  it("killed for memory: the next process adopts the VIP, not one probe is lost", async (test) => {
    await assertReplacedWithoutLoss(async (pid) => {
      const killed = await exhaustMemory(stage.machine, UNIT, pid);
      test.diagnostic(`the kernel killed ${killed} for memory`);
      assert.ok(killed >= 1);
    }, test);
  });

  async function assertReplacedWithoutLoss(
    blow: (pid: number) => Promise<void>,
    test: { readonly diagnostic: (text: string) => void },
  ): Promise<void> {
    const addresses = await stage.hold();
    const { pid } = await stage.machine.mainProcess(UNIT);
    const fromMs = monotonicMs();
    const { lost, text } = await countLosses(stage, () => blow(pid), {
      afterwardsMs: 2 * LIFETIME_MS,
    });
    test.diagnostic(text);
    const restarts = await stage.machine.property(UNIT, "NRestarts");
    assert.deepEqual({ lost, restarts }, { lost: NONE, restarts: "1" });
    assert.deepEqual(await deletionsOf(addresses, fromMs), []);
    assert.notEqual((await stage.machine.mainProcess(UNIT)).pid, pid);
  }

  it("SIGSTOP: the kernel removes the VIP, the watchdog puts another process there", async (test) => {
    const addresses = await stage.hold();
    const { pid } = await stage.machine.mainProcess(UNIT);
    const stoppedAtMs = monotonicMs();
    process.kill(pid, "SIGSTOP");
    const since = { sinceMs: stoppedAtMs, timeoutMs: WATCHDOG_MS + 2 * WIDE_MS };
    const removed = await addresses.next("expiry", isDeleted, since);
    const bound = await addresses.next("bind by the next process", isAdded, {
      ...since,
      sinceMs: removed.atMs,
    });
    const [goneMs, backMs] = [removed.atMs - stoppedAtMs, bound.atMs - stoppedAtMs];
    test.diagnostic(`removed after ${ms(goneMs)}, back after ${ms(backMs)}`);
    assert.ok(goneMs < LIFETIME_MS + 1_000);
    assert.equal(await stage.machine.property(UNIT, "NRestarts"), "1");
    const said = (await stage.journal()).join("\n");
    assert.match(said, /Watchdog timeout/u);
  });

  it("a frozen ip is replaced, and the VIP stays", async (test) => {
    const addresses = await stage.hold();
    const frozen = await helper("ip -json");
    const fromMs = monotonicMs();
    const { lost, text } = await countLosses(stage, () => freeze(frozen), {
      afterwardsMs: 2 * LIFETIME_MS,
    });
    test.diagnostic(text);
    assert.deepEqual(lost, NONE);
    assert.notEqual(await helper("ip -json"), frozen);
    assert.deepEqual(await deletionsOf(addresses, fromMs), []);
    assert.equal(await stage.machine.property(UNIT, "NRestarts"), "0");
  });

  it("frozen helpers do not keep a stop from releasing", async (test) => {
    const addresses = await stage.hold();
    for (const name of ["ip -json", "nft", "ss -K"]) await freeze(await helper(name));
    const askedAtMs = monotonicMs();
    await stage.systemctl("stop", UNIT);
    const { atMs } = await addresses.next("release", isDeleted, { sinceMs: askedAtMs });
    test.diagnostic(`gone ${ms(atMs - askedAtMs)} after the stop was asked`);
    assert.ok(atMs - askedAtMs < 3_000, "it was not the agent, but the lifetime of 5 s");
    assert.equal(await stage.machine.property(UNIT, "Result"), "success");
  });

  it("a Consul that answers nothing does not make the watchdog strike", async () => {
    await stage.dropIn("WatchdogSec=4s");
    await stage.hold();
    await stage.lab.consul.freeze();
    await sleepMs(WITHOUT_CONSUL_MS);
    stage.lab.consul.thaw();
    assert.equal(await stage.machine.property(UNIT, "NRestarts"), "0");
    assert.equal(await stage.machine.property(UNIT, "ActiveState"), "active");
  });

  async function helper(name: string): Promise<number> {
    const found = (await stage.machine.processes(UNIT)).find(({ commandLine }) => {
      return new RegExp(`^\\S*/${name}`, "u").test(commandLine);
    });
    assert.ok(found !== undefined, `the agent has a helper ${name}`);
    return found.pid;
  }

  async function freeze(pid: number): Promise<void> {
    process.kill(pid, "SIGSTOP");
  }
});
