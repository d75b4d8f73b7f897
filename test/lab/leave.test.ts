/**
 * However the agent's life ends, the VIP does not outlive it on this host for longer than promised.
 *
 * Asked to stop, it releases first and ends then. Killed, frozen or starved it can do nothing any
 * more: then it is the kernel that removes the address, when the lifetime of its last refresh is
 * over. Most tests use a lifetime of 2 s to be short; one uses the default.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { LabAgent } from "../../lab/agent.ts";
import { monotonicMs } from "../../lab/clock.ts";
import { LAB, skipWithout } from "./support/capabilities.ts";
import {
  isAdded,
  isDeleted,
  ms,
  Stage,
  withStage,
  verdict,
  WIDE_MS,
  type Holder,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB);

const SHORT = { lifetime: 2 };

describe("VIP of an agent that ends", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  // vip-manager: removed at SIGINT only; at SIGTERM, which systemd sends, the VIP stays (F1).
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`is gone before the process is, at ${signal}`, async (test) => {
      const { agent, addresses } = await stage.holder("db1");
      const askedAtMs = monotonicMs();
      const exit = await agent.process.stop(signal);
      const { atMs } = await addresses.next("release", isDeleted);
      test.diagnostic(`gone ${ms(atMs - askedAtMs)}, ended ${ms(exit.atMs - askedAtMs)} later`);
      assert.ok(atMs < exit.atMs, `the process ended ${ms(atMs - exit.atMs)} before the release`);
    });
  }

  it("leaves at once when the agent is told to stop", async () => {
    const { agent } = await stage.holder("db1");
    const askedAtMs = monotonicMs();
    const { atMs } = await agent.term();
    assert.ok(atMs - askedAtMs < 1_000, `it took ${ms(atMs - askedAtMs)}`);
  });

  it("is followed by exit code 0 when the agent is told to stop", async () => {
    const { agent } = await stage.holder("db1");
    const { code, signal } = await agent.term();
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
  });

  it("leaves with an agent that holds nothing and is told to stop, with exit code 0", async () => {
    await stage.lab.leaderKey.move("test-db2");
    const agent = await stage.agent("db1");
    await verdict(agent, "other-leader");
    const { code, signal } = await agent.term();
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
  });

  // vip-manager: the VIP stays for ever.
  it("is removed by the kernel within the lifetime of 5 s after SIGKILL", async (test) => {
    await assertKernelRemoves(await stage.holder("db1"), 5, {
      strike: async (agent) => void (await agent.kill()),
      note: (text) => test.diagnostic(text),
    });
  });

  it("is removed by the kernel within a lifetime of 2 s after SIGKILL", async (test) => {
    await assertKernelRemoves(await stage.holder("db1", SHORT), 2, {
      strike: async (agent) => void (await agent.kill()),
      note: (text) => test.diagnostic(text),
    });
  });

  // vip-manager: the VIP stays for ever, beside the one of the next leader.
  it("is removed by the kernel when the agent stands still", async (test) => {
    await assertKernelRemoves(await stage.holder("db1", SHORT), 2, {
      strike: (agent) => agent.freeze(),
      note: (text) => test.diagnostic(text),
    });
  });

  it("is not bound again by an agent that wakes up after another has become leader", async () => {
    const { agent, addresses } = await stage.holder("db1", SHORT);
    // Said when nothing is under way any more.
    await agent.event("bound");
    await agent.freeze();
    await addresses.next("expiry", isDeleted, { timeoutMs: WIDE_MS });
    await stage.lab.leaderKey.move("test-db2");
    const thawedAtMs = monotonicMs();
    agent.thaw();
    await verdict(agent, "other-leader", { sinceMs: thawedAtMs });
    await agent.term();
    assert.deepEqual(await addresses.upToNow(thawedAtMs), []);
  });

  // What the agent reads first when it wakes up is the answer to its bind, which is older than the
  // stall. The moment between the two is short and hit every other time, so three hosts try.
  it("is not bound again by an agent that was frozen in the middle of its bind", async () => {
    const hosts = ["db1", "db2", "db3"];
    await stage.lab.leaderKey.move("test-db1");
    const frozen = await Promise.all(hosts.map((host) => frozenInBind(host)));
    await Promise.all(
      frozen.map(({ addresses }) => addresses.next("expiry", isDeleted, { timeoutMs: WIDE_MS })),
    );
    await stage.lab.leaderKey.move("test-nobody");
    const thawedAtMs = monotonicMs();
    for (const { agent } of frozen) agent.thaw();
    await Promise.all(
      frozen.map(({ agent }) => verdict(agent, "other-leader", { sinceMs: thawedAtMs })),
    );
    await Promise.all(frozen.map(({ agent }) => agent.term()));
    const seen = frozen.map(({ addresses }) => addresses.upToNow(thawedAtMs));
    assert.deepEqual((await Promise.all(seen)).flat(), []);
  });

  // All of them are the same member, so that all bind for the same key.
  async function frozenInBind(host: string): Promise<Holder> {
    const addresses = await stage.addresses(host);
    const agent = await stage.agent(host, { ...SHORT, "trigger-value": "test-db1" });
    await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    await agent.freeze();
    return { agent, addresses };
  }

  it("is bound again by an agent that wakes up and is still named by the key", async (test) => {
    const { agent, addresses } = await stage.holder("db1", SHORT);
    // Said when nothing is under way any more.
    await agent.event("bound");
    await agent.freeze();
    await addresses.next("expiry", isDeleted, { timeoutMs: WIDE_MS });
    const thawedAtMs = monotonicMs();
    agent.thaw();
    const bound = await addresses.next("bind", isAdded, {
      sinceMs: thawedAtMs,
      timeoutMs: WIDE_MS,
    });
    test.diagnostic(`bound ${ms(bound.atMs - thawedAtMs)} after it woke up`);
  });
});

type Blow = {
  readonly strike: (agent: LabAgent) => Promise<void>;
  readonly note: (text: string) => void;
};

// A refresh came up to a third of a lifetime before the blow, so the earliest expiry is two thirds
// after it. The kernel works in whole seconds and batches its timers.
async function assertKernelRemoves(
  { agent, addresses }: Holder,
  lifetimeS: number,
  { strike, note }: Blow,
): Promise<void> {
  const struckAtMs = monotonicMs();
  await strike(agent);
  const { atMs } = await addresses.next("expiry", isDeleted, { timeoutMs: WIDE_MS });
  const livedMs = atMs - struckAtMs;
  note(`removed by the kernel after ${ms(livedMs)}`);
  assert.ok(livedMs >= 1_000, `gone after ${ms(livedMs)} already`);
  assert.ok(livedMs <= (lifetimeS + 1) * 1_000, `still there after ${ms(livedMs)}`);
}
