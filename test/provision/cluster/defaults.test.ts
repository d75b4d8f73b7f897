/**
 * What a cluster is when its file says nothing but what it must, and what each key changes in it.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clusterKeys, clusterRows } from "../../../src/provision/cluster/table.ts";
import { isNeeded } from "../../../src/provision/cluster/row.ts";
import { type Changes, clusterWith } from "./sketch.ts";

const host = { disks: undefined, tags: {} };

const expected = {
  scope: "test",
  namespace: "service",
  vip: { address: "192.168.1.140", prefixLength: 32, name: "test-db-cl" },
  hosts: [
    ...[1, 2, 3].map((number) => ({
      name: `test-dcs${number}`,
      address: `192.168.1.18${number}`,
      roles: ["consul"],
      interface: "",
      sshHost: `192.168.1.18${number}`,
      ...host,
    })),
    ...[1, 2, 3].map((number) => ({
      name: `test-db${number}`,
      address: `192.168.1.14${number}`,
      roles: ["database"],
      interface: "eth0",
      sshHost: `192.168.1.14${number}`,
      ...host,
    })),
  ],
  ssh: { user: undefined, port: undefined, options: [], sudo: "auto" },
  journal: { keepDays: undefined, maxSizeBytes: undefined },
  consul: {
    datacenter: "dc1",
    version: "1.22.3",
    program: { from: "/srv/clusters/consul.zip", sha256: undefined },
    logLevel: "info",
    httpAddress: "127.0.0.1",
    isUiShown: true,
    raftMultiplier: 1,
  },
  postgresql: {
    major: 15,
    profile: "distribution",
    tuning: "generic",
    port: 5432,
    locale: "C.UTF-8",
    dataRoot: "/pgsql/pg_data",
    walRoot: "/pgsql/pg_wal",
    clientNetworks: [],
    databases: [],
    roles: [],
    parameters: {},
  },
  patroni: {
    version: "4.1.5",
    wheels: undefined,
    ttlS: 30,
    loopWaitS: 10,
    retryTimeoutS: 10,
    maximumLagBytes: 1_048_576,
    isFailsafe: true,
    synchronous: "off",
    synchronousNodes: 1,
    restPort: 8008,
    restart: "on-failure",
    watchdog: "off",
    controlGroup: undefined,
    isServiceRegistered: true,
  },
  agent: {
    package: { from: "/srv/clusters/vip-agent.deb", sha256: undefined },
    metricsAddress: "loopback",
    metricsPort: 9728,
  },
};

test("A file that says only what it must is a cluster with every default.", () => {
  assert.deepEqual(clusterWith({}), expected);
});

const digest = "0123456789abcdef".repeat(4);

/** A value for each key, and what the cluster then has in its place. */
const changed: Readonly<
  Record<string, { readonly given: Changes; readonly at: string; readonly is: unknown }>
