/**
 * The length of the lease for the timings that users have, in whole seconds to compare with
 * Patroni's documentation.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { gapGraceMs, leaseLengthMs } from "../../src/policy/lease.ts";

const marginMs = 4_000;

const table = [
  { ttl: 30, loopWait: 10, retryTimeout: 10, lease: 16, because: "Patroni's defaults" },
  { ttl: 30, loopWait: 5, retryTimeout: 10, lease: 11, because: "PostgreSQL stops after 15 s" },
  { ttl: 20, loopWait: 10, retryTimeout: 5, lease: 6, because: "the lock may end after 10 s" },
  { ttl: 20, loopWait: 5, retryTimeout: 7, lease: 8, because: "PostgreSQL stops after 12 s" },
  { ttl: 20, loopWait: 3, retryTimeout: 8, lease: 8, because: "shorter would flap, 13 s are safe" },
  { ttl: 20, loopWait: 1, retryTimeout: 3, lease: 8, because: "shorter would flap, 15 s are safe" },
  { ttl: 20, loopWait: 17, retryTimeout: 3, lease: 0, because: "the margin leaves nothing" },
];

for (const { ttl, loopWait, retryTimeout, lease, because } of table) {
  test(`ttl ${ttl}, loop_wait ${loopWait}, retry_timeout ${retryTimeout}: ${because}`, () => {
    const timings = {
      ttlMs: ttl * 1_000,
      loopWaitMs: loopWait * 1_000,
      retryTimeoutMs: retryTimeout * 1_000,
    };
    assert.equal(leaseLengthMs(timings, marginMs), lease * 1_000);
  });
}

test("a lease ends before anyone else can own the key, for every timing that Patroni takes", () => {
  const timing = (min: number) => fc.integer({ min: min * 1_000, max: 300_000 });
  fc.assert(
    fc.property(timing(20), timing(1), timing(3), (ttlMs, loopWaitMs, retryTimeoutMs) => {
      fc.pre(loopWaitMs + 2 * retryTimeoutMs <= ttlMs);
      const lengthMs = leaseLengthMs({ ttlMs, loopWaitMs, retryTimeoutMs }, marginMs);
      assert(lengthMs >= 0);
      assert(lengthMs === 0 || lengthMs + marginMs <= ttlMs - loopWaitMs);
    }),
  );
});

test("the grace for a missing key is longer than the longest gap that was measured, 12.0 s", () => {
  const graceMs = gapGraceMs({ ttlMs: 30_000, loopWaitMs: 10_000, retryTimeoutMs: 10_000 });
  assert(graceMs > 12_000 + 1_000);
});
