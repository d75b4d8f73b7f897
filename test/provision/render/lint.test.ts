/**
 * Mistakes that Patroni's own validation lets pass, each of which somebody has made: found, with
 * its line and what to do, and nothing found in what is rendered here.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Complaint } from "../../../src/complaints.ts";
import { lintPatroni } from "../../../src/provision/render/lint.ts";
import { secretsFor, sixHosts, threeHosts } from "../support/clusters.ts";
import { patroniFile } from "./rendered.ts";

const file = "/etc/patroni/patroni.yml";

/** Nothing is wrong with it; what a test puts in is. */
const soundLines = [
  "scope: test",
  "namespace: /db/",
  "name: test-db1",
  "restapi:",
  "  listen: 192.168.1.141:8008",
  "  connect_address: 192.168.1.141:8008",
  "consul:",
  "  host: 127.0.0.1:8500",
  "bootstrap:",
  "  dcs:",
  "    ttl: 30",
  "    postgresql:",
  "      parameters:",
  "        max_connections: 100",
  "  initdb:",
  "    - data-checksums",
  "    - waldir: /pgwal/17/test",
  "postgresql:",
  "  listen: 0.0.0.0:5432",
  "  connect_address: 192.168.1.141:5432",
  "  data_dir: /pgdata/17/test",
  "  basebackup:",
  "    - waldir: /pgwal/17/test",
  "  pg_hba:",
  "    - local all postgres peer",
  "    - host all all 10.0.0.0/8 scram-sha-256",
];

/** Further lines come behind the one that begins the section they are about. */
function lint(changes: Readonly<Record<string, readonly string[]>>): readonly Complaint[] {
  const lines = soundLines.flatMap((line) => {
    const added = changes[line.trim()];
    return added === undefined ? [line] : [line, ...added];
  });
  const unknown = Object.keys(changes).filter(
    (line) => !soundLines.some((one) => one.trim() === line),
  );
  assert.deepEqual(unknown, []);
  return lintPatroni({ file, text: `${lines.join("\n")}\n` }, sixHosts());
}

function replaced(line: string, by: string): readonly Complaint[] {
  const text = `${soundLines.join("\n")}\n`;
  assert(text.includes(line));
  return lintPatroni({ file, text: text.replaceAll(line, by) }, sixHosts());
}

test("Nothing is wrong with what is rendered, or with the sound example.", () => {
  for (const cluster of [sixHosts(), threeHosts()]) {
    const { text } = patroniFile(cluster, secretsFor(cluster));
    assert.deepEqual(lintPatroni({ file, text }, cluster), []);
  }
  assert.deepEqual(lint({}), []);
});

type Row = readonly [title: string, found: readonly Complaint[], key: string, word: RegExp];

const dcsLine = "dcs:";
const postgresqlLine = "data_dir: /pgdata/17/test";
const hbaLine = "- local all postgres peer";

function hba(line: string): readonly Complaint[] {
  return lint({ [hbaLine]: [`    - ${line}`] });
}

