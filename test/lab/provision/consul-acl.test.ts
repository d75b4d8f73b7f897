/**
 * Policies and tokens of a real Consul, over the socket that forwarding leads to: bootstrapped once,
 * met again, and no wider than they should be.
 */
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before, describe, test } from "node:test";

import { waitUntil } from "../../../lab/clock.ts";
import { findConsul } from "../../../lab/consul-node.ts";
import { LabProcess } from "../../../lab/process.ts";
import { aclSteps, type AclFacts } from "../../../src/provision/acl/acl.ts";
import { ConsulHttp } from "../../../src/provision/acl/consul-http.ts";
import { policiesOf, tokensOf } from "../../../src/provision/render/policies.ts";
import { Secret } from "../../../src/provision/secrets/secrets.ts";
import { secretsFor, sixHosts } from "../../provision/support/clusters.ts";

const cluster = sixHosts();
const secrets = secretsFor(cluster);
const management = secrets.managementToken.secret;
const wishes = { policies: policiesOf(cluster), tokens: tokensOf(cluster, secrets) };
const folder = `${tmpdir()}/consul-${randomUUID()}`;
const socket = `${folder}/http.sock`;

function valueOf<T>(outcome: { ok: true; value: T } | { ok: false; detail: string }): T {
  if (outcome.ok) return outcome.value;
  throw new Error(outcome.detail);
}

describe("the ACL of a new Consul", () => {
  let server: LabProcess;
  let consul: ConsulHttp;

  before(async () => {
    await mkdir(`${folder}/data`, { recursive: true });
    const config = {
      server: true,
      bootstrap_expect: 1,
      datacenter: cluster.consul.datacenter,
      node_name: "test-dcs1",
      data_dir: `${folder}/data`,
      bind_addr: "127.0.0.1",
      encrypt: randomBytes(32).toString("base64"),
      addresses: { http: `unix://${socket}` },
      ports: { dns: -1, grpc: -1, grpc_tls: -1, serf_wan: -1 },
      performance: { raft_multiplier: 1 },
      acl: { enabled: true, default_policy: "deny" },
    };
    await writeFile(`${folder}/consul.json`, JSON.stringify(config));
    const argv = [await findConsul(), "agent", `-config-file=${folder}/consul.json`];
    server = new LabProcess({ name: "consul", argv, logFile: `${folder}/log` });
    consul = new ConsulHttp(socket, cluster.consul.datacenter);
    await waitUntil("Consul has a leader", async () => {
      const leader = await consul.leader();
      return leader.ok && leader.value !== "";
    });
  });

  after(async () => {
    consul.close();
    await server.kill();
  });

  test("does not know the management token before it was bootstrapped with it", async () => {
    assert.equal(valueOf(await consul.isKnown(management)), false);
  });

  test("takes the management token that was chosen before, once", async () => {
    // In its first moments a server says that it has no ACL state yet.
    await waitUntil("Consul is bootstrapped", async () => (await consul.bootstrap(management)).ok);
    assert.equal(valueOf(await consul.isKnown(management)), true);
    const again = await consul.bootstrap(new Secret(randomUUID()));
    assert.equal(again.ok ? "ok" : again.code, "denied");
  });

  test("has every policy and token after the steps, and needs none after that", async () => {
    const found = valueOf(await consul.aclFacts(management));
    const steps = aclSteps(wishes, found);
    assert.equal(steps.length, wishes.policies.length + wishes.tokens.length);
    for (const step of steps) valueOf(await consul.perform(step, management));
    assert.deepEqual(aclSteps(wishes, valueOf(await consul.aclFacts(management))), []);
    for (const { secret } of wishes.tokens)
      assert.equal(valueOf(await consul.isKnown(secret)), true);
  });

  test("mends a token that was widened by hand", async () => {
    const token = wishes.tokens.at(-1);
    assert.ok(token);
    const wide = { ...token, policies: ["global-management"] };
    valueOf(await consul.perform({ kind: "set-token", token: wide, isNew: false }, management));
    const facts: AclFacts = valueOf(await consul.aclFacts(management));
    const steps = aclSteps(wishes, facts);
    assert.equal(steps.length, 1);
    for (const step of steps) valueOf(await consul.perform(step, management));
    assert.deepEqual(aclSteps(wishes, valueOf(await consul.aclFacts(management))), []);
  });

  test("lets vip-agent's token do nothing beyond reading", async () => {
    const { secret } = secrets.vipAgentToken;
    const raft = await consul.raft(secret);
    assert.equal(raft.ok ? "ok" : raft.code, "denied");
    const policy = { name: "mine", description: "", rules: "" };
    const made = await consul.perform({ kind: "set-policy", policy, id: undefined }, secret);
    assert.equal(made.ok ? "ok" : made.code, "denied");
  });

  test("shows its servers and members to the management token", async () => {
    const [raft, ...others] = valueOf(await consul.raft(management));
    assert.deepEqual([raft?.isLeader, raft?.isVoter, others], [true, true, []]);
    const members = valueOf(await consul.members(management));
    assert.deepEqual(
      members.map(({ name, isAlive }) => [name, isAlive]),
      [["test-dcs1", true]],
    );
  });
});
