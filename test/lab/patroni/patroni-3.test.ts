/**
 * The same with Patroni 3.1.2, which calls a primary `master`: in its REST API, in its callbacks and in
 * its member keys.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs } from "../../../lab/clock.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";
import { ms } from "../support/stage.ts";
import { castOf, NEXT_LOOP_MS, quietLeader, withPatroni, type PatroniStage } from "./stage.ts";

const skip = await skipWithout(...PATRONI, "Patroni 3.1.2");

describe("vip-agent with Patroni 3.1.2", { skip }, () => {
  let stage: PatroniStage;
  withPatroni({ version: "3.1.2" }, (opened) => (stage = opened));

  it("follows a switchover to a member that becomes master", async (test) => {
    const { cluster, vip, direct } = stage;
    const { leader, other } = await castOf(cluster);
    assert.equal((await leader.status()).role, "master");
    const { sentAtMs } = await cluster.switchover(other.host);
    const endMs = await stage.recovered(sentAtMs, other.host);
    const [through, past] = [vip.outage(sentAtMs, endMs), direct.outage(sentAtMs, endMs)];
    test.diagnostic(`through the VIP ${ms(through.durationMs)}, direct ${ms(past.durationMs)}`);
    assert.ok(through.durationMs - past.durationMs < 300, ms(through.durationMs));
    await stage.loss(leader.host, sentAtMs);
    assert.equal((await other.status()).role, "master");
  });

  it("has a killed postmaster restarted at once, and keeps the VIP", async (test) => {
    const leader = await quietLeader(stage.cluster);
    const { atMs, pid } = await leader.killPostmaster();
    await leader.postmasterAfter(pid);
    const endMs = await stage.recovered(monotonicMs(), leader.host);
    const outage = stage.vip.outage(atMs, endMs);
    test.diagnostic(`through the VIP ${ms(outage.durationMs)}`);
    assert.ok(outage.durationMs < NEXT_LOOP_MS, ms(outage.durationMs));
    assert.equal(await stage.lossOf(leader.host, atMs), undefined);
  });
});
