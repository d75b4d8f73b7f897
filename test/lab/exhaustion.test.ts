/**
 * A host that has run out of something: room for the log, a reader for it, file descriptors, memory.
 *
 * The log is worth less than the VIP: whatever becomes of its lines, the loop goes on. Without file
 * descriptors no helper can be started, but those that wait are there, and they are enough to hold
 * and to release.
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";

import type { LabAgent } from "../../lab/agent.ts";
import { monotonicMs, sleepMs, waitUntil } from "../../lab/clock.ts";
import { run } from "../../lab/command.ts";
import { INTERFACE, VIP } from "../../lab/network.ts";
import { buildIfStale } from "../../setup/build.ts";
import { COURTESY, LAB, skipWithout } from "./support/capabilities.ts";
import { configurationFile } from "./support/command-line.ts";
import { HeldConnection } from "./support/held-connection.ts";
import { kill, residentOf } from "./support/odd-tools.ts";
import {
  deletionsOf,
  type Holder,
  isAdded,
  isDeleted,
  isRefreshed,
  ms,
  Stage,
  WIDE_MS,
  withStage,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...COURTESY);

const LIFETIME_MS = 5_000;
const EXPIRY_MS = LIFETIME_MS + 1_500;
const AGENT = fileURLToPath(new URL("../../dist/vip-agent", import.meta.url));

describe("VIP on a host that has run out", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  // An agent that holds the VIP and whose output the shell has sent elsewhere.
  async function holderWriting(redirection: string): Promise<Holder> {
    await buildIfStale();
    const config = await configurationFile({
      ip: VIP,
      interface: INTERFACE,
      "trigger-key": "db/test/leader",
      "trigger-value": "test-db1",
      "dcs-endpoints": stage.lab.consul.endpoint,
    });
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.move("test-db1");
    const command = `${AGENT} run --config ${config} ${redirection}`;
    const agent = await stage.lab.startAgent({ host: "db1", command });
    stage.own(agent.process);
    await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    return { agent, addresses };
  }

  // Held through a lifetime, refreshed at its end, and released when it is told to stop.
  async function assertHeldAndReleased({ agent, addresses }: Holder): Promise<void> {
    const sinceMs = monotonicMs();
    await talk();
    await addresses.next("refresh", isRefreshed, {
      sinceMs: sinceMs + LIFETIME_MS,
      timeoutMs: LIFETIME_MS + WIDE_MS,
    });
    assert.deepEqual(await deletionsOf(addresses, sinceMs), []);
    const { code, atMs } = await agent.term();
    const gone = await addresses.next("release", isDeleted);
    assert.deepEqual([code, gone.atMs < atMs], [0, true]);
  }

  // Makes the agent say something: its endpoint is gone for a moment.
  async function talk(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) {
      await stage.lab.consul.freeze();
      await sleepMs(50);
      stage.lab.consul.thaw();
    }
  }

  describe("of room for its log", () => {
    // As when journald hangs. The pipe is small and full from the start, and somebody keeps it open.
    it("is held and released when nobody reads the log", async () => {
      const pipe = await makeFullPipe();
      await assertHeldAndReleased(await holderWriting(`> ${pipe} 2> /dev/null`));
    });

    it("is held and released when the disk of the log is full, and then logs again", async () => {
      const folder = await mkdtemp(join(tmpdir(), "full-"));
      await run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder]);
      const fill = `head -c 1000000 /dev/zero > ${folder}/ballast || true`;
      await run(["sh", "-c", `${fill} 2> /dev/null; : > ${folder}/log`]);
      const held = await holderWriting(`>> ${folder}/log 2>&1`);
      assert.equal(await readFile(`${folder}/log`, "utf8"), "");
      await run(["rm", `${folder}/ballast`]);
      await assertHeldAndReleased(held);
      assert.match(await readFile(`${folder}/log`, "utf8"), /"event":"stopped"/u);
    });

    it("is held and released when its output is closed", async () => {
      await assertHeldAndReleased(await holderWriting(">&- 2>&-"));
    });

    it("is held and released when the reader of the log has gone", async () => {
      const pipe = await makePipe();
      const reader = stage.lab.start({ name: "reader", argv: ["cat", pipe] });
      const held = await holderWriting(`> ${pipe} 2> /dev/null`);
      await reader.kill();
      await assertHeldAndReleased(held);
    });
  });

  describe("of file descriptors", () => {
    it("is held for longer than its lifetime, and its release is heard", async () => {
      const { agent, addresses } = await stage.holder("db1");
      const connection = await HeldConnection.open();
      stage.own(connection.process);
      await agent.event("bound");
      // The burst of announcements starts programs; it is to be over.
      await sleepMs(5_500);
      await allow(agent, 3);
      const sinceMs = monotonicMs();
      await addresses.next("refresh", isRefreshed, {
        sinceMs: sinceMs + LIFETIME_MS,
        timeoutMs: LIFETIME_MS + WIDE_MS,
      });
      await stage.lab.leaderKey.move("test-db3", { gapMs: 0 });
      const askedAtMs = monotonicMs();
      const gone = await addresses.next("release", isDeleted, { sinceMs, timeoutMs: WIDE_MS });
      await connection.next("ECONNRESET");
      assert.ok(gone.atMs - askedAtMs < 1_000, ms(gone.atMs - askedAtMs));
    });

    it("leaves by its lifetime when its ip dies too, and is back when there are some", async (test) => {
      const { agent, addresses } = await stage.holder("db1");
      const sinceMs = monotonicMs();
      await allow(agent, 3);
      kill(await residentOf(agent.pid, "ip"), "SIGKILL");
      await addresses.next("expiry", isDeleted, { sinceMs, timeoutMs: EXPIRY_MS });
      const complaint = await agent.events.next("trouble", ({ event }) => event === "trouble");
      const plentyAtMs = monotonicMs();
      await allow(agent, 1_024);
      const bound = await addresses.next("bind", isAdded, {
        sinceMs: plentyAtMs,
        timeoutMs: WIDE_MS,
      });
      const said = String(complaint.fields["msg"]);
      test.diagnostic(`back ${ms(bound.atMs - plentyAtMs)} after there were some again (${said})`);
      assert.ok(agent.process.isRunning);
    });
  });

  describe("of memory", () => {
    // It lives until its heap has to grow. What it cannot do then, the kernel does.
    it("is removed by the kernel when the agent gets no more and ends", async (test) => {
      const { agent, addresses } = await stage.holder("db1");
      const sinceMs = monotonicMs();
      await run(["prlimit", "--pid", String(agent.pid), "--as=1"]);
      const exit = await waitUntil("end of the agent", () => agent.process.exit, {
        timeoutMs: 60_000,
      });
      const gone = await addresses.next("expiry", isDeleted, {
        sinceMs: exit.atMs,
        timeoutMs: EXPIRY_MS,
      });
      const livedMs = exit.atMs - sinceMs;
      test.diagnostic(`ended after ${ms(livedMs)}, VIP gone ${ms(gone.atMs - exit.atMs)} later`);
    });
  });

  // No further one gets a number from this on; those that are open stay.
  async function allow(agent: LabAgent, descriptors: number): Promise<void> {
    await run(["prlimit", "--pid", String(agent.pid), `--nofile=${descriptors}:`]);
  }

  async function makePipe(): Promise<string> {
    const path = join(await mkdtemp(join(tmpdir(), "pipe-")), "pipe");
    await run(["mkfifo", path]);
    return path;
  }

  // Somebody keeps it open for both ends, so that it neither waits for a reader nor ends without one.
  async function makeFullPipe(): Promise<string> {
    const path = await makePipe();
    const fill = `exec 3<> ${path}; timeout 1 cat /dev/zero >&3; echo full; sleep 60`;
    const keeper = stage.lab.start({ name: "keeper of a pipe", argv: ["sh", "-c", fill] });
    await keeper.lines.next("full", ({ text }) => text === "full");
    return path;
  }
});
