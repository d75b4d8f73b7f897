/**
 * What is said of a file whose YAML, or whose names, are not what they should be.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { complaintsText } from "../../../src/complaints.ts";
import { readCluster } from "../../../src/provision/cluster/read-cluster.ts";
import {
  type Changes,
  type Expected,
  assertOne,
  assertSays,
  clusterFile,
  clusterWith,
  complaintsWith,
  textWith,
} from "./sketch.ts";

const good = textWith({});

function withLine(line: string): string {
  return `${good}${line}\n`;
}

const lastLine = good.split("\n").length;

test("the sketch that all tests change is in order", () => {
  assert.equal(readCluster(good, clusterFile).ok, true);
});

describe("the document", () => {
  const mistakes: readonly (Expected & { readonly title: string; readonly text: string })[] = [
    {
      title: "is a list",
      text: "- scope: test",
      key: "cluster file",
      line: 1,
      wrong: /is a list/,
    },
    { title: "is one word", text: "\n\ntest", key: "cluster file", line: 3, wrong: /no mapping/ },
    {
      title: "is two documents",
      text: `${good}---\nscope: other\n`,
      key: "cluster file",
      line: lastLine,
      wrong: /not valid YAML/,
    },
    {
      title: "is indented by a tab",
      text: "vip:\n\taddress: 192.168.1.140\n",
      key: "cluster file",
      line: 2,
      wrong: /not valid YAML/,
    },
    {
      title: "is nested without an end",
      text: "[".repeat(20_000),
      key: "cluster file",
      wrong: /not valid YAML/,
    },
    {
      title: "is endless",
      text: `${good}# ${"x".repeat(1_000_000)}`,
      key: "cluster file",
      wrong: /longer than/,
    },
    {
      title: "says a key twice",
      text: withLine("scope: other"),
      key: "scope",
      line: lastLine,
      wrong: /twice, first in line 1$/,
      remedy: /keep one/,
    },
    {
      title: "says a host twice",
      text: good.replace("test-db2:", "test-db1:"),
      key: "test-db1",
      wrong: /twice/,
    },
    {
      title: "has an alias",
      text: withLine("ssh: {user: &who root, options: *who}"),
      key: "*who",
      line: lastLine,
      wrong: /alias/,
      remedy: /write the value out/,
    },
    {
      title: "has an alias in a list",
      text: withLine("ssh: {user: &who root, options: [*who]}"),
      key: "*who",
      line: lastLine,
      wrong: /alias/,
    },
    {
      title: "has a name that would clear the screen",
      text: withLine('"\\e[2J": 1'),
      key: "a key",
      line: lastLine,
      wrong: /no word/,
    },
    {
      title: "has a name that is a mapping",
      text: withLine("{a: b}: 1"),
      key: "a key",
      line: lastLine,
      wrong: /no word/,
    },
  ];

  for (const { title, text, ...expected } of mistakes) {
    test(title, () => {
      const { complaints } = readCluster(text, clusterFile);
      const [complaint] = complaints;
      assert(complaint !== undefined, "nothing is said");
      if (complaint.key === "cluster file") assertSays(complaint, expected);
      else assertOne(text, expected);
    });
  }

  test("with a mistake of YAML that holds an escape sequence says nothing to the terminal", () => {
    // The parser quotes both as they are.
    for (const text of ["a: |\u001b]0;x\u0007\n  b", 'a: "\\\u001b[2J"']) {
      const { complaints } = readCluster(text, clusterFile);
      assert.match(complaintsText(complaints), /not valid YAML: (Block scalar|Invalid escape)/);
      // oxlint-disable-next-line no-control-regex -- They are what must not be there.
      assert.doesNotMatch(complaintsText(complaints), /[\u0000-\u0009\u000b-\u001f]/);
    }
  });

  test("that is empty lacks what it needs, and says all of it", () => {
    for (const text of ["", "# nothing yet\n", "~", "{}"]) {
      const { complaints } = readCluster(text, clusterFile);
      assert.deepEqual(complaints.map(({ key }) => key).toSorted(), [
        "consul.program",
        "consul.version",
        "hosts",
        "patroni.version",
        "postgresql.major",
        "scope",
        "vip-agent.package",
        "vip.address",
        "vip.name",
      ]);
      for (const { wrong, where } of complaints) {
        assert.equal(wrong, "is missing");
        assert.deepEqual(where, { kind: "file", file: clusterFile });
      }
    }
  });

  test("may be JSON, and may have sections of comments alone", () => {
    const cluster = clusterWith({});
    const json = JSON.stringify(JSON.parse(JSON.stringify(sketchOf())));
    const read = readCluster(json, clusterFile);
    assert.deepEqual(read, { ok: true, cluster, complaints: [] });
    const commented = readCluster(withLine("ssh:\n  #user: root"), clusterFile);
    assert.deepEqual(commented, { ok: true, cluster, complaints: [] });
  });

  test("gives all complaints at once, from the top down", () => {
    const text = good
      .replace("scope: test", "scope: Test")
      .replace("major: 15", "major: fifteen")
      .replace("version: 4.1.5", "versions: 4.1.5");
    const { complaints } = readCluster(text, clusterFile);
    assert.deepEqual(
      complaints.map(({ key }) => key),
      ["scope", "postgresql.major", "patroni.version", "patroni.versions"],
    );
  });
});

function sketchOf(): unknown {
  const read = readCluster(good, clusterFile);
  assert(read.ok);
  const { cluster } = read;
  const hosts = cluster.hosts.map(({ name, address, roles }) => [name, { address, roles }]);
  return {
    scope: cluster.scope,
    vip: { address: cluster.vip.address, name: cluster.vip.name, interface: "eth0" },
    hosts: Object.fromEntries(hosts) as unknown,
    consul: { version: cluster.consul.version, program: "consul.zip" },
    postgresql: { major: cluster.postgresql.major },
    patroni: { version: cluster.patroni.version },
    "vip-agent": { package: "vip-agent.deb" },
  };
}

describe("a name that there is none of", () => {
  const typos: readonly (readonly [changes: Changes, key: string, remedy: RegExp])[] = [
    [{ "vip.prefix_length": 32 }, "vip.prefix_length", /if prefix-length is meant/],
    [{ "vip.intreface": "eth1" }, "vip.intreface", /if interface is meant/],
    [{ "patroni.loop_wait": 10 }, "patroni.loop_wait", /if loop-wait is meant/],
    [{ "patroni.retry_timeout": 10 }, "patroni.retry_timeout", /if retry-timeout is meant/],
    [{ "postgresql.client_networks": [] }, "postgresql.client_networks", /if client-networks/],
    [{ postgres: {} }, "postgres", /if postgresql is meant/],
    [{ "hosts.test-db1.adress": "1.2.3.4" }, "hosts.test-db1.adress", /if address is meant/],
    [{ "hosts.test-db1.disks.wall": "/dev/x" }, "hosts.test-db1.disks.wall", /if wal is meant/],
    [{ ttl: 30 }, "ttl", /where it belongs: patroni\.ttl/],
    [{ "vip.maximum-lag": 1 }, "vip.maximum-lag", /where it belongs: patroni\.maximum-lag/],
    [{ "consul.gossip-key": "x" }, "consul.gossip-key", /made for you/],
    [
      { "postgresql.roles": { app: { password: "x" } } },
      "postgresql.roles.app.password",
      /made for/,
    ],
    [{ colour: "red" }, "colour", /^remove it$/],
    [{ constructor: "x" }, "constructor", /^remove it$/],
    [{ __proto__x: "x" }, "__proto__x", /^remove it$/],
  ];

  for (const [changes, key, remedy] of typos) {
    test(key, () => {
      const complaints = complaintsWith({
        "postgresql.client-networks": ["10.0.0.0/8"],
        ...changes,
      });
      const [complaint, ...more] = complaints;
      assert(complaint !== undefined && more.length === 0, complaintsText(complaints));
      assertSays(complaint, { key, wrong: /no key of a cluster file/, remedy });
      assert.equal(complaint.value, undefined, "what stands there may be a secret");
    });
  }
});

describe("names of hosts, databases and roles", () => {
  const hostNames = [
    "Test-DB9",
    "test_db9",
    "db9.example.org",
    "9",
    "localhost",
    "-a",
    "a".repeat(64),
  ];
  for (const name of hostNames) {
    test(`no host is called ${name.slice(0, 20)}`, () => {
      const hosts = { "hosts.test-db3": undefined };
      const read = readCluster(
        textWith(hosts).replace("test-db2:", `${JSON.stringify(name)}:`),
        clusterFile,
      );
      const [complaint, ...more] = read.complaints;
      assert(complaint !== undefined && more.length === 0, complaintsText(read.complaints));
      const remedy = name.includes(".") ? { remedy: /^write db9$/ } : {};
      assertSays(complaint, { key: "hosts", value: name, wrong: /no name/, ...remedy });
    });
  }

  for (const name of ["App", "my-app", "1app", "a".repeat(64), "drop table"]) {
    test(`no role and no database is called ${name.slice(0, 20)}`, () => {
      const networks = { "postgresql.client-networks": ["10.0.0.0/8"] };
      const roles = textWith({ ...networks, "postgresql.roles": { [name]: {} } });
      assertOne(roles, { key: "postgresql.roles", value: name, wrong: /form/ });
      const databases = { "postgresql.databases": { [name]: { owner: "app" } } };
      const text = textWith({ ...networks, "postgresql.roles": { app: {} }, ...databases });
      assertOne(text, { key: "postgresql.databases", value: name, wrong: /form/ });
    });
  }
});
