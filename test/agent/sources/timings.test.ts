/**
 * What Patroni's config key says, and what is made of one that says less or nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { configKeyOf, parseTimings } from "../../../src/agent/sources/timings.ts";
import { defaultTimings } from "../../../src/policy/lease.ts";

test("the config key stands beside the leader key", () => {
  assert.equal(configKeyOf("db/test/leader"), "db/test/config");
  assert.equal(configKeyOf("db/test/0/leader"), "db/test/0/config");
  assert.equal(configKeyOf("vip/owner"), undefined);
});

const table = [
  { text: '{"ttl":20,"loop_wait":5,"retry_timeout":7,"pause":true}', seconds: [20, 5, 7] },
  { text: '{"ttl":"40","loop_wait":"10","retry_timeout":"15"}', seconds: [40, 10, 15] },
  { text: '{"ttl":5,"loop_wait":0,"retry_timeout":1}', seconds: [20, 1, 3] },
  { text: '{"ttl":45}', seconds: [45, 10, 10] },
  { text: '{"ttl":null,"loop_wait":"soon","retry_timeout":{}}', seconds: [30, 10, 10] },
];

for (const { text, seconds } of table) {
  test(`${text} means ${seconds.join("/")}`, () => {
    const [ttlMs, loopWaitMs, retryTimeoutMs] = seconds.map((value) => value * 1_000);
    assert.deepEqual(parseTimings(text), { ttlMs, loopWaitMs, retryTimeoutMs });
  });
}

test("an empty config means Patroni's defaults", () => {
  assert.deepEqual(parseTimings("{}"), defaultTimings);
});

for (const text of ["", "null", "7", "[", '"ttl"']) {
  test(`"${text}" says nothing`, () => {
    assert.equal(parseTimings(text), undefined);
  });
}
