/**
 * Values that cannot be, of Consul, PostgreSQL, Patroni and vip-agent; and values that are taken as
 * they are meant.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintsText } from "../../../src/complaints.ts";
import { readCluster } from "../../../src/provision/cluster/read-cluster.ts";
import { describeMistakes } from "./mistakes.ts";
import { clusterFile, clusterWith, textWith } from "./sketch.ts";

const sha = "0123456789abcdef".repeat(4);

describeMistakes("a value that cannot be", [
  [{ "consul.datacenter": "DC1" }, /form/],
  [{ "consul.version": "v1.22.3" }, /form/, /^write 1\.22\.3$/],
  [{ "consul.version": "1.22" }, /form/],
  [{ "consul.program": "http://example.org/consul.zip" }, /in clear/, /https/],
  [{ "consul.program": "HTTP://example.org/consul.zip" }, /in clear/, /https/],
  [{ "consul.program": "ftp://example.org/consul.zip" }, /scheme ftp/, /https/],
  [{ "consul.program": "https://" }, /no address/],
  [{ "consul.program": "https://a b/c" }, /no address/],
  [{ "consul.program": "https://u:p@example.org/c.zip", "consul.sha256": sha }, /login/],
  [{ "consul.program": "https://token@example.org/c.zip", "consul.sha256": sha }, /login/],
  [{ "consul.program": "~/consul.zip" }, /shell/, /from the root/],
  [{ "consul.sha256": "abc" }, /has 3 digits/],
  [{ "consul.sha256": "x".repeat(64) }, /not hexadecimal/],
  [{ "consul.log-level": "warning" }, /none of the known/],
  [{ "consul.log-level": "inof" }, /none of the known/, /if info is meant/],
  [{ "consul.http-address": "192.168.1.181" }, /none of the known/],
  [{ "consul.ui": "maybe" }, /neither true nor false/],
  [{ "consul.raft-multiplier": 11 }, /out of range/],
  [{ "postgresql.major": 9.6 }, /no whole number/],
  [{ "postgresql.major": 150 }, /out of range/],
  [{ "postgresql.profile": "postgrespro" }, /none of the known/],
  [{ "postgresql.tuning": "oltp" }, /none of the known/],
  [{ "postgresql.locale": "ru RU" }, /form/],
  [{ "postgresql.data-root": "pgdata" }, /begin at the root/],
  [{ "postgresql.data-root": "/" }, /folder of the system/],
  [{ "postgresql.data-root": "/var/lib/" }, /folder of the system/],
  [{ "postgresql.data-root": "/tmp/pg" }, /below \/tmp/],
  [{ "postgresql.data-root": "/srv/../tmp/pg" }, /\. or \.\./],
  [{ "postgresql.wal-root": "/run/wal" }, /below \/run/],
  [{ "postgresql.wal-root": "/data/$(reboot)" }, /other characters/],
  [{ "postgresql.client-networks": "10.0.0.0/8" }, /where a list/],
  [
    { "postgresql.client-networks": ["0.0.0.0/0"] },
    /whole world/,
    /name the networks/,
    "postgresql.client-networks[0]",
  ],
  [
    { "postgresql.client-networks": ["10.0.0.0/8", "::/0"] },
    /whole world/,
    /name the networks/,
    "postgresql.client-networks[1]",
  ],
  [
    { "postgresql.client-networks": ["128.0.0.0/1"] },
    /as good as the whole world/,
    /name the networks/,
    "postgresql.client-networks[0]",
  ],
  [
    { "postgresql.client-networks": ["192.168.1.17"] },
    /no prefix length/,
    /^write 192\.168\.1\.17\/32$/,
    "postgresql.client-networks[0]",
  ],
  [
    { "postgresql.client-networks": ["192.168.1.17/24"] },
    /bits set beyond/,
    /192\.168\.1\.17\/32/,
    "postgresql.client-networks[0]",
  ],
  [
    { "postgresql.client-networks": ["2001:db8::1/64"] },
    /bits set beyond/,
    undefined,
    "postgresql.client-networks[0]",
  ],
  [
    { "postgresql.client-networks": ["10.0.0.0/33"] },
    /prefix length that there is none of/,
    undefined,
    "postgresql.client-networks[0]",
  ],
  [
    { "postgresql.client-networks": ["all"] },
    /no network/,
    undefined,
    "postgresql.client-networks[0]",
  ],
  [
    { "postgresql.client-networks": ["10.0.0.0/8", "10.0.0.0/8"] },
    /twice/,
    undefined,
    "postgresql.client-networks[1]",
  ],
  [
    { "postgresql.parameters": { port: 5433 } },
    /not to be set here/,
    /postgresql\.port/,
    "postgresql.parameters.port",
  ],
  [
    { "postgresql.parameters": { Listen_Addresses: "*" } },
    /not to be set here/,
    /Patroni sets it/,
    "postgresql.parameters.Listen_Addresses",
  ],
  [
    { "postgresql.parameters": { DateStyle: "iso", datestyle: "sql" } },
    /the same as DateStyle/,
    /keep one/,
    "postgresql.parameters.datestyle",
  ],
  [
    { "postgresql.parameters": { "work-mem": 1 } },
    /a name that there is none of/,
    undefined,
    "postgresql.parameters.work-mem",
  ],
  [{ "patroni.ttl": "30s" }, /has a unit/, /bare number/],
  [{ "patroni.ttl": 19 }, /out of range/],
  [{ "patroni.ttl": -30 }, /no whole number/],
  [{ "patroni.ttl": 1e21 }, /no whole number/],
  [{ "patroni.maximum-lag": "1 TB" }, /no number of bytes/],
  [{ "patroni.synchronous": true }, /none of the known/],
  [{ "patroni.synchronous": "quorun" }, /none of the known/, /if quorum is meant/],
  [{ "patroni.control-group": "db admins" }, /form/],
  [{ "vip-agent.metrics-address": "0.0.0.0" }, /none of the known/],
]);

test("Tags that Patroni asks Python about are booleans, however they are written.", () => {
  const tags = { nofailover: "no", noloadbalance: "yes", nosync: "true", zone: "no" };
  const [, , , host] = clusterWith({ "hosts.test-db1.tags": tags }).hosts;
  const expected = { nofailover: false, noloadbalance: true, nosync: true, zone: "no" };
  assert.deepEqual(host?.tags, expected);
});

test("Parameters keep what they are: quoted text stays text, odd numbers stay as written.", () => {
  const lines = [
    'quoted: "5"',
    "plain: 5",
    "octal: 0755",
    "long: 12345678901234567890",
    "fraction: 0.10",
    "negative: -1",
    "size: 1GB",
    "switch: on",
    "truth: true",
    'truth_text: "true"',
    'nothing: ""',
    "search.path: '\"$user\", public'",
  ];
  const text = textWith({ "postgresql.major": undefined }).replace(
    "postgresql: {}",
    `postgresql:\n  major: 15\n  parameters:\n${lines.map((line) => `    ${line}\n`).join("")}`,
  );
  const read = readCluster(text, clusterFile);
  assert(read.ok, complaintsText(read.complaints));
  assert.deepEqual(read.cluster.postgresql.parameters, {
    quoted: "5",
    plain: 5,
    octal: "0755",
    long: "12345678901234567890",
    fraction: 0.1,
    negative: -1,
    size: "1GB",
    switch: "on",
    truth: true,
    truth_text: "true",
    nothing: "",
    "search.path": '"$user", public',
  });
});
