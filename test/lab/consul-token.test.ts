/**
 * A token that Consul no longer accepts means "unknown", never "there is no key".
 *
 * The Consul of this file denies by default. Somebody revokes the agent's token, as happens when
 * tokens are rotated in the wrong order: the VIP is held for the lease, the log says what is wrong,
 * and the agent is well again, without a restart, when the token is.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { LAB, skipWithout } from "./support/capabilities.ts";
import { monotonicMs } from "../../lab/clock.ts";
import { LEADER_KEY } from "../../lab/leader-key.ts";
import {
  deletionsOf,
  isAdded,
  isDeleted,
  reasonsOf,
  Stage,
  withStage,
  verdict,
  WIDE_MS,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB);

const RULES = 'key_prefix "db/test/" { policy = "read" }';

describe("VIP of an agent whose token is revoked", { skip }, () => {
  let stage: Stage;
  let token: { accessor: string; secret: string };

  withStage(async () => {
    stage = await Stage.open({ acl: true });
    token = await stage.lab.consul.createToken(RULES);
    return stage;
  });

  function settings(): Record<string, unknown> {
    return { "consul-token": token.secret, "lease-margin": 10_000, "consul-wait": 2_000 };
  }

  // Revoking is done by name of the accessor; a token may be given back under its old secret.
  async function restore(): Promise<void> {
    const { accessor, secret } = token;
    const policies = await stage.lab.consul.call("acl/policies");
    const names: { Name: string }[] = JSON.parse(policies.body);
    const name = names.map(({ Name }) => Name).find((candidate) => candidate.startsWith("lab-"));
    const body = { AccessorID: accessor, SecretID: secret, Policies: [{ Name: name }] };
    const answer = await stage.lab.consul.call("acl/token", {
      method: "PUT",
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, answer.body);
  }

  // vip-manager: dropped at once, as at every error (F3).
  it("stays, and the log names the cause, while the lease runs", async () => {
    const { agent, addresses } = await stage.holder("db1", settings());
    await stage.lab.consul.revokeToken(token.accessor);
    // Patroni's timings are read with the same token, and may fail first.
    const { fields } = await agent.events.next(
      "trouble with the leader key",
      ({ event, fields: { key } }) => event === "consul-trouble" && key === LEADER_KEY,
      { timeoutMs: WIDE_MS },
    );
    const restoredAtMs = monotonicMs();
    await restore();
    await agent.event("consul-back", { timeoutMs: WIDE_MS });
    await verdict(agent, "leader", { sinceMs: restoredAtMs });
    const seen = { cause: fields["cause"], deleted: await deletionsOf(addresses) };
    assert.deepEqual(seen, { cause: "forbidden", deleted: [] });
  });

  it("leaves at the end of the lease and is back when the token is", async () => {
    const { agent, addresses } = await stage.holder("db1", settings());
    await stage.lab.consul.revokeToken(token.accessor);
    await addresses.next("release", isDeleted, { timeoutMs: 30_000 });
    const restoredAtMs = monotonicMs();
    await restore();
    await addresses.next("bind", isAdded, { sinceMs: restoredAtMs, timeoutMs: WIDE_MS });
    await verdict(agent, "leader", { sinceMs: restoredAtMs });
    const reasons = ["starting", "leader", "lease-running", "lease-over", "leader"];
    assert.deepEqual(reasonsOf(agent), reasons);
  });

  it("is not bound by an agent that may not read the key", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const addresses = await stage.addresses("db1");
    const agent = await stage.agent("db1", { "consul-token": "no-such-token" });
    await agent.event("consul-trouble", { timeoutMs: WIDE_MS });
    await agent.term();
    assert.deepEqual(await addresses.upToNow(), []);
  });
});
