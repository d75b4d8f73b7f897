/**
 * Rules about Patroni, databases, sources, ports and what is open: each with the file that breaks
 * it, and with one that just does not. And what holds for every rule.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { no, suite } from "./rule-suite.ts";
import { clusterWith, complaintsWith } from "./sketch.ts";

suite(
  "Patroni",
  [
    {
      title: "a ttl that its retries outlast",
      changes: { "patroni.ttl": 29 },
      key: "patroni.ttl",
      value: "29",
      wrong: /30 seconds/,
      remedy: /write 30 or more/,
    },
    {
      title: "retries that outlast the default ttl",
      changes: { "patroni.retry-timeout": 11 },
      key: "patroni.ttl",
      value: "30",
      wrong: /32 seconds/,
    },
    {
      title: "a lease that is too short",
      changes: { "patroni.ttl": 20, "patroni.loop-wait": 9, "patroni.retry-timeout": 5 },
      severity: "warning",
      key: "patroni.ttl",
      wrong: /leaves vip-agent 7 seconds/,
      remedy: /write 21 or more/,
    },
    {
      title: "strict with one replica",
      changes: { ...no("test-db3"), "patroni.synchronous": "strict" },
      key: "patroni.synchronous",
      value: "strict",
      wrong: /there are 1/,
      expected: /2 replicas/,
    },
    {
      title: "strict with no replica to spare",
      changes: { "patroni.synchronous": "strict", "patroni.synchronous-nodes": 2 },
      key: "patroni.synchronous",
      wrong: /there are 2/,
      expected: /3 replicas/,
    },
    {
      title: "more replicas to confirm than there are",
      changes: { "patroni.synchronous": "on", "patroni.synchronous-nodes": 3 },
      severity: "warning",
      key: "patroni.synchronous-nodes",
      value: "3",
      wrong: /asks for 3 replicas to confirm, and there are 2/,
    },
    {
      title: "replicas to confirm nothing",
      changes: { "patroni.synchronous-nodes": 2 },
      severity: "warning",
      key: "patroni.synchronous-nodes",
      wrong: /no effect/,
    },
    {
      title: "nobody may lead",
      changes: {
        "hosts.test-db1.tags": { nofailover: true },
        "hosts.test-db2.tags": { nofailover: "yes" },
        "hosts.test-db3.tags": { failover_priority: 0 },
      },
      key: "hosts.test-db1.tags",
      wrong: /every other database host/,
    },
    {
      title: "a cascade from nowhere",
      changes: { "hosts.test-db2.tags": { replicatefrom: "test-db9" } },
      key: "hosts.test-db2.tags.replicatefrom",
      value: "test-db9",
      wrong: /no other database host/,
    },
    {
      title: "a cascade from itself",
      changes: { "hosts.test-db2.tags": { replicatefrom: "test-db2" } },
      key: "hosts.test-db2.tags.replicatefrom",
      wrong: /no other database host/,
    },
    {
      title: "an old one",
      changes: { "patroni.version": "4.0.3" },
      key: "patroni.version",
      wrong: /Consul client/,
      expected: /4\.0\.4/,
    },
  ],
  [
    { "patroni.ttl": 21, "patroni.loop-wait": 9, "patroni.retry-timeout": 6 },
    { "patroni.synchronous": "strict" },
    { ...no("test-db3"), "patroni.synchronous": "on" },
    { "hosts.test-db1.tags": { nofailover: true }, "hosts.test-db2.tags": { nofailover: true } },
    {
      "hosts.test-db1.tags": { nofailover: true },
      "hosts.test-db2.tags": { nofailover: true },
      "hosts.test-db3.tags": { nofailover: false, failover_priority: 0 },
    },
    { "hosts.test-db2.tags": { replicatefrom: "test-db1" } },
    { "patroni.version": "10.0.0" },
  ],
);

const networks = { "postgresql.client-networks": ["10.0.0.0/8"] };

suite(
  "databases and roles",
  [
    ...["postgres", "replicator", "rewind_user"].map((name) => ({
      title: `a role that is Patroni's: ${name}`,
      changes: { ...networks, "postgresql.roles": { [name]: {} } },
      key: `postgresql.roles.${name}`,
      wrong: /made for Patroni/,
    })),
    {
      title: "a role that is PostgreSQL's",
      changes: { ...networks, "postgresql.roles": { pg_monitor: {} } },
      key: "postgresql.roles.pg_monitor",
      wrong: /begins with pg_/,
    },
    {
      title: "a role that is a word of pg_hba.conf",
      changes: { ...networks, "postgresql.roles": { all: {} } },
      key: "postgresql.roles.all",
      wrong: /reads as another/,
    },
    {
      title: "a database that is there already",
      changes: {
        ...networks,
        "postgresql.roles": { app: {} },
        "postgresql.databases": { template1: { owner: "app" } },
      },
      key: "postgresql.databases.template1",
      wrong: /has a meaning/,
    },
    {
      title: "an owner who is no role",
      changes: { ...networks, "postgresql.databases": { shop: { owner: "app" } } },
      key: "postgresql.databases.shop.owner",
      value: "app",
      wrong: /no role below/,
      remedy: /as app: \{\}/,
    },
    {
      title: "an owner who is misspelled",
      changes: {
        ...networks,
        "postgresql.roles": { shop_owner: {}, other: {} },
        "postgresql.databases": { shop: { owner: "shop_ower" } },
      },
      key: "postgresql.databases.shop.owner",
      wrong: /no role below/,
      expected: /shop_owner and other/,
      remedy: /if shop_owner is meant/,
    },
    {
      title: "roles that come from nowhere",
      changes: { "postgresql.roles": { app: {} } },
      severity: "warning",
      key: "postgresql.client-networks",
      wrong: /from the hosts alone/,
    },
  ],
  [{ ...networks, "postgresql.roles": { app: {} } }, networks],
);

const digest = "0123456789abcdef".repeat(4);

suite(
  "sources",
  [
    {
      title: "a program from the network without a digest",
      changes: { "consul.program": "https://example.org/consul.zip" },
      key: "consul.sha256",
      wrong: /is missing: consul\.program is an address/,
      remedy: /sha256sum/,
    },
    {
      title: "a package from the network without a digest",
      changes: { "vip-agent.package": "https://example.org/vip-agent.rpm?x=1" },
      key: "vip-agent.sha256",
      wrong: /is missing: vip-agent\.package is an address/,
    },
    {
      title: "a package that is none",
      changes: { "vip-agent.package": "vip-agent.tar.gz" },
      key: "vip-agent.package",
      wrong: /no package/,
      expected: /\.deb or \.rpm/,
    },
    {
      title: "an old Consul",
      changes: { "consul.version": "1.9.17" },
      severity: "warning",
      key: "consul.version",
      wrong: /older/,
    },
  ],
  [
    { "consul.program": "https://example.org/consul.zip", "consul.sha256": digest },
    { "vip-agent.package": "//[/vip-agent.deb" },
    { "consul.version": "1.22.3+ent" },
  ],
);

suite(
  "ports",
  [
    {
      title: "of PostgreSQL and Patroni",
      changes: { "postgresql.port": 8008 },
      key: "patroni.rest-port",
      value: "8008",
      wrong: /port of postgresql\.port too/,
    },
    {
      title: "of Consul",
      changes: { "vip-agent.metrics-port": 8500 },
      key: "vip-agent.metrics-port",
      wrong: /Consul's HTTP/,
    },
    {
      title: "of ssh, which is not said",
      changes: { "patroni.rest-port": 22 },
      key: "patroni.rest-port",
      wrong: /ssh\.port/,
    },
  ],
  [{ "ssh.port": 2222, "patroni.rest-port": 22 }],
);

suite(
  "what is open to others",
  [
    {
      title: "Consul's HTTP",
      changes: { "consul.http-address": "0.0.0.0" },
      severity: "warning",
      key: "consul.http-address",
      wrong: /in clear/,
      remedy: /ssh -L/,
    },
    ...[["-o", "StrictHostKeyChecking=no"], ["-oStrictHostKeyChecking=off"]].map((options) => ({
      title: `host keys: ${options.join(" ")}`,
      changes: { "ssh.options": options },
      severity: "warning" as const,
      key: "ssh.options",
      wrong: /host keys off/,
    })),
    {
      title: "options that are none",
      changes: { "ssh.options": ["bastion", "-v"] },
      key: "ssh.options",
      value: "bastion",
      wrong: /no option/,
    },
  ],
  [{ "ssh.options": ["-o", "StrictHostKeyChecking=accept-new"] }],
);

test("A rule is silent about a key that is wrong by itself.", () => {
  const changes = { "patroni.ttl": "soon", "hosts.test-db1.roles": ["db"], "vip.address": "x" };
  assert.deepEqual(
    complaintsWith(changes)
      .map(({ key }) => key)
      .toSorted(),
    ["hosts.test-db1.roles[0]", "patroni.ttl", "vip.address"],
  );
});

test("Rules speak while other keys are wrong.", () => {
  const changes = { "patroni.version": undefined, "patroni.ttl": 25, "postgresql.port": 8008 };
  assert.deepEqual(
    complaintsWith(changes)
      .map(({ key }) => key)
      .toSorted(),
    ["patroni.rest-port", "patroni.ttl", "patroni.version"],
  );
});

test("A warning leaves the cluster as it is.", () => {
  const roles = clusterWith({ ...networks, "postgresql.roles": { app: {} } }).postgresql.roles;
  assert.deepEqual(roles, [{ name: "app", isReplica: false }]);
});
