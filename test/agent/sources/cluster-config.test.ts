/**
 * What Patroni's config key says, and what is made of one that says less or nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { configKeyOf, parseConfig } from "../../../src/agent/sources/cluster-config.ts";
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
    assert.deepEqual(parseConfig(text)?.timings, { ttlMs, loopWaitMs, retryTimeoutMs });
  });
}

test("an empty config means Patroni's defaults", () => {
  const mode = { isPaused: false, hasFailsafe: false, isStandby: false };
  assert.deepEqual(parseConfig("{}"), { timings: defaultTimings, mode });
});

const modes = [
  { text: '{"pause":true}', is: "isPaused" },
  { text: '{"pause":"on"}', is: "isPaused" },
  { text: '{"pause":null}', is: undefined },
  { text: '{"pause":"off","failsafe_mode":0}', is: undefined },
  { text: '{"failsafe_mode":true}', is: "hasFailsafe" },
  { text: '{"standby_cluster":{"host":"10.0.0.1"}}', is: "isStandby" },
  { text: '{"standby_cluster":{"restore_command":"cp %f %p"}}', is: "isStandby" },
  { text: '{"standby_cluster":{}}', is: undefined },
  { text: '{"standby_cluster":null}', is: undefined },
  { text: '{"standby_cluster":"yes"}', is: undefined },
];

for (const { text, is } of modes) {
  test(`${text} means ${is ?? "an ordinary cluster"}`, () => {
    const mode = parseConfig(text)?.mode;
    assert(mode !== undefined);
    const set = Object.entries(mode).flatMap(([name, isSet]) => (isSet ? [name] : []));
    assert.deepEqual(set, is === undefined ? [] : [is]);
  });
}

for (const text of ["", "null", "7", "[", '"ttl"']) {
  test(`"${text}" says nothing`, () => {
    assert.equal(parseConfig(text), undefined);
  });
}