const rows: readonly Row[] = [
  [
    "an old timeout",
    lint({ [dcsLine]: ["    master_start_timeout: 300"] }),
    "bootstrap.dcs.master_start_timeout",
    /primary_start_timeout/,
  ],
  [
    "segments to keep",
    lint({ "max_connections: 100": ["        wal_keep_segments: 8"] }),
    "bootstrap.dcs.postgresql.parameters.wal_keep_segments",
    /wal_keep_size/,
  ],
  [
    "users at the bootstrap",
    lint({ "bootstrap:": ["  users:", "    admin:", "      options: [createrole]"] }),
    "bootstrap.users",
    /Patroni 4/,
  ],
  [
    "initdb one level too high",
    lint({ "name: test-db1": ["initdb:", "  - encoding: UTF8"] }),
    "initdb",
    /bootstrap\.initdb/,
  ],
  [
    "a ttl that is nowhere heeded",
    lint({ "bootstrap:": ["  ttl: 60"] }),
    "bootstrap.ttl",
    /bootstrap\.dcs\.ttl/,
  ],
  [
    "a section that nobody knows",
    lint({ "name: test-db1": ["pgbackrest: {}"] }),
    "pgbackrest",
    /take it out/,
  ],
  [
    "the superuser of old",
    lint({ [postgresqlLine]: ["  superuser:", "    username: postgres"] }),
    "postgresql.superuser",
    /authentication\.superuser/,
  ],
  [
    "a parameter that is the cluster's",
    lint({ [postgresqlLine]: ["  parameters:", "    max_connections: 500"] }),
    "postgresql.parameters.max_connections",
    /edit-config/,
  ],
  [
    "a key that is given twice",
    lint({ "max_connections: 100": ["        max_connections: 200"] }),
    "max_connections",
    /twice/,
  ],
  [
    "an interval that is a number",
    lint({ "max_connections: 100": ["        log_rotation_age: 12:30"] }),
    "log_rotation_age",
    /as 750/,
  ],
  [
    "the whole world",
    hba("host all all 0.0.0.0/0 scram-sha-256"),
    "postgresql.pg_hba",
    /whole world/,
  ],
  [
    "the whole world of IPv6",
    hba("host all all ::/0 scram-sha-256"),
    "postgresql.pg_hba",
    /whole world/,
  ],
  [
    "the whole world by a word",
    hba("hostssl all all all scram-sha-256"),
    "postgresql.pg_hba",
    /whole world/,
  ],
  [
    "the whole world in two words",
    hba("host all all 0.0.0.0 0.0.0.0 scram-sha-256"),
    "postgresql.pg_hba",
    /whole world/,
  ],
  [
    "every network of the host",
    hba("host replication all samenet scram-sha-256"),
    "postgresql.pg_hba",
    /containers/,
  ],
  ["md5", hba('host "a b", c all 10.0.0.1/32 md5'), "postgresql.pg_hba", /md5/],
  ["trust on the host", hba("local all all trust"), "postgresql.pg_hba", /superuser too/],
  [
    "trust from afar",
    hba("host all all 10.0.0.1/32 trust # us"),
    "postgresql.pg_hba",
    /no password/,
  ],
  ["timings that do not fit", replaced("ttl: 30", "ttl: 25"), "bootstrap.dcs.ttl", /less than/],
  [
    "WAL on the data disk of clones",
    replaced(
      "  basebackup:\n    - waldir: /pgwal/17/test\n",
      "  basebackup:\n    - checkpoint: fast\n",
    ),
    "postgresql.basebackup",
    /says no waldir/,
  ],
  [
    "WAL on the data disk of the first",
    replaced("    - waldir: /pgwal/17/test\npostgresql:", "postgresql:"),
    "bootstrap.initdb",
    /says no waldir/,
  ],
  [
    "WAL in two places",
    replaced(
      "  basebackup:\n    - waldir: /pgwal/17/test\n",
      "  basebackup:\n    - waldir: /wal\n",
    ),
    "postgresql.basebackup",
    /another waldir/,
  ],
  [
    "WAL beside its disk",
    replaced("waldir: /pgwal/17/test", "waldir: /pgdata/wal"),
    "postgresql.basebackup",
    /WAL disk/,
  ],
  [
    "passwords in /tmp",
    lint({ [postgresqlLine]: ["  pgpass: /tmp/pgpass"] }),
    "postgresql.pgpass",
    /everybody/,
  ],
  [
    "a password that is the user",
    lint({
      "restapi:": ["  authentication:", "    username: dba", "    password: dba"],
    }),
    "restapi.authentication.password",
    /guessed/,
  ],
  [
    "two passwords of one user",
    lint({
      [postgresqlLine]: [
        "  authentication:",
        ...["superuser", "rewind"].flatMap((name) => [
          `    ${name}:`,
          "      username: postgres",
          `      password: long enough for ${name}`,
        ]),
      ],
    }),
    "postgresql.authentication.rewind.password",
    /not the one of superuser/,
  ],
  [
    "an old WAL level",
    lint({ "max_connections: 100": ["        wal_level: hot_standby"] }),
    "bootstrap.dcs.postgresql.parameters.wal_level",
    /replica/,
  ],
  [
    "an archive without a command",
    lint({ "max_connections: 100": ["        archive_mode: on"] }),
    "bootstrap.dcs.postgresql.parameters.archive_mode",
    /piles up/,
  ],
  [
    "a name for an address",
    replaced("connect_address: 192.168.1.141:5432", "connect_address: test-db1:5432"),
    "postgresql.connect_address",
    /is a name/,
  ],
  [
    "a Consul server",
    replaced("127.0.0.1:8500", "192.168.1.181:8500"),
    "consul.host",
    /another host/,
  ],
  ["a check of gossip", lint({ "consul:": ["  checks: [serfHealth]"] }), "consul.checks", /gossip/],
  ["another scope", replaced("scope: test", "scope: tset"), "scope", /other keys/],
  ["another namespace", replaced("namespace: /db/", "namespace: /dbs/"), "namespace", /other keys/],
  ["no namespace", replaced("namespace: /db/\n", ""), "namespace", /other keys/],
  [
    "data elsewhere",
    replaced("/pgdata/17/test", "/var/lib/postgresql/17"),
    "postgresql.data_dir",
    /data root/,
  ],
  [
    "a VIP that nobody hears",
    replaced("listen: 0.0.0.0:5432", "listen: 192.168.1.141,127.0.0.1:5432"),
    "postgresql.listen",
    /leaves the VIP out/,
  ],
  [
    "members that meet at the VIP",
    replaced("connect_address: 192.168.1.141:5432", "connect_address: 192.168.1.140:5432"),
    "postgresql.connect_address",
    /is the VIP/,
  ],
];