> = {
  scope: { given: { scope: "pay-1" }, at: "scope", is: "pay-1" },
  namespace: { given: { namespace: "//a/b.c//" }, at: "namespace", is: "a/b.c" },
  "vip.address": { given: { "vip.address": "10.0.0.9" }, at: "vip.address", is: "10.0.0.9" },
  "vip.prefix-length": {
    given: { "vip.prefix-length": 24 },
    at: "vip.prefixLength",
    is: 24,
  },
  "vip.name": { given: { "vip.name": "db.example.org" }, at: "vip.name", is: "db.example.org" },
  "vip.interface": {
    given: { "vip.interface": "bond0.7" },
    at: "hosts.3.interface",
    is: "bond0.7",
  },
  "hosts.*.address": {
    given: { "hosts.test-db1.address": "10.1.1.1" },
    at: "hosts.3.address",
    is: "10.1.1.1",
  },
  "hosts.*.roles": {
    given: {
      "hosts.test-dcs1.roles": ["database"],
      "hosts.test-dcs4": { address: "192.168.1.184", roles: ["consul"] },
    },
    at: "hosts.0.roles",
    is: ["database"],
  },
  "hosts.*.interface": {
    given: { "hosts.test-db2.interface": "ens3" },
    at: "hosts.4.interface",
    is: "ens3",
  },
  "hosts.*.ssh-host": {
    given: { "hosts.test-dcs1.ssh-host": "via_bastion" },
    at: "hosts.0.sshHost",
    is: "via_bastion",
  },
  "hosts.*.disks.data": {
    given: { "hosts.test-db1.disks": { data: "/dev/disk/by-id/a", wal: "/dev/disk/by-id/b" } },
    at: "hosts.3.disks.data",
    is: "/dev/disk/by-id/a",
  },
  "hosts.*.disks.wal": {
    given: { "hosts.test-db1.disks": { data: "/dev/disk/by-id/a", wal: "/dev/disk/by-id/b" } },
    at: "hosts.3.disks.wal",
    is: "/dev/disk/by-id/b",
  },
  "hosts.*.tags": {
    given: { "hosts.test-db3.tags": { nofailover: true, failover_priority: 0, zone: "north" } },
    at: "hosts.5.tags",
    is: { nofailover: true, failover_priority: 0, zone: "north" },
  },
  "ssh.user": { given: { "ssh.user": "deploy" }, at: "ssh.user", is: "deploy" },
  "ssh.port": { given: { "ssh.port": 2222 }, at: "ssh.port", is: 2222 },
  "ssh.options": {
    given: { "ssh.options": ["-J", "bastion"] },
    at: "ssh.options",
    is: ["-J", "bastion"],
  },
  "ssh.sudo": { given: { "ssh.sudo": "never" }, at: "ssh.sudo", is: "never" },
  "journal.keep-days": { given: { "journal.keep-days": 30 }, at: "journal.keepDays", is: 30 },
  "journal.max-size": {
    given: { "journal.max-size": "4GB" },
    at: "journal.maxSizeBytes",
    is: 4 * 1_024 ** 3,
  },
  "consul.datacenter": {
    given: { "consul.datacenter": "test-dcs-cluster" },
    at: "consul.datacenter",
    is: "test-dcs-cluster",
  },
  "consul.version": { given: { "consul.version": "1.16.0" }, at: "consul.version", is: "1.16.0" },
  "consul.program": {
    given: { "consul.program": "../bin/consul" },
    at: "consul.program.from",
    is: "/srv/bin/consul",
  },
  "consul.sha256": {
    given: { "consul.program": "https://example.org/c.zip", "consul.sha256": digest.toUpperCase() },
    at: "consul.program",
    is: { from: "https://example.org/c.zip", sha256: digest },
  },
  "consul.log-level": { given: { "consul.log-level": "warn" }, at: "consul.logLevel", is: "warn" },
  // With 0.0.0.0 comes a warning: stack-rules.test.ts.
  "consul.http-address": {
    given: { "consul.http-address": "127.0.0.1" },
    at: "consul.httpAddress",
    is: "127.0.0.1",
  },
  "consul.ui": { given: { "consul.ui": "no" }, at: "consul.isUiShown", is: false },
  "consul.raft-multiplier": {
    given: { "consul.raft-multiplier": 5 },
    at: "consul.raftMultiplier",
    is: 5,
  },
  "postgresql.major": { given: { "postgresql.major": "17" }, at: "postgresql.major", is: 17 },
  "postgresql.profile": {
    given: { "postgresql.profile": "postgrespro-1c" },
    at: "postgresql.profile",
    is: "postgrespro-1c",
  },
  "postgresql.tuning": { given: { "postgresql.tuning": "1c" }, at: "postgresql.tuning", is: "1c" },
  "postgresql.port": { given: { "postgresql.port": 5433 }, at: "postgresql.port", is: 5433 },
  "postgresql.locale": {
    given: { "postgresql.locale": "ru_RU.UTF-8" },
    at: "postgresql.locale",
    is: "ru_RU.UTF-8",
  },
  "postgresql.data-root": {
    given: { "postgresql.data-root": "/data//pg/" },
    at: "postgresql.dataRoot",
    is: "/data/pg",
  },
  "postgresql.wal-root": {
    given: { "postgresql.wal-root": "/wal" },
    at: "postgresql.walRoot",
    is: "/wal",
  },
  "postgresql.client-networks": {
    given: { "postgresql.client-networks": ["10.0.0.0/8", "2001:db8::/32"] },
    at: "postgresql.clientNetworks",
    is: ["10.0.0.0/8", "2001:db8::/32"],
  },
  "postgresql.databases.*.owner": {
    given: {
      "postgresql.client-networks": ["10.0.0.0/8"],
      "postgresql.roles": { app: null },
      "postgresql.databases": { shop: { owner: "app" } },
    },
    at: "postgresql.databases",
    is: [{ name: "shop", owner: "app" }],
  },
  "postgresql.roles.*.replication": {
    given: {
      "postgresql.client-networks": ["10.0.0.0/8"],
      "postgresql.roles": { app: {}, backup: { replication: true } },
    },
    at: "postgresql.roles",
    is: [
      { name: "app", isReplica: false },
      { name: "backup", isReplica: true },
    ],
  },
  "postgresql.parameters": {
    given: {
      "postgresql.parameters": { work_mem: "32MB", jit: false, random_page_cost: 1.1, x: "on" },
    },
    at: "postgresql.parameters",
    is: { work_mem: "32MB", jit: false, random_page_cost: 1.1, x: "on" },
  },
  "patroni.version": { given: { "patroni.version": "4.0.4" }, at: "patroni.version", is: "4.0.4" },
  "patroni.wheels": {
    given: { "patroni.wheels": "wheels" },
    at: "patroni.wheels",
    is: "/srv/clusters/wheels",
  },
  "patroni.ttl": { given: { "patroni.ttl": 45 }, at: "patroni.ttlS", is: 45 },
  "patroni.loop-wait": { given: { "patroni.loop-wait": 5 }, at: "patroni.loopWaitS", is: 5 },
  "patroni.retry-timeout": {
    given: { "patroni.retry-timeout": 4 },
    at: "patroni.retryTimeoutS",
    is: 4,
  },
  "patroni.maximum-lag": {
    given: { "patroni.maximum-lag": "16 MB" },
    at: "patroni.maximumLagBytes",
    is: 16_777_216,
  },
  "patroni.failsafe": { given: { "patroni.failsafe": false }, at: "patroni.isFailsafe", is: false },
  "patroni.synchronous": {
    given: { "patroni.synchronous": "strict" },
    at: "patroni.synchronous",
    is: "strict",
  },
  "patroni.synchronous-nodes": {
    given: { "patroni.synchronous": "quorum", "patroni.synchronous-nodes": 2 },
    at: "patroni.synchronousNodes",
    is: 2,
  },
  "patroni.rest-port": { given: { "patroni.rest-port": 8009 }, at: "patroni.restPort", is: 8009 },
  "patroni.restart": { given: { "patroni.restart": "no" }, at: "patroni.restart", is: "no" },
  "patroni.watchdog": {
    given: { "patroni.watchdog": "required" },
    at: "patroni.watchdog",
    is: "required",
  },
  "patroni.control-group": {
    given: { "patroni.control-group": "dba" },
    at: "patroni.controlGroup",
    is: "dba",
  },
  "patroni.register-service": {
    given: { "patroni.register-service": "off" },
    at: "patroni.isServiceRegistered",
    is: false,
  },
  "vip-agent.package": {
    given: { "vip-agent.package": "/var/cache/a.rpm" },
    at: "agent.package.from",
    is: "/var/cache/a.rpm",
  },
  "vip-agent.sha256": {
    given: { "vip-agent.sha256": digest },
    at: "agent.package.sha256",
    is: digest,
  },
  "vip-agent.metrics-address": {
    given: { "vip-agent.metrics-address": "host" },
    at: "agent.metricsAddress",
    is: "host",
  },
  "vip-agent.metrics-port": {
    given: { "vip-agent.metrics-port": 9800 },
    at: "agent.metricsPort",
    is: 9800,
  },
};

