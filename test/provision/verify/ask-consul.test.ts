/**
 * Consul's answers to verify, from a real Consul with the policies and tokens of the cluster.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { done } from "../../../src/outcome.ts";
import { aclSteps } from "../../../src/provision/acl/acl.ts";
import { ConsulHttp } from "../../../src/provision/acl/consul-http.ts";
import { Ports } from "../../../src/provision/phases/ports.ts";
import { policiesOf, tokensOf } from "../../../src/provision/render/policies.ts";
import { askConsul } from "../../../src/provision/verify/ask-consul.ts";
import { consulFindings } from "../../../src/provision/verify/judge-consul.ts";
import { makeFolder } from "../../support/folder.ts";
import { namesOf } from "../preflight/surveys.ts";
import { sandboxProblem } from "../preflight/sandboxed.ts";
import { sixHosts } from "../support/clusters.ts";
import { executorsOf, worldOf } from "./worlds.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const world = worldOf(sixHosts());
const { cluster, secrets } = world;
const folder = makeFolder();
const socket = join(folder, "http.sock");

const consulPath = spawnSync("sh", [join(root, "setup", "consul-path.sh")], { encoding: "utf8" });
const consul = consulPath.status === 0 ? consulPath.stdout.trim() : undefined;
const skip = consul === undefined ? "there is no Consul: npm run setup" : sandboxProblem();

let server: ChildProcess | undefined;

function config(): object {
  return {
    datacenter: cluster.consul.datacenter,
    node_name: "test-dcs1",
    server: true,
    bootstrap_expect: 1,
    bind_addr: "127.0.0.1",
    data_dir: join(folder, "data"),
    addresses: { http: `unix://${socket}` },
    performance: { raft_multiplier: 1 },
    acl: {
      enabled: true,
      default_policy: "deny",
      tokens: {
        initial_management: secrets.managementToken.secret.reveal(),
        default: secrets.readingToken.secret.reveal(),
      },
    },
  };
}

before(async () => {
  if (skip !== false || consul === undefined) return;
  const file = join(folder, "consul.json");
  writeFileSync(file, JSON.stringify(config()), { mode: 0o600 });
  // Consul's socket is a file, and so it is reached from outside of the sandbox.
  const command = [join(root, "lab", "sandbox.sh"), consul, "agent", `-config-file=${file}`];
  server = spawn("sh", command, { stdio: "ignore" });
  const http = new ConsulHttp(socket, cluster.consul.datacenter);
  const { secret } = secrets.managementToken;
  const deadline = Date.now() + 60_000;
  // A leader, and a management token that counts.
  for (;;) {
    const known = await http.isKnown(secret);
    if (known.ok && known.value) break;
    assert(Date.now() < deadline, "Consul does not get ready");
    await sleep(100);
  }
  const wishes = { policies: policiesOf(cluster), tokens: tokensOf(cluster, secrets) };
  for (const step of aclSteps(wishes, { policies: [], tokens: [] })) {
    const performed = await http.perform(step, secret);
    assert(performed.ok, performed.ok ? "" : performed.detail);
  }
  http.close();
});

after(() => server?.kill("SIGTERM"));

/** Only the first server runs. */
async function look() {
  const executors = executorsOf(cluster, (host) =>
    host === "test-dcs1" ? { forward: () => done(socket) } : {},
  );
  const ports = new Ports(cluster, executors);
  try {
    return await askConsul(world, ports);
  } finally {
    ports.close();
  }
}

test(
  "every token may do its work, and nothing beyond, by Consul's own word",
  { skip },
  async () => {
    const { grants, anonymous, leaders, raft, members } = await look();
    assert.equal(grants.length, cluster.hosts.length + 3);
    for (const { token, may, mayNot, allowed } of grants) {
      assert(may.length > 0 && mayNot.length > 0, token);
      assert(allowed.ok, token);
      const wanted = [...may.map(() => true), ...mayNot.map(() => false)];
      assert.deepEqual(allowed.value, wanted, token);
    }
    assert.deepEqual(anonymous.get("test-dcs1"), done(403));
    assert.deepEqual(leaders.get("test-dcs1"), done("127.0.0.1:8300"));
    assert.deepEqual(raft.ok && raft.value, [{ name: "test-dcs1", isLeader: true, isVoter: true }]);
    assert.deepEqual(members.ok && members.value.map(({ name, isAlive }) => ({ name, isAlive })), [
      { name: "test-dcs1", isAlive: true },
    ]);
  },
);

test("the leader key is read by the agent's token: missing, then there", { skip }, async () => {
  assert.deepEqual((await look()).leaderKey, done(undefined));
  const { HttpChannel } = await import("../../../src/clients/http-channel.ts");
  const options = { origin: "http://localhost", socketPath: socket, tls: {}, isUnchecked: false };
  const channel = new HttpChannel({ ...options, maxBodyBytes: 100_000 });
  const headers = { "X-Consul-Token": secrets.patroniToken.secret.reveal() };
  const path = "/v1/kv/db/test/leader";
  const body = "test-db2";
  const put = await channel.ask({ method: "PUT", path, headers, body, deadlineMs: 5_000 });
  channel.close();
  assert.equal(put.ok && put.value.status, 200);
  const { leaderKey } = await look();
  assert.deepEqual(leaderKey, done({ member: "test-db2", hasSession: false }));
});

test("tokens that a policy has made too strong are found", { skip }, async () => {
  const http = new ConsulHttp(socket, cluster.consul.datacenter);
  const { secret } = secrets.managementToken;
  const facts = await http.aclFacts(secret);
  assert(facts.ok);
  const policy = facts.value.policies.find(({ name }) => name === "vip-agent-test");
  assert(policy !== undefined);
  const rules = 'key_prefix "" { policy = "write" }';
  const set = async (text: string) => {
    const wish = { name: policy.name, description: policy.description, rules: text };
    const step = { kind: "set-policy", policy: wish, id: policy.id } as const;
    assert((await http.perform(step, secret)).ok);
  };
  await set(rules);
  const strong = consulFindings(cluster, await look()).filter(
    ({ code }) => code === "consul-token",
  );
  await set(policy.rules);
  http.close();
  assert.deepEqual(namesOf(strong), ["error - consul-token", "error - consul-token"]);
  assert.match(strong.map(({ finding }) => finding).join("\n"), /may write key db\/test\/leader/);
});
