/**
 * The judge of losses, with rounds made by hand: each excuse excuses what it is for, and nothing else
 * does.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { deathSurvivedMs, gapSurvivedMs, silenceSurvivedMs } from "../../chaos/bounds.ts";
import type { Evidence } from "../../chaos/evidence.ts";
import { lossesIn } from "../../chaos/losses.ts";
import { defaultTimings, quickTimings } from "../../chaos/schedule.ts";
import { evidence, hold, movedAt, ROUND_MS } from "./support.ts";

const LOST_MS = 20_000;
const BACK_MS = 21_500;

/** db1 stays the owner, and loses the VIP for a second and a half. */
function lost(changes: Partial<Evidence> = {}): Evidence {
  return evidence({
    holds: [hold("db1", -1_000, LOST_MS), hold("db1", BACK_MS, ROUND_MS)],
    removals: [{ host: "db1", atMs: LOST_MS }],
    ...changes,
  });
}

function excuseOf(changes: Partial<Evidence>): string | undefined {
  const losses = lossesIn(lost(changes));
  assert.equal(losses.length, 1, JSON.stringify(losses));
  return losses[0]?.excuse;
}

describe("loss of the VIP on the leader's host", () => {
  it("is needless where nothing happened, and lasts until it is back", () => {
    assert.deepEqual(lossesIn(lost()), [
      { host: "db1", fromMs: LOST_MS, toMs: BACK_MS, excuse: undefined, needlessMs: 1_500 },
    ]);
  });

  it("is none where the key names another", () => {
    assert.deepEqual(lossesIn(lost({ keySteps: movedAt(LOST_MS - 5) })), []);
  });

  it("is none where the key is seen to name another a moment later", () => {
    assert.deepEqual(lossesIn(lost({ keySteps: movedAt(LOST_MS + 20) })), []);
  });

  it("is needless where the key moves only long after", () => {
    assert.equal(excuseOf({ keySteps: movedAt(LOST_MS + 5_000) }), undefined);
  });

  it("is none on a host that was never the owner", () => {
    const removals = [{ host: "db3", atMs: LOST_MS }];
    assert.deepEqual(lossesIn(lost({ removals })), []);
    const keySteps = [
      { atMs: -1_000, host: "db1" },
      { atMs: LOST_MS - 500, host: undefined },
    ];
    assert.deepEqual(lossesIn(lost({ removals, keySteps })), []);
  });

  it("is excused by a stop of its agent", () => {
    const agentSpans = [{ ...hold("db1", LOST_MS - 10, BACK_MS), kind: "stopped" as const }];
    assert.equal(excuseOf({ agentSpans }), "agent-stopped");
  });

  it("is excused by a death of its agent that no lifetime bridges, not by a short one", () => {
    const longAgoMs = LOST_MS - deathSurvivedMs - 10;
    const dead = [{ ...hold("db1", longAgoMs, LOST_MS + 100), kind: "killed" as const }];
    assert.equal(excuseOf({ agentSpans: dead }), "agent-dead");
    const short = [{ ...hold("db1", LOST_MS - 3_000, LOST_MS - 2_500), kind: "killed" as const }];
    assert.equal(excuseOf({ agentSpans: short }), undefined);
  });

  it("is not excused by a death of its agent long before", () => {
    const agentSpans = [{ ...hold("db1", 1_000, 9_000), kind: "killed" as const }];
    assert.equal(excuseOf({ agentSpans }), undefined);
  });

  it("is not excused by the death of another host's agent", () => {
    const agentSpans = [{ ...hold("db2", 0, ROUND_MS), kind: "killed" as const }];
    assert.equal(excuseOf({ agentSpans }), undefined);
  });

  it("is excused by a restart in a silence of Consul", () => {
    const agentSpans = [
      { ...hold("db1", LOST_MS - 4_000, LOST_MS - 3_500), kind: "killed" as const },
    ];
    const blindSpans = [hold("db1", LOST_MS - 4_000, LOST_MS - 500)];
    assert.equal(excuseOf({ agentSpans, blindSpans }), "started-in-silence");
  });

  for (const timings of [quickTimings, defaultTimings]) {
    it(`is excused by a silence of Consul that outlasts the lease at ttl ${timings.ttlS}`, () => {
      const survivedMs = silenceSurvivedMs(timings);
      const long = [hold("db1", LOST_MS - survivedMs - 1, BACK_MS)];
      assert.equal(excuseOf({ timings, blindSpans: long }), "consul-silent");
      const short = [hold("db1", LOST_MS - survivedMs + 1, BACK_MS)];
      assert.equal(excuseOf({ timings, blindSpans: short }), undefined);
    });
  }

  it("is needless only until it would have become necessary, where the silence goes on", () => {
    const silenceMs = 200;
    const blindSpans = [hold("db1", LOST_MS - silenceMs, ROUND_MS)];
    const holds = [hold("db1", -1_000, LOST_MS)];
    const [loss] = lossesIn(lost({ blindSpans, holds }));
    assert.equal(loss?.needlessMs, silenceSurvivedMs(quickTimings) - silenceMs);
  });

  it("is not excused by a silence of Consul on another host", () => {
    assert.equal(excuseOf({ blindSpans: [hold("db2", 0, ROUND_MS)] }), undefined);
  });

  it("is needless while the key is missing for a moment, and excused when it stays away", () => {
    const missingAt = (atMs: number): Evidence["keySteps"] => [
      { atMs: -1_000, host: "db1" },
      { atMs, host: undefined },
      { atMs: BACK_MS, host: "db1" },
    ];
    assert.equal(excuseOf({ keySteps: missingAt(LOST_MS - 500) }), undefined);
    const longAgoMs = LOST_MS - gapSurvivedMs(quickTimings);
    assert.equal(excuseOf({ keySteps: missingAt(longAgoMs) }), "key-gone-too-long");
  });

  it("is excused by a silence of Consul while the key is missing", () => {
    const keySteps = [
      { atMs: -1_000, host: "db1" },
      { atMs: LOST_MS - 2_000, host: undefined },
      { atMs: BACK_MS, host: "db1" },
    ];
    const blindSpans = [hold("db1", LOST_MS - 1_000, LOST_MS)];
    assert.equal(excuseOf({ keySteps, blindSpans }), "silence-in-gap");
  });

  it("is excused by a start of its own agent while the key is missing, not of another's", () => {
    const keySteps = [
      { atMs: -1_000, host: "db1" },
      { atMs: LOST_MS - 2_000, host: undefined },
      { atMs: BACK_MS, host: "db1" },
    ];
    const startOn = (host: string): string | undefined => {
      const agentSpans = [
        { ...hold(host, LOST_MS - 1_500, LOST_MS - 1_000), kind: "killed" as const },
      ];
      return excuseOf({ keySteps, agentSpans });
    };
    assert.equal(startOn("db1"), "started-in-gap");
    assert.equal(startOn("db2"), undefined);
  });

  it("by hand is excused when the VIP is back within a second, not when later", () => {
    const handMade = [{ host: "db1", atMs: LOST_MS - 5, kind: "removed" as const }];
    assert.equal(excuseOf({ handMade }), undefined);
    const holds = [hold("db1", -1_000, LOST_MS), hold("db1", LOST_MS + 30, ROUND_MS)];
    assert.equal(excuseOf({ handMade, holds }), "by-hand");
    const added = [{ host: "db1", atMs: LOST_MS - 5, kind: "added" as const }];
    assert.equal(excuseOf({ handMade: added, holds }), undefined);
  });
});
