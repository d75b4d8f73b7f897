/**
 * The numbers that the judges measure with, against the table of the reference and the goals.
 */
import assert from "node:assert/strict";
import { it } from "node:test";

import { gapSurvivedMs, leaseMs, silenceSurvivedMs } from "../../chaos/bounds.ts";
import { defaultTimings, quickTimings } from "../../chaos/schedule.ts";

it("the lease is as long as it is useful, and never longer than it is safe", () => {
  assert.equal(leaseMs(defaultTimings), 16_000);
  assert.equal(leaseMs(quickTimings), 8_000);
  assert.equal(leaseMs({ ttlS: 20, loopWaitS: 10, retryTimeoutS: 5 }), 6_000);
  assert.equal(leaseMs({ ttlS: 30, loopWaitS: 5, retryTimeoutS: 10 }), 11_000);
});

it("a silence of ten seconds is survived at Patroni's defaults, of two at the least", () => {
  assert.equal(silenceSurvivedMs(defaultTimings), 10_000);
  assert.equal(silenceSurvivedMs(quickTimings), 2_000);
});

it("a gap of nearly two loops is survived", () => {
  assert.equal(gapSurvivedMs(defaultTimings), 18_000);
});
