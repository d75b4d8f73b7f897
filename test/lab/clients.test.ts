/**
 * A release is heard, never silent: whoever is connected gets a reset, whoever comes is refused.
 *
 * Nobody takes the VIP over in these tests, so all that a client hears comes from the host that
 * released it. Each promise has its control, with guard and reset switched off, in which the client
 * must hear nothing for a second: otherwise the promise would be kept by something else.
 *
 * vip-manager 5.0.0 removes the address in silence: an established connection waits for the
 * client's own timeout, a new one for the repetition of its SYN after one second, three, seven.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Call, Client, ClientOptions } from "../../lab/client.ts";
import { monotonicMs, sleepMs, waitUntil } from "../../lab/clock.ts";
import { run } from "../../lab/command.ts";
import { inHost, VIP } from "../../lab/network.ts";
import { COURTESY, LAB, skipWithout } from "./support/capabilities.ts";
import { HeldConnection } from "./support/held-connection.ts";
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

const skip = await skipWithout(...LAB, ...COURTESY);

const SILENT = { guard: false, reset: false };
const GUARD_STANDS_MS = 3_000;
// The first repetition of a SYN comes after one second.
const REPEATED_SYN_MS = 1_000;
// A busy machine may take this long for one command of `nft`.
const LIFT_MS = 100;

describe("clients of a VIP that is released", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  async function connection(): Promise<HeldConnection> {
    const opened = await HeldConnection.open();
    stage.own(opened.process);
    return opened;
  }

  // Gives the key to a member whose host has no agent. Answers when the address has left.
  async function release({ addresses }: Holder): Promise<number> {
    await stage.lab.leaderKey.move("test-db3", { gapMs: 0 });
    return (await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS })).atMs;
  }

  it("are reset within half a second when they are connected", async (test) => {
    const holder = await stage.holder("db1");
    const held = await connection();
    const goneAtMs = await release(holder);
    const { atMs } = await held.next("ECONNRESET");
    test.diagnostic(`reset ${ms(atMs - goneAtMs)} from the end of the address`);
    assert.ok(atMs - goneAtMs < 500, `reset after ${ms(atMs - goneAtMs)}`);
  });

  it("hear nothing for a second when they are connected and the reset is off", async () => {
    const holder = await stage.holder("db1", SILENT);
    const held = await connection();
    await release(holder);
    // An absence cannot be awaited.
    await sleepMs(REPEATED_SYN_MS);
    assert.deepEqual(heardBy(held), ["greeted"]);
  });

  it("are reset when they are connected and the agent is told to stop", async () => {
    const holder = await stage.holder("db1");
    const held = await connection();
    await holder.agent.term();
    await held.next("ECONNRESET");
  });

  it("are refused at once when they come within the seconds of the guard", async (test) => {
    const holder = await stage.holder("db1");
    const client = await callingClient(holder);
    const goneAtMs = await release(holder);
    const calls = await callsAfter(client, goneAtMs, GUARD_STANDS_MS - 500);
    const longestMs = Math.max(...calls.map(({ atMs, startedAtMs }) => atMs - startedAtMs));
    test.diagnostic(`${calls.length} calls, the longest ${ms(longestMs)}`);
    const outcomes = new Set(calls.map(({ outcome }) => outcome));
    assert.deepEqual([outcomes, longestMs < 900], [new Set(["refused"]), true]);
  });

  it("hear nothing for a second when they come and the guard is off", async (test) => {
    const holder = await stage.holder("db1", SILENT);
    const client = await callingClient(holder, { timeoutMs: 1_500 });
    const goneAtMs = await release(holder);
    const { atMs } = await client.calls.next("end of a call", undefined, {
      sinceMs: goneAtMs + 100,
      timeoutMs: WIDE_MS,
    });
    test.diagnostic(`the first call after the release ended after ${ms(atMs - goneAtMs)}`);
    assert.ok(
      atMs - goneAtMs >= REPEATED_SYN_MS,
      `something was heard after ${ms(atMs - goneAtMs)}`,
    );
  });

  it("find no guard left when its seconds are over", async () => {
    const holder = await stage.holder("db1");
    const goneAtMs = await release(holder);
    assert.match(await guardSet(), new RegExp(VIP, "u"));
    await waitUntil("empty guard", async () => !(await guardSet()).includes(VIP), {
      timeoutMs: goneAtMs + GUARD_STANDS_MS + 1_000 - monotonicMs(),
    });
  });

  // The guard is lifted right after the bind: a call in between is refused at once, and none is lost.
  it("are served at once when the VIP is bound again under the guard of its release", async () => {
    const holder = await stage.holder("db1");
    const client = await callingClient(holder);
    const goneAtMs = await release(holder);
    await stage.lab.leaderKey.move("test-db1", { gapMs: 0 });
    const bound = await holder.addresses.next("bind", isAdded, {
      sinceMs: goneAtMs,
      timeoutMs: WIDE_MS,
    });
    const lifted = await callsAfter(client, bound.atMs + LIFT_MS, 500);
    assert.deepEqual(new Set(lifted.map(({ outcome }) => outcome)), new Set(["answered"]));
    assert(client.longestSilenceMs(bound.atMs, bound.atMs + 500) < REPEATED_SYN_MS);
  });

  // The guard is the release's, not the host's: other addresses of it are never touched.
  it("of the host's own address notice nothing of a release", async () => {
    const holder = await stage.holder("db1");
    const client = stage.caller({ address: "192.168.1.141" });
    await client.answerFrom("db1", { timeoutMs: WIDE_MS });
    const goneAtMs = await release(holder);
    const calls = await callsAfter(client, goneAtMs - 200, 700);
    assert.deepEqual(new Set(calls.map(({ outcome }) => outcome)), new Set(["answered"]));
  });

  it("are served by the next leader without waiting for a repeated SYN", async (test) => {
    const holder = await stage.holder("db1");
    await verdict(await stage.agent("db2"), "other-leader");
    const client = await callingClient(holder);
    const { deleted } = await stage.lab.leaderKey.move("test-db2", { gapMs: 90 });
    const { atMs } = await client.answerFrom("db2", { timeoutMs: WIDE_MS });
    const silenceMs = client.longestSilenceMs(deleted?.sentAtMs ?? 0, atMs);
    test.diagnostic(`without an answer for ${ms(silenceMs)} in a move with 90 ms without a key`);
    assert.ok(silenceMs < 900, `without an answer for ${ms(silenceMs)}`);
  });

  async function callingClient({ agent }: Holder, options?: ClientOptions): Promise<Client> {
    const client = stage.caller(options);
    await client.answerFrom(agent.host, { timeoutMs: WIDE_MS });
    return client;
  }

  async function guardSet(): Promise<string> {
    return await run([...inHost("db1"), "nft", "list", "table", "inet", "vip_agent"]);
  }
});

function heardBy({ heard }: HeldConnection): readonly string[] {
  return heard.entries.map((entry) => entry.heard);
}

// The calls that were begun within the span, all of them ended.
async function callsAfter(
  client: Client,
  fromMs: number,
  durationMs: number,
): Promise<readonly Call[]> {
  const toMs = fromMs + durationMs;
  const isLater = ({ startedAtMs }: Call): boolean => startedAtMs > toMs;
  await client.calls.next("call after the span", isLater, { timeoutMs: WIDE_MS + durationMs });
  const begun = ({ startedAtMs }: Call): boolean => startedAtMs >= fromMs && startedAtMs <= toMs;
  return client.calls.entries.filter(begun);
}