for (const [title, found, key, word] of rows) {
  test(`Found: ${title}.`, () => {
    assert.equal(found.length, 1, JSON.stringify(found));
    const [complaint] = found;
    assert.equal(complaint?.key, key);
    assert.match(`${complaint.wrong} ${complaint.expected} ${complaint.remedy}`, word);
    assert.equal(complaint.where.kind, "file");
  });
}

test("A complaint names the line, and never a password.", () => {
  const [complaint] = lint({
    "restapi:": ["  authentication:", "    username: dba", "    password: password"],
  });
  assert.deepEqual(complaint?.where, { kind: "file", file, line: 7 });
  assert.equal(complaint?.value, undefined);
});

test("All mistakes are told at once.", () => {
  const found = lint({
    [dcsLine]: ["    master_start_timeout: 300"],
    [hbaLine]: ["    - host all all 0.0.0.0/0 md5"],
    [postgresqlLine]: ["  pgpass: /tmp/pgpass"],
  });
  assert.equal(found.length, 4);
});

test("What lets nobody in, and what only looks like a number, is fine.", () => {
  assert.deepEqual(hba("host all all 0.0.0.0/0 reject"), []);
  assert.deepEqual(hba('host "0.0.0.0/0" all 10.1.0.0 255.255.0.0 scram-sha-256'), []);
  assert.deepEqual(hba("# host all all 0.0.0.0/0 md5"), []);
  assert.deepEqual(lint({ "max_connections: 100": ["        log_rotation_age: '12:30'"] }), []);
  const archive = ["        archive_mode: on", "        archive_command: /bin/true"];
  assert.deepEqual(lint({ "max_connections: 100": archive }), []);
});

test("A file of anybody's is judged without a cluster.", () => {
  const text = soundLines.join("\n").replace("scope: test", "scope: other");
  assert.deepEqual(lintPatroni({ file, text }), []);
});

test("What is no YAML, no mapping, or more than one document, is one complaint.", () => {
  const two = [...soundLines, "---", "scope: other"].join("\n");
  for (const text of ["a: [", "- a", "", "a: b\n c: d\n  - e", two]) {
    assert.equal(lintPatroni({ file, text }).length, 1, text);
  }
});
