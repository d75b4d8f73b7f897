/**
 * Consul in trouble is no reason to lose the VIP, and no reason to keep it for ever.
 *
 * What counts is the lease: the VIP is held for as long as the last consistent answer allows, it is
 * released before Patroni could have elected somebody else unseen, and it is back when Consul is.
 * The default lease is 16 s; most tests shorten it to 10 s by the margin.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs } from "../../lab/clock.ts";
import { addressOf } from "../../lab/network.ts";
import { LAB, PROBES, skipWithout } from "./support/capabilities.ts";
import { startRelay, type Relay } from "./support/relay.ts";
import {
  deletionsOf,
  isAdded,
  isDeleted,
  ms,
  reasonsOf,
  Stage,
  withStage,
  verdict,
  WIDE_MS,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...PROBES);

const LEASE_MS = 10_000;
const TTL_MS = 30_000;
const SHORT_LEASE = { "lease-margin": 10_000, "consul-wait": 2_000 };
// A hold ends a second before its proof; and the last proof can be as old as one blocking query,
// with its jitter of a sixteenth, when Consul falls silent.
const RELEASED_AFTER_MS = LEASE_MS - 1_000 - (2_000 * 17) / 16;

describe("VIP while Consul is in trouble", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  async function relay(): Promise<Relay> {
    const started = await startRelay(stage.lab.consul.endpoint);
    stage.own(started.process);
    return started;
  }

  // vip-manager: dropped at the first refused connection (F3).
  it("loses not one probe when Consul is killed and started again", async (test) => {
    const { agent, addresses } = await stage.holder("db1");
    const ping = stage.ping();
    const { atMs: fromMs } = await ping.echo();
    await stage.lab.consul.kill();
    await agent.event("consul-trouble", { timeoutMs: WIDE_MS });
    await stage.lab.consul.start();
    await agent.event("consul-back", { timeoutMs: WIDE_MS });
    const { asked, lost } = await ping.between(fromMs, monotonicMs());
    test.diagnostic(`${lost} of ${asked} echoes lost`);
    assert.deepEqual({ lost, deleted: await deletionsOf(addresses) }, NOTHING_LOST);
  });

  it("is not once decided against when Consul is killed and started again", async () => {
    const { agent } = await stage.holder("db1");
    await stage.lab.consul.kill();
    await verdict(agent, "lease-running");
    const restartedAtMs = monotonicMs();
    await stage.lab.consul.start();
    await verdict(agent, "leader", { sinceMs: restartedAtMs });
    assert.deepEqual(reasonsOf(agent), ["starting", "leader", "lease-running", "leader"]);
  });

  // vip-manager: waits for an answer for ever, and the VIP stays for ever (F5).
  it("is held for the lease while Consul is silent, released, and then back", async (test) => {
    const { agent, addresses } = await stage.holder("db1", SHORT_LEASE);
    const frozenAtMs = monotonicMs();
    await stage.lab.consul.freeze();
    const { atMs } = await addresses.next("release", isDeleted, { timeoutMs: 2 * TTL_MS });
    await verdict(agent, "lease-over");
    const heldMs = atMs - frozenAtMs;
    test.diagnostic(`held for ${ms(heldMs)}`);
    assert.ok(heldMs > RELEASED_AFTER_MS - 500, `released after ${ms(heldMs)} already`);
    assert.ok(heldMs < LEASE_MS + 2_000, `held for ${ms(heldMs)}, close to Patroni's ttl`);
    const sinceMs = monotonicMs();
    stage.lab.consul.thaw();
    const back = await addresses.next("bind", isAdded, { sinceMs, timeoutMs: WIDE_MS });
    test.diagnostic(`back ${ms(back.atMs - sinceMs)} after Consul`);
  });

  // vip-manager: only the first endpoint is ever used (F6).
  it("is bound by way of the second endpoint when the first refuses", async (test) => {
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.move("test-db1");
    const refusing = `http://${addressOf("dcs")}:8999`;
    const agent = await stage.agent("db1", endpoints(refusing));
    const { atMs } = await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    test.diagnostic(`bound ${ms(atMs - agent.process.startedAtMs)} after the start of the process`);
  });

  it("is bound by way of the second endpoint when the first is silent", async (test) => {
    const addresses = await stage.addresses("db1");
    const { endpoint, process } = await relay();
    await process.freeze();
    await stage.lab.leaderKey.move("test-db1");
    const agent = await stage.agent("db1", endpoints(endpoint));
    const { atMs } = await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    test.diagnostic(`bound ${ms(atMs - agent.process.startedAtMs)} after the start of the process`);
  });

  it("is held on by way of the second endpoint when the first falls silent", async (test) => {
    const { endpoint, process } = await relay();
    const { agent, addresses } = await stage.holder("db1", endpoints(endpoint));
    const frozenAtMs = monotonicMs();
    await process.freeze();
    const { atMs } = await agent.event("consul-back", { timeoutMs: WIDE_MS });
    test.diagnostic(`other endpoint answers ${ms(atMs - frozenAtMs)} after the first fell silent`);
    // Longer than the lease from the first endpoint's last answer.
    await addresses.next("refresh", undefined, {
      sinceMs: frozenAtMs + LEASE_MS,
      timeoutMs: 2 * LEASE_MS,
    });
    assert.deepEqual(await deletionsOf(addresses), []);
  });

  it("moves by way of the second endpoint when the first is dead", async () => {
    const { endpoint, process } = await relay();
    const { agent, addresses } = await stage.holder("db1", endpoints(endpoint));
    await process.kill();
    await agent.event("consul-back", { timeoutMs: WIDE_MS });
    await stage.lab.leaderKey.move("test-db2");
    await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS });
  });

  function endpoints(first: string): Record<string, unknown> {
    return { ...SHORT_LEASE, "dcs-endpoints": [first, stage.lab.consul.endpoint] };
  }
});

const NOTHING_LOST = { lost: 0, deleted: [] };
