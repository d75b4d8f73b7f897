/**
 * Who may do what in Consul: enough, and no more than that.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { policiesOf, serviceName, tokensOf } from "../../../src/provision/render/policies.ts";
import { secretTexts, secretsFor, sixHosts } from "../support/clusters.ts";

const cluster = sixHosts();
const secrets = secretsFor(cluster);
const policies = new Map(policiesOf(cluster).map((policy) => [policy.name, policy.rules]));
const tokens = tokensOf(cluster, secrets);

test("The VIP agent reads the keys of its cluster, and that is all.", () => {
  assert.equal(policies.get("vip-agent-test"), 'key_prefix "db/test/" { policy = "read" }\n');
});

test("Whoever shows no token reads nodes and services, and no key.", () => {
  assert.doesNotMatch(policies.get("hosts-reading") ?? "write", /key|write/);
});

test("Patroni writes its own keys and service, and has sessions on database hosts alone.", () => {
  const written = [
    ...(policies.get("patroni-test") ?? "").matchAll(/^(.*) \{ policy = "write" \}$/gm),
  ];
  assert.deepEqual(
    written.map(([, resource]) => resource),
    [
      'key_prefix "db/test/"',
      'session "test-db1"',
      'session "test-db2"',
      'session "test-db3"',
      'service "test"',
    ],
  );
});

test("Without registration there is no right to a service.", () => {
  const patroni = { ...cluster.patroni, isServiceRegistered: false };
  const rules = policiesOf({ ...cluster, patroni }).map((policy) => policy.rules);
  assert.doesNotMatch(rules.join("\n"), /service "test"/);
});

test("A cluster without a namespace has keys of its own all the same.", () => {
  const rules = policiesOf({ ...cluster, namespace: "" }).map((policy) => policy.rules);
  assert.match(rules.join("\n"), /key_prefix "test\/" /);
});

test("Every token but the management one is made, and each names policies that exist.", () => {
  const wanted = new Set(secretTexts(secrets).values());
  wanted.delete(secrets.managementToken.secret.reveal());
  const made = tokens.map(({ secret }) => secret.reveal());
  assert.equal(new Set(made).size, made.length);
  assert.deepEqual(
    made.filter((secret) => !wanted.has(secret)),
    [],
  );
  assert.equal(tokens.length, cluster.hosts.length + 3);
  const unknown = tokens.flatMap((token) => token.policies).filter((name) => !policies.has(name));
  assert.deepEqual(unknown, []);
});

test("An agent's token is its node, and no policy.", () => {
  for (const { name } of cluster.hosts) {
    const accessor = secrets.agentTokens.get(name)?.accessor;
    const token = tokens.find((one) => one.accessor === accessor);
    assert.deepEqual([token?.nodeName, token?.policies], [name, []]);
  }
});

test("A service is called as Patroni calls it.", () => {
  assert.equal(serviceName("Main_1.x"), "main-1-x");
  assert.equal(serviceName("a/b"), "au0047b");
  assert.equal(serviceName("x".repeat(300)).length, 230);
});
