/**
 * The schema that is shipped for editors is that of the table, and of one mind with the reading.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { isError } from "../../../src/complaints.ts";
import { initText } from "../../../src/provision/cluster/init.ts";
import { clusterSchema } from "../../../src/provision/cluster/json-schema.ts";
import { clusterKeys, clusterRows } from "../../../src/provision/cluster/table.ts";
import { schemaProblems } from "../../support/schema-check.ts";
import { type Changes, complaintsWith, sketchWith } from "./sketch.ts";

const schema = clusterSchema();
const root = join(import.meta.dirname, "../../..");

test("The shipped file is that of the table; if not, run: node setup/cluster-schema.ts", () => {
  const file = join(root, "packaging/vip-agent-cluster.schema.json");
  const shipped: unknown = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(shipped, JSON.parse(JSON.stringify(schema)));
});

test("Every key is in it, with what it is for and its default.", () => {
  for (const key of clusterKeys) {
    let place = schema;
    for (const name of key.split(".")) {
      const below = name === "*" ? place.additionalProperties : place.properties?.[name];
      assert(below !== undefined && below !== false, `${key} is not there`);
      place = below;
    }
    const row = clusterRows[key];
    assert(place.description?.startsWith(row.help), key);
    assert.deepEqual(place.default, row.default);
    if (row.default !== undefined) assert.deepEqual(schemaProblems(place, row.default), [], key);
  }
});

test("It accepts what init writes.", () => {
  for (const kind of ["six-hosts", "three-hosts"] as const) {
    assert.deepEqual(schemaProblems(schema, parse(initText(kind))), []);
  }
});

const networks = { "postgresql.client-networks": ["10.0.0.0/8", "2001:db8::/32"] };
const digest = "0123456789abcdefABCDEF0123456789".repeat(2);

const accepted: readonly Changes[] = [
  {},
  { namespace: "/db/", ssh: null },
  { "vip.prefix-length": "24" },
  { "hosts.test-db1.disks": { data: "/dev/disk/by-id/a", wal: "/dev/disk/by-id/b:1" } },
  { "hosts.test-db1.disks": null },
  { "hosts.test-db1.tags": { nofailover: "no", failover_priority: 3, zone: "a" } },
  { "hosts.test-db1.ssh-host": "db1.example.org" },
  { "ssh.options": ["-o", "ProxyJump=b"], "ssh.port": 2222 },
  { "consul.program": "https://example.org/c.zip", "consul.sha256": digest },
  { "consul.ui": "off", "consul.raft-multiplier": "3" },
  { ...networks, "postgresql.roles": { app: null, b: { replication: true } } },
  { ...networks, "postgresql.databases": {}, "postgresql.parameters": { "a.b": 1 } },
  { "journal.keep-days": 30, "journal.max-size": "4GB" },
  { "patroni.maximum-lag": "16MB" },
  { "patroni.maximum-lag": 1048576 },
  { "patroni.wheels": "./wheels" },
];

const refused: readonly Changes[] = [
  { scope: "Test" },
  { scope: undefined },
  { scope: null },
  { colour: "red" },
  { vip: undefined },
  { "vip.address": "192.168.1.140/24" },
  { "vip.prefix-length": 33 },
  { "vip.prefix_length": 32 },
  { hosts: {} },
  { hosts: null },
  { "hosts.Test-DB9": { address: "10.0.0.1", roles: ["database"] } },
  { "hosts.test-db1.roles": [] },
  { "hosts.test-db1.roles": ["db"] },
  { "hosts.test-db1.address": undefined },
  { "hosts.test-db1.disks": { data: "sdb", wal: "/dev/sdc" } },
  { "hosts.test-db1.tags": { "a-b": 1 } },
  { "ssh.port": 65_536 },
  { "ssh.options": "-v" },
  { "consul.program": "http://example.org/c.zip" },
  { "consul.sha256": "abc" },
  { "consul.http-address": "10.0.0.1" },
  { "postgresql.client-networks": ["10.0.0.1"] },
  { "postgresql.databases": { app: null } },
  { "postgresql.roles": { app: { password: "x" } } },
  { "postgresql.data-root": "pgdata" },
  { "patroni.ttl": "30s" },
  { "patroni.synchronous": true },
  { "vip-agent.package": "ftp://example.org/a.deb" },
];

describe("it is of one mind with the reading", () => {
  for (const changes of accepted) {
    test(`${JSON.stringify(changes)} is accepted`.slice(0, 100), () => {
      assert.deepEqual(complaintsWith(changes).filter(isError), []);
      assert.deepEqual(schemaProblems(schema, sketchWith(changes)), []);
    });
  }

  for (const changes of refused) {
    const shown = Object.entries(changes).map(
      ([path, value]) => `${path}: ${JSON.stringify(value)}`,
    );
    test(`${shown.join()} is refused`.slice(0, 100), () => {
      assert.notDeepEqual(complaintsWith(changes).filter(isError), []);
      assert.notDeepEqual(schemaProblems(schema, sketchWith(changes)), []);
    });
  }
});
