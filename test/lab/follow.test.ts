/**
 * The VIP follows the leader key: it comes with the key, moves with it, and stays where the key
 * only blinks.
 *
 * Everything here is real but Patroni, whose handling of the key the lab repeats: sessions,
 * acquire, delete, a gap, acquire by the next. What vip-manager 5.0.0 does in the same situation
 * stands above each test where it is known.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs } from "../../lab/clock.ts";
import { macOf, VIP } from "../../lab/network.ts";
import { ANNOUNCEMENTS, LAB, PROBES, skipWithout } from "./support/capabilities.ts";
import {
  deletionsOf,
  isAdded,
  isDeleted,
  isRefreshed,
  ms,
  reasonsOf,
  Stage,
  withStage,
  verdict,
  WIDE_MS,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...PROBES, ...ANNOUNCEMENTS);

describe("VIP that follows the leader key", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  // vip-manager: the same.
  it("is not bound by an agent that starts while the key names another member", async () => {
    await stage.lab.leaderKey.move("test-db2");
    const addresses = await stage.addresses("db1");
    const agent = await stage.agent("db1");
    await verdict(agent, "other-leader");
    await agent.term();
    assert.deepEqual(await addresses.upToNow(), []);
  });

  // vip-manager: the same.
  it("is not bound by an agent that starts while there is no key", async () => {
    const addresses = await stage.addresses("db1");
    const agent = await stage.agent("db1");
    await verdict(agent, "no-leader");
    await agent.term();
    assert.deepEqual(await addresses.upToNow(), []);
  });

  // vip-manager: bound for ever, so that nothing but itself can ever remove it.
  it("is bound with a finite lifetime by an agent that starts on the leader", async (test) => {
    const { agent, addresses } = await stage.holder("db1");
    const { validS, atMs, address } = await addresses.next("bind", isAdded);
    test.diagnostic(`bound ${ms(atMs - agent.process.startedAtMs)} after the start of the process`);
    assert.deepEqual({ address, validS }, { address: `${VIP}/32`, validS: 5 });
  });

  // vip-manager: one ARP reply, never repeated (F9).
  it("is announced to the neighbours in both forms, and again a second later", async (test) => {
    const announcements = await stage.announcements();
    const { addresses } = await stage.holder("db1");
    const { atMs: boundAtMs } = await addresses.next("bind", isAdded);
    const mine = { mac: macOf("db1"), isGratuitous: true };
    const [first] = await Promise.all(
      (["request", "reply"] as const).map((form) =>
        announcements.next(form, (seen) => seen.form === form && seen.isGratuitous, {
          timeoutMs: WIDE_MS,
        }),
      ),
    );
    await announcements.next("repetition", ({ isGratuitous }) => isGratuitous, {
      sinceMs: boundAtMs + 900,
      timeoutMs: WIDE_MS,
    });
    test.diagnostic(`first arping ${ms((first?.atMs ?? NaN) - boundAtMs)} after the bind`);
    const gratuitous = announcements.entries.filter(({ isGratuitous }) => isGratuitous);
    for (const { mac, isGratuitous } of gratuitous) assert.deepEqual({ mac, isGratuitous }, mine);
  });

  // vip-manager: on average 0.4 s from the key to the address, up to 1 s (F4).
  it("moves with the key, and clients with it", async (test) => {
    const client = stage.caller();
    const { addresses: old } = await stage.holder("db1");
    const addresses = await stage.addresses("db2");
    await verdict(await stage.agent("db2"), "other-leader");
    await client.answerFrom("db1", { timeoutMs: WIDE_MS });
    const { acquired, deleted } = await stage.lab.leaderKey.move("test-db2");
    const gone = await old.next("release", isDeleted, { timeoutMs: WIDE_MS });
    const bound = await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    const answer = await client.answerFrom("db2", { timeoutMs: WIDE_MS });
    const sinceMs = acquired.sentAtMs;
    const silenceMs = client.longestSilenceMs(deleted?.sentAtMs ?? sinceMs, answer.atMs);
    test.diagnostic(`from the acquire: gone ${ms(gone.atMs - sinceMs)}`);
    test.diagnostic(`from the acquire: bound ${ms(bound.atMs - sinceMs)}`);
    test.diagnostic(`client without an answer for ${ms(silenceMs)}`);
    assert.ok(silenceMs < 900, `a client waited for ${ms(silenceMs)}: a SYN met silence`);
  });

  // vip-manager: drops the VIP at the first answer without a key (F3).
  it("stays while the key is missing and nobody has taken it", async () => {
    const { agent, addresses } = await stage.holder("db1", { lifetime: 2 });
    const { sentAtMs } = await stage.lab.leaderKey.delete();
    await verdict(agent, "key-missing", { sinceMs: sentAtMs });
    // Later than the kernel would have kept what was bound before.
    await addresses.next("refresh", isRefreshed, {
      sinceMs: sentAtMs + 2_500,
      timeoutMs: WIDE_MS,
    });
    assert.deepEqual(await deletionsOf(addresses), []);
  });

  it("leaves when another member takes the key that was missing", async () => {
    const { agent, addresses } = await stage.holder("db1");
    await stage.lab.leaderKey.delete();
    await verdict(agent, "key-missing");
    const { sentAtMs } = await stage.lab.leaderKey.acquire("test-db2");
    await verdict(agent, "other-leader", { sinceMs: sentAtMs });
    await addresses.next("release", isDeleted, { sinceMs: sentAtMs });
  });

  // Patroni's live timings decide: two of its loops, which is 20 s where nobody has shortened them.
  it("leaves when the key stays away for longer than a fail-over takes", async (test) => {
    await stage.lab.leaderKey.writeSibling("config", { ttl: 20, loop_wait: 5, retry_timeout: 5 });
    const { agent, addresses } = await stage.holder("db1");
    const { answeredAtMs } = await stage.lab.leaderKey.delete();
    const { atMs } = await addresses.next("release", isDeleted, { timeoutMs: 30_000 });
    test.diagnostic(`kept for ${ms(atMs - answeredAtMs)} without a key`);
    assert.ok(atMs - answeredAtMs < 12_000, "the grace is not that of the live timings");
    await agent.event("released");
    assert.deepEqual(reasonsOf(agent), ["starting", "leader", "key-missing", "gap-too-long"]);
  });

  // vip-manager: the same, by the same rule as for every error (F3).
  it("leaves when Consul falls silent while the key is missing", async (test) => {
    const { agent, addresses } = await stage.holder("db1", { "consul-wait": 2_000 });
    await stage.lab.leaderKey.delete();
    await verdict(agent, "key-missing");
    const frozenAtMs = monotonicMs();
    await stage.lab.consul.freeze();
    await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS });
    test.diagnostic(`kept for ${ms(monotonicMs() - frozenAtMs)} of silence`);
    await verdict(agent, "lost-in-gap");
  });

  // vip-manager: gone with the key and back up to 1 s later, each time (F3, F4).
  it("is never lost, not for one probe, when the same member takes the key again", async (test) => {
    const { addresses } = await stage.holder("db1");
    const ping = stage.ping();
    const { atMs: fromMs } = await ping.echo();
    for (const gapMs of [15, 90, 400]) await stage.lab.leaderKey.move("test-db1", { gapMs });
    const echo = await ping.echo({ sinceMs: monotonicMs() });
    const { asked, lost } = await ping.between(fromMs, echo.atMs);
    test.diagnostic(`${lost} of ${asked} probes lost`);
    assert.deepEqual({ lost, deletions: await deletionsOf(addresses) }, NOTHING_LOST);
  });

  // vip-manager: takes any value for ownership, whoever wrote it.
  it("is not bound for a key that names the member without a session", async () => {
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.writePlain("test-db1");
    const agent = await stage.agent("db1");
    await verdict(agent, "no-session");
    await agent.term();
    assert.deepEqual(await addresses.upToNow(), []);
  });

  it("is bound for a key without a session where require-session is off", async () => {
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.writePlain("test-db1");
    await stage.agent("db1", { "require-session": false });
    await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
  });
});

const NOTHING_LOST = { lost: 0, deletions: [] };
