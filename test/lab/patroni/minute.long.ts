/**
 * What takes minutes with the timings of production, 30/10/10: `npm run test:patroni` runs it.
 *
 * Goals and figures belong to the benchmark (npm run bench:failover); the bounds here tell right from
 * wrong on a busy machine.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";

import { monotonicMs, sleepMs } from "../../../lab/clock.ts";
import type { PatroniNode } from "../../../lab/patroni/node.ts";
import type { Write } from "../../../lab/patroni/writer.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";
import { ms } from "../support/stage.ts";
import { castOf, withPatroni, type PatroniStage } from "./stage.ts";

const skip = await skipWithout(...PATRONI);

const MINUTE_MS = 60_000;
/** Nobody else can have the key sooner: ttl less the oldest age of its last renewal. */
const EARLIEST_OWNER_MS = 20_000;

describe("vip-agent and Patroni in the long run", { skip }, () => {
  let stage: PatroniStage;
  withPatroni({}, (opened) => (stage = opened));

  /** Waits until somebody else has the key, and proves that the VIP went with it. */
  async function handedOver(old: PatroniNode, sinceMs: number): Promise<Write> {
    const { cluster, vip } = stage;
    const taken = await cluster.key.events.next(
      "another leader",
      ({ member }) => member !== undefined && member !== old.member,
      { sinceMs, timeoutMs: MINUTE_MS },
    );
    const next = await vip.writes.next(
      "write at another host",
      ({ host }) => host !== undefined && host !== old.host,
      { sinceMs: taken.atMs, timeoutMs: MINUTE_MS },
    );
    const strays = vip.commitsBy(old.host, taken.atMs + 50);
    assert.deepEqual(strays, [], `${strays.length} writes at the old host after the key moved`);
    return next;
  }

  function tell(test: TestContext, sinceMs: number): number {
    const nowMs = monotonicMs();
    const [through, past] = [stage.vip.outage(sinceMs, nowMs), stage.direct.outage(sinceMs, nowMs)];
    test.diagnostic(`through the VIP ${ms(through.durationMs)}, direct ${ms(past.durationMs)}`);
    test.diagnostic(`key free ${ms(stage.cluster.key.missingMs(sinceMs, nowMs))}`);
    return through.durationMs;
  }

  it("costs no second when Patroni hangs on the leader for a minute", async (test) => {
    const { leader } = await castOf(stage.cluster);
    await leader.freezePatroni();
    const frozenAtMs = monotonicMs();
    await handedOver(leader, frozenAtMs);
    await sleepMs(Math.max(0, frozenAtMs + MINUTE_MS - monotonicMs()));
    const outageMs = tell(test, frozenAtMs);
    assert.ok(outageMs < 1_000, ms(outageMs));
    const freeMs = stage.cluster.key.missingMs(frozenAtMs, monotonicMs());
    assert.ok(freeMs < 8_000, ms(freeMs));
  });

  it("costs no second when Patroni is killed on the leader and stays away", async (test) => {
    const { leader } = await castOf(stage.cluster);
    const { atMs } = await leader.killPatroni();
    await handedOver(leader, atMs);
    const outageMs = tell(test, atMs);
    assert.ok(outageMs < 1_000, ms(outageMs));
  });

  it("adds next to nothing to what a dead host costs", async (test) => {
    const { cluster, direct } = stage;
    const { leader } = await castOf(cluster);
    const crashedAtMs = await cluster.crashHost(leader.host);
    const next = await handedOver(leader, crashedAtMs);
    await direct.commit(next.host, { sinceMs: crashedAtMs });
    const outageMs = tell(test, crashedAtMs);
    const pastMs = direct.outage(crashedAtMs, monotonicMs()).durationMs;
    // A connection that began while nobody had the address repeats its SYN after 1, 2 and 4 seconds.
    assert.ok(outageMs - pastMs < 8_000, ms(outageMs - pastMs));
    await cluster.reviveHost(leader.host);
    await stage.startAgent(leader.host);
  });

  it("stays with the running primary in pause until its key has expired, and after", async (test) => {
    const { cluster, vip } = stage;
    const { leader } = await castOf(cluster);
    await cluster.pause();
    const { atMs } = await leader.stopPatroni();
    await cluster.key.missing(atMs);
    await sleepMs(10_000);
    const outageMs = tell(test, atMs);
    assert.ok(outageMs < 600, ms(outageMs));
    assert.equal(await stage.lossOf(leader.host, atMs), undefined);
    assert.equal(vip.committed().at(-1)?.host, leader.host);
  });

  it("loses no write in failsafe mode while Consul is away for a minute", async (test) => {
    const { cluster, vip } = stage;
    const { leader } = await castOf(cluster);
    await stage.setFailsafe(true);
    const frozenAtMs = await stage.freezeConsul();
    await sleepMs(MINUTE_MS);
    const thawedAtMs = stage.thawConsul();
    await stage.recovered(thawedAtMs + 5_000, leader.host);
    const outageMs = tell(test, frozenAtMs);
    assert.equal(await stage.lossOf(leader.host, frozenAtMs), undefined);
    assert.ok(outageMs < 600, ms(outageMs));
    assert.deepEqual(await cluster.lost(vip, frozenAtMs), []);
  });

  it("is gone before anybody can be promoted while Consul is away for a minute", async (test) => {
    const { cluster } = stage;
    const { leader } = await castOf(cluster);
    await stage.setFailsafe(false);
    const frozenAtMs = await stage.freezeConsul();
    await sleepMs(MINUTE_MS);
    assert.deepEqual(await stage.lab.holders(), []);
    const thawedAtMs = stage.thawConsul();
    await stage.recovered(thawedAtMs);
    tell(test, frozenAtMs);
    const lost = await stage.lossOf(leader.host, frozenAtMs);
    assert.ok(lost !== undefined);
    test.diagnostic(`VIP lost ${ms(lost.atMs - frozenAtMs)} after Consul fell silent`);
    assert.ok(lost.atMs - frozenAtMs < EARLIEST_OWNER_MS, ms(lost.atMs - frozenAtMs));
    await cluster.ready();
  });
});
