/**
 * Patroni's own modes, and Consul out of reach, with Patroni's shortest sensible timings so that it takes
 * seconds: the same with the timings of production is in minute.long.ts.
 *
 * At 20/3/3 the lease is 8 s long, a missing key alone keeps the VIP for 6 s, Patroni gives up Consul after
 * some 7 s, and another member can have the key after 17 to 20 s.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs, sleepMs } from "../../../lab/clock.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";
import { ms } from "../support/stage.ts";
import { castOf, withPatroni, type PatroniStage } from "./stage.ts";

const skip = await skipWithout(...PATRONI);

const AWAY_MS = 11_000;
const NO_KEY_MS = 8_000;

describe("vip-agent and Patroni's own modes", { skip }, () => {
  let stage: PatroniStage;
  const dynamic = { ttl: 20, loop_wait: 3, retry_timeout: 3 };
  withPatroni({ dynamic }, (opened) => (stage = opened));

  it("loses no write in failsafe mode while Consul is away", async (test) => {
    const { cluster, vip } = stage;
    const { leader } = await castOf(cluster);
    await stage.setFailsafe(true);
    const frozenAtMs = await stage.freezeConsul();
    await sleepMs(AWAY_MS);
    await stage.verdict(leader.host, "failsafe", { sinceMs: frozenAtMs });
    const thawedAtMs = stage.thawConsul();
    const endMs = await stage.recovered(thawedAtMs + 1_000, leader.host);
    const outage = vip.outage(frozenAtMs, endMs);
    test.diagnostic(`through the VIP ${ms(outage.durationMs)}`);
    assert.equal(await stage.lossOf(leader.host, frozenAtMs), undefined);
    assert.ok(outage.durationMs < 600, ms(outage.durationMs));
    assert.deepEqual(await cluster.lost(vip, frozenAtMs), []);
  });

  it("stays with the running primary when Patroni is stopped in pause", async (test) => {
    const { cluster, vip } = stage;
    const { leader } = await castOf(cluster);
    await cluster.pause();
    const stopped = await leader.stopPatroni();
    // Sooner than by its expiry.
    await cluster.destroyLeaderSession();
    await cluster.key.missing(stopped.atMs);
    await sleepMs(NO_KEY_MS);
    const outage = vip.outage(stopped.atMs, monotonicMs());
    test.diagnostic(`through the VIP ${ms(outage.durationMs)}`);
    assert.equal(cluster.key.now?.member, undefined);
    assert.equal(await stage.lossOf(leader.host, stopped.atMs), undefined);
    assert.ok(outage.durationMs < 600, ms(outage.durationMs));
    assert.equal(vip.committed().at(-1)?.host, leader.host);
  });

  it("has left a host that is cut off before another can be the leader", async (test) => {
    const { cluster, vip, direct } = stage;
    const { leader } = await castOf(cluster);
    await stage.setFailsafe(false);
    const cutAtMs = await stage.cutFromConsul(leader.host);
    const gone = await cluster.key.missing(cutAtMs);
    const lost = await stage.lossOf(leader.host, cutAtMs);
    const isInTime = lost !== undefined && lost.atMs < gone.atMs;
    assert.ok(isInTime, "the VIP is still there when the key is gone");
    const next = await direct.commit(undefined, { sinceMs: gone.atMs, timeoutMs: 20_000 });
    const endMs = await stage.recovered(next.atMs, next.host);
    const outage = vip.outage(cutAtMs, endMs);
    test.diagnostic(`VIP lost ${ms(lost.atMs - cutAtMs)} after the cut`);
    test.diagnostic(`key lost ${ms(gone.atMs - cutAtMs)} after the cut`);
    test.diagnostic(`through the VIP ${ms(outage.durationMs)}`);
    assert.notEqual(next.host, leader.host);
    assert.ok(lost.atMs - cutAtMs < 12_000, ms(lost.atMs - cutAtMs));
    assert.equal(outage.hostAfter, next.host);
  });
});
