/**
 * Consul's configuration: what the real Consul thinks of it, and what keeps Patroni's lock.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import * as v from "valibot";

import { attempt } from "../../../lab/command.ts";
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { consulConfig } from "../../../src/provision/render/consul.ts";
import { makeFolder } from "../../support/folder.ts";
import { secretsFor, sixHosts, threeHosts } from "../support/clusters.ts";
import { pathOf, skipWithoutJudge } from "../support/judges.ts";

const schema = v.object({
  server: v.boolean(),
  node_name: v.string(),
  bind_addr: v.string(),
  advertise_addr: v.string(),
  client_addr: v.string(),
  encrypt: v.string(),
  bootstrap_expect: v.optional(v.number()),
  retry_join: v.array(v.string()),
  leave_on_terminate: v.literal(false),
  skip_leave_on_interrupt: v.literal(true),
  enable_script_checks: v.literal(false),
  enable_local_script_checks: v.literal(false),
  ui_config: v.optional(v.object({ enabled: v.boolean() })),
  autopilot: v.optional(v.object({ cleanup_dead_servers: v.boolean(), min_quorum: v.number() })),
  acl: v.object({
    enabled: v.literal(true),
    default_policy: v.literal("deny"),
    tokens: v.strictObject({ agent: v.string(), default: v.string() }),
  }),
});

function configsOf(cluster: Cluster) {
  const secrets = secretsFor(cluster);
  const configs = cluster.hosts.map((host) => {
    const { text } = consulConfig(cluster, host, secrets);
    return { host, config: v.parse(schema, JSON.parse(text)) };
  });
  return { secrets, configs };
}

function isServer({ roles }: Host): boolean {
  return roles.includes("consul");
}

for (const [name, cluster] of [
  ["six hosts", sixHosts()],
  ["three hosts", threeHosts()],
] as const) {
  test(`Of ${name}, servers are where they belong, and all others join them.`, () => {
    const servers = cluster.hosts.filter(isServer).map(({ address }) => address);
    for (const { host, config } of configsOf(cluster).configs) {
      assert.equal(config.server, isServer(host));
      assert.equal(config.bootstrap_expect, isServer(host) ? 3 : undefined);
      assert.equal(config.bind_addr, host.address);
      assert.equal(config.advertise_addr, host.address);
      assert.equal(config.node_name, host.name);
      assert.deepEqual(
        config.retry_join,
        servers.filter((address) => address !== host.address),
      );
    }
  });

  test(`Each of ${name} has its own agent token, and the reading one for everybody.`, () => {
    const { secrets, configs } = configsOf(cluster);
    for (const { host, config } of configs) {
      const own = secrets.agentTokens.get(host.name)?.secret.reveal();
      assert.equal(config.acl.tokens.agent, own);
      assert.equal(config.acl.tokens.default, secrets.readingToken.secret.reveal());
    }
    assert.equal(
      new Set(configs.map(({ config }) => config.acl.tokens.agent)).size,
      configs.length,
    );
  });
}

test("A server beside PostgreSQL is never cleaned away; one of its own is while a quorum stays.", () => {
  const ofThree = configsOf(threeHosts()).configs.map(({ config }) => config.autopilot);
  const kept = { cleanup_dead_servers: false, min_quorum: 3 };
  assert.deepEqual(ofThree, [kept, kept, kept]);
  const ofSix = configsOf(sixHosts()).configs.map(({ config }) => config.autopilot);
  const cleaned = { cleanup_dead_servers: true, min_quorum: 3 };
  assert.deepEqual(ofSix, [cleaned, cleaned, cleaned, undefined, undefined, undefined]);
});

test("Only servers are opened to others, and each of them still answers its own host.", () => {
  const heard = (httpAddress: string) => {
    const cluster = sixHosts();
    const { configs } = configsOf({ ...cluster, consul: { ...cluster.consul, httpAddress } });
    return configs.map(({ config }) => config.client_addr);
  };
  const here = Array(3).fill("127.0.0.1");
  assert.deepEqual(heard("127.0.0.1"), [...here, ...here]);
  assert.deepEqual(heard("0.0.0.0"), [...Array(3).fill("0.0.0.0"), ...here]);
  assert.deepEqual(heard("192.168.1.182").slice(0, 3), [
    "127.0.0.1",
    "127.0.0.1 192.168.1.182",
    "127.0.0.1",
  ]);
});

const skip = await skipWithoutJudge("consul");

test("The real Consul finds no fault with any of them.", { skip }, async (t) => {
  const consul = await pathOf("consul");
  const folder = makeFolder(t);
  for (const cluster of [sixHosts(), threeHosts()]) {
    const secrets = secretsFor(cluster);
    for (const host of cluster.hosts) {
      const file = `${folder}/${host.name}`;
      await writeFile(file, consulConfig(cluster, host, secrets).text, { mode: 0o600 });
      const { exitCode, stdout, stderr } = await attempt(
        [consul, "validate", "-config-format=json", file],
        { timeoutMs: 30_000 },
      );
      assert.equal(exitCode, 0, stdout + stderr);
      assert.doesNotMatch(stdout + stderr, /deprecat|warn|removed/i);
    }
  }
});
