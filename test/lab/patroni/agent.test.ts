/**
 * The agent beside a real Patroni: what a client loses through the VIP in each of Patroni's own events,
 * beside what a client loses that knows the right host.
 *
 * Goals and figures belong to the benchmark (npm run bench:failover). The bounds here are wide enough
 * for a busy machine, and far below what the event costs where nobody wakes Patroni, or where the VIP
 * follows the key without a thought.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs, sleepMs } from "../../../lab/clock.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";
import { ms } from "../support/stage.ts";
import { castOf, NEXT_LOOP_MS, quietLeader, withPatroni, type PatroniStage } from "./stage.ts";

const skip = await skipWithout(...PATRONI);

describe("vip-agent with Patroni", { skip }, () => {
  let stage: PatroniStage;
  withPatroni({}, (opened) => (stage = opened));

  it("adds next to nothing to the outage of a switchover", async (test) => {
    const { cluster, vip, direct } = stage;
    const { leader, other } = await castOf(cluster);
    const { sentAtMs } = await cluster.switchover(other.host);
    const endMs = await stage.recovered(sentAtMs, other.host);
    const [through, past] = [vip.outage(sentAtMs, endMs), direct.outage(sentAtMs, endMs)];
    const taken = await cluster.key.taken(other.member, sentAtMs);
    test.diagnostic(`through the VIP ${ms(through.durationMs)}, direct ${ms(past.durationMs)}`);
    assert.partialDeepStrictEqual(through, { hostBefore: leader.host, hostAfter: other.host });
    assert.ok(through.durationMs - past.durationMs < 300, ms(through.durationMs));
    assert.deepEqual(vip.commitsBy(leader.host, taken.atMs), []);
    await stage.loss(leader.host, sentAtMs);
  });

  it("has a killed postmaster restarted at once, and keeps the VIP", async (test) => {
    const { cluster, vip } = stage;
    const leader = await quietLeader(cluster);
    const { atMs, pid } = await leader.killPostmaster();
    await leader.postmasterAfter(pid);
    const endMs = await stage.recovered(monotonicMs(), leader.host);
    const outage = vip.outage(atMs, endMs);
    test.diagnostic(`through the VIP ${ms(outage.durationMs)}`);
    assert.ok(outage.durationMs < NEXT_LOOP_MS, ms(outage.durationMs));
    assert.equal(await stage.lossOf(leader.host, atMs), undefined);
  });

  it("rides out a lost session, and has the key taken back at once", async (test) => {
    const { cluster, vip } = stage;
    const leader = await quietLeader(cluster);
    const { sentAtMs } = await cluster.destroyLeaderSession();
    const gone = await cluster.key.missing(sentAtMs);
    const taken = await cluster.key.taken(leader.member, gone.atMs);
    await sleepMs(1_000);
    const outage = vip.outage(sentAtMs, monotonicMs());
    const freeMs = taken.atMs - gone.atMs;
    test.diagnostic(`through the VIP ${ms(outage.durationMs)}, key free ${ms(freeMs)}`);
    assert.ok(outage.durationMs < 600, ms(outage.durationMs));
    assert.ok(freeMs < 3_000, ms(freeMs));
    assert.equal(await stage.lossOf(leader.host, sentAtMs), undefined);
  });

  it("follows a switchover by callbacks and REST alone, where it may not ask Consul", async (test) => {
    const { cluster, vip, direct } = stage;
    await stage.restartAgents({ source: "patroni", "consul-token-file": undefined });
    const { leader, other } = await castOf(cluster);
    const { sentAtMs } = await cluster.switchover(other.host);
    const endMs = await stage.recovered(sentAtMs, other.host);
    const [through, past] = [vip.outage(sentAtMs, endMs), direct.outage(sentAtMs, endMs)];
    test.diagnostic(`through the VIP ${ms(through.durationMs)}, direct ${ms(past.durationMs)}`);
    assert.partialDeepStrictEqual(through, { hostBefore: leader.host, hostAfter: other.host });
    assert.ok(through.durationMs - past.durationMs < 700, ms(through.durationMs));
    await stage.loss(leader.host, sentAtMs);
  });
});
