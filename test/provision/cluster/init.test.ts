/**
 * What `init` writes is read without an error as it stands, and with everything that is commented
 * out in it.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { complaintsText, isError } from "../../../src/complaints.ts";
import { initText } from "../../../src/provision/cluster/init.ts";
import { readCluster } from "../../../src/provision/cluster/read-cluster.ts";
import { isNeeded } from "../../../src/provision/cluster/row.ts";
import { clusterKeys, clusterRows } from "../../../src/provision/cluster/table.ts";

const file = "/home/dba/cluster.yml";

test("Six hosts are the reference cluster, without a word against it.", () => {
  const read = readCluster(initText("six-hosts"), file);
  assert.equal(complaintsText(read.complaints), "");
  assert(read.ok);
  const { cluster } = read;
  assert.deepEqual(
    cluster.hosts.map(({ name, address, roles }) => [name, address, ...roles]),
    [
      ["test-dcs1", "192.168.1.181", "consul"],
      ["test-dcs2", "192.168.1.182", "consul"],
      ["test-dcs3", "192.168.1.183", "consul"],
      ["test-db1", "192.168.1.141", "database"],
      ["test-db2", "192.168.1.142", "database"],
      ["test-db3", "192.168.1.143", "database"],
    ],
  );
  assert.deepEqual(cluster.vip, {
    address: "192.168.1.140",
    prefixLength: 32,
    name: "test-db-cl",
  });
  const { scope, namespace, consul, postgresql, patroni } = cluster;
  assert.deepEqual([scope, namespace, consul.datacenter], ["test", "db", "test-dcs-cluster"]);
  assert.deepEqual([consul.version, patroni.version], ["1.22.3", "4.1.5"]);
  assert.deepEqual([postgresql.major, postgresql.profile], [15, "distribution"]);
  assert.equal(consul.program.from, "/home/dba/consul_1.22.3_linux_amd64.zip");
});

test("Three hosts are warned of, and nothing else is.", () => {
  const read = readCluster(initText("three-hosts"), file);
  assert(read.ok, complaintsText(read.complaints));
  assert.deepEqual(
    read.complaints.map(({ severity, key }) => [severity, key]),
    [["warning", "hosts.test-db1.roles"]],
  );
  assert.deepEqual(
    read.cluster.hosts.map(({ address, roles }) => [address, ...roles]),
    [
      ["192.168.1.141", "consul", "database"],
      ["192.168.1.142", "consul", "database"],
      ["192.168.1.143", "consul", "database"],
    ],
  );
});

describe("what is commented out", () => {
  for (const kind of ["six-hosts", "three-hosts"] as const) {
    test(`is right: ${kind}`, () => {
      const text = initText(kind);
      const everything = text.replaceAll(/^( *)#((?: {2})?[a-z-]+:(?: .*)?)$/gm, "$1$2");
      assert.notEqual(everything, text);
      const read = readCluster(everything, file);
      assert(read.ok, complaintsText(read.complaints));
      assert.deepEqual(read.complaints.filter(isError), []);
      const [host] = read.cluster.hosts.filter(({ roles }) => roles.includes("database"));
      assert.notEqual(host?.disks, undefined, "the disks were not taken in");
      assert.equal(read.cluster.ssh.user, "root");
    });
  }

  test("shows defaults as they are, wherever it shows a key with one", () => {
    const bare = readCluster(initText("six-hosts"), file);
    const defaults = /^( *)#( *(?:synchronous|profile|locale|http-address|metrics-address):.*)$/gm;
    const text = initText("six-hosts").replaceAll(defaults, "$1$2");
    assert.equal(initText("six-hosts").match(defaults)?.length, 5);
    assert.deepEqual(readCluster(text, file), bare);
  });
});

test("Every key that is needed is there, and the lines are short.", () => {
  const text = initText("six-hosts");
  for (const key of clusterKeys.filter((candidate) => isNeeded(clusterRows[candidate]))) {
    assert.match(text, new RegExp(`\\b${key.split(".").at(-1)}:`), key);
  }
  assert.deepEqual(
    text.split("\n").filter((line) => line.length > 110),
    [],
  );
});