function at(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce((inner: unknown, name) => (inner as Record<string, unknown>)[name], value);
}

describe("each key has its say", () => {
  test("and none is left out here", () => {
    assert.deepEqual(Object.keys(changed).toSorted(), clusterKeys.toSorted());
  });

  for (const [key, { given, at: path, is }] of Object.entries(changed)) {
    test(key, () => assert.deepEqual(at(clusterWith(given), path), is));
  }
});

describe("every row", () => {
  for (const key of clusterKeys) {
    const row = clusterRows[key];
    test(`${key} says what it is and why, and has one standing at most`, () => {
      assert.match(row.help, /^.*\.$/);
      assert.match(row.reason, /^.*\.$/);
      assert(row.default === undefined || row.without === undefined);
      assert.notEqual(row.kind.expected, "");
    });
  }

  test("that is needed is one of those that the shortest file has", () => {
    assert.deepEqual(clusterKeys.filter((key) => isNeeded(clusterRows[key])).toSorted(), [
      "consul.program",
      "consul.version",
      "hosts.*.address",
      "hosts.*.roles",
      "patroni.version",
      "postgresql.databases.*.owner",
      "postgresql.major",
      "scope",
      "vip-agent.package",
      "vip.address",
      "vip.name",
    ]);
  });
});
