/**
 * A new agent takes over from the old one on the leader, and nobody notices.
 *
 * At an upgrade the old process ends without releasing (SIGUSR2), the kernel's lifetime bridges the
 * gap, and the new one adopts what it finds. Clients ask by ICMP and TCP every 10 ms until two
 * lifetimes after the old process: had the new one not prolonged the address, it would be gone by
 * then. The control does the same with an ordinary stop and has to lose some, or the probes see
 * nothing.
 *
 * vip-manager 5.0.0 loses the VIP here always: a new process removes what it finds before it has
 * read the key, and adds it again a moment later (F2).
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import type { LabAgent } from "../../lab/agent.ts";
import type { Client } from "../../lab/client.ts";
import { monotonicMs, waitUntil } from "../../lab/clock.ts";
import type { Exit } from "../../lab/process.ts";
import { LAB, PROBES, skipWithout } from "./support/capabilities.ts";
import { isDeleted, ms, Stage, withStage, WIDE_MS } from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...PROBES);

const DEFAULT_LIFETIME_S = 5;
// An answer takes a millisecond; one that needed a second SYN takes a thousand.
const LOST_AFTER_MS = 500;

type Losses = { readonly echoes: number; readonly calls: number };

describe("VIP that is handed to a new process", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  it("loses not one probe, by ICMP or TCP", async (test) => {
    const lost = await replace({ lifetimeS: DEFAULT_LIFETIME_S, test }, (old) => old.handOver());
    assert.deepEqual(lost, { echoes: 0, calls: 0 });
  });

  it("loses some where the old process releases first, which proves the probes", async (test) => {
    const lost = await replace({ lifetimeS: 2, test }, (old) => old.term());
    assert.ok(lost.echoes > 0 && lost.calls > 0, JSON.stringify(lost));
  });

  it("loses not one probe when the old process is killed and started again", async (test) => {
    const lost = await replace({ lifetimeS: 3, test }, (old) => old.kill());
    assert.deepEqual(lost, { echoes: 0, calls: 0 });
  });

  it("is handed over with exit code 0", async () => {
    const { agent } = await stage.holder("db1");
    const { code } = await agent.handOver();
    assert.equal(code, 0);
  });

  it("leaves by itself when no new process comes", async (test) => {
    const { agent, addresses } = await stage.holder("db1", { lifetime: 2 });
    const { atMs: endedAtMs } = await agent.handOver();
    const { atMs } = await addresses.next("expiry", isDeleted, { timeoutMs: WIDE_MS });
    test.diagnostic(`removed by the kernel after ${ms(atMs - endedAtMs)}`);
  });

  // Ends the agent on the leader, starts another in its place, and counts the probes that were lost
  // until two lifetimes after the end.
  async function replace(
    { lifetimeS, test }: { lifetimeS: number; test: TestContext },
    end: (old: LabAgent) => Promise<Exit>,
  ): Promise<Losses> {
    const settings = { lifetime: lifetimeS };
    const { agent, addresses } = await stage.holder("db1", settings);
    const ping = stage.ping();
    const client = stage.caller({ timeoutMs: 2_000 });
    await Promise.all([ping.echo(), client.answerFrom("db1", { timeoutMs: WIDE_MS })]);
    const fromMs = monotonicMs();
    const { atMs: endedAtMs } = await end(agent);
    const successor = await stage.agent("db1", settings);
    const { atMs: takenAtMs } = await addresses.next("adoption or bind", undefined, {
      sinceMs: successor.process.startedAtMs,
      timeoutMs: WIDE_MS,
    });
    test.diagnostic(`prolonged ${ms(takenAtMs - endedAtMs)} after the end of the old process`);
    const toMs = endedAtMs + 2_000 * lifetimeS;
    const { asked, lost: echoes } = await ping.between(fromMs, toMs);
    const calls = await callsBetween(client, fromMs, toMs);
    test.diagnostic(`${echoes} of ${asked} echoes, ${calls.lost} of ${calls.made} calls lost`);
    return { echoes, calls: calls.lost };
  }
});

async function callsBetween(client: Client, fromMs: number, toMs: number) {
  await waitUntil("a call after the span", () => (client.calls.entries.at(-1)?.atMs ?? 0) > toMs, {
    timeoutMs: WIDE_MS,
  });
  const calls = client.calls.between(fromMs, toMs);
  const lost = calls.filter(({ outcome, startedAtMs, atMs }) => {
    return outcome !== "answered" || atMs - startedAtMs > LOST_AFTER_MS;
  });
  return { made: calls.length, lost: lost.length };
}
