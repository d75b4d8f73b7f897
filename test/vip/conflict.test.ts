/**
 * Who answers for the VIP, from what arping prints.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { strangerIn } from "../../src/vip/conflict.ts";

const answered = `ARPING 10.0.0.9 from 0.0.0.0 eth0
Unicast reply from 10.0.0.9 [5A:7D:09:A7:37:83]  0.525ms
Sent 1 probes (1 broadcast(s))
Received 1 response(s)
`;

const silent = `ARPING 10.0.0.8 from 0.0.0.0 eth0
Sent 1 probes (1 broadcast(s))
Received 0 response(s)
`;

test("the MAC of who answers, in lower case", () => {
  assert.equal(strangerIn(answered, "02:00:00:00:00:01"), "5a:7d:09:a7:37:83");
});

test("silence is nobody", () => {
  assert.equal(strangerIn(silent, "02:00:00:00:00:01"), undefined);
});

test("an answer that carries our own MAC is nobody else's", () => {
  assert.equal(strangerIn(answered, "5a:7d:09:a7:37:83"), undefined);
});
