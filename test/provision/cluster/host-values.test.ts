/**
 * Values that cannot be, of the cluster, its VIP, its hosts and the way to them.
 */
import { test } from "node:test";
import { describeMistakes } from "./mistakes.ts";
import { assertOne, textWith } from "./sketch.ts";

describeMistakes("a value that cannot be", [
  [{ scope: "Test" }, /no name that Patroni/],
  [{ scope: "my_scope" }, /no name that Patroni/],
  [{ scope: "a".repeat(41) }, /no name/],
  [{ scope: ["test"] }, /is a list, where one value/],
  [{ scope: { a: 1 } }, /is a mapping, where one value/],
  [{ scope: "" }, /is empty/],
  [{ scope: null }, /has no value/, /^give it one$/],
  [{ namespace: "//" }, /empty but for slashes/],
  [{ namespace: "db/../x" }, /\. or \.\./],
  [{ namespace: "a b" }, /other characters/],
  [{ "vip.address": "192.168.1.140/24" }, /has a prefix/, /^write 192\.168\.1\.140$/],
  [{ "vip.address": "2001:db8::1" }, /IPv6/],
  [{ "vip.address": "db.example.org" }, /no IPv4 address/],
  [{ "vip.address": "127.0.0.1" }, /loopback/],
  [{ "vip.address": "224.0.0.18" }, /multicast/],
  [{ "vip.address": "0.0.0.0" }, /unspecified/],
  [{ "vip.address": "255.255.255.255" }, /broadcast/],
  [{ "vip.address": "192.168.1.0140" }, /no IPv4/],
  [{ "vip.prefix-length": "255.255.255.0" }, /no whole number/],
  [{ "vip.prefix-length": 33 }, /out of range/],
  [{ "vip.name": "localhost" }, /form/],
  [{ "vip.name": "test_db" }, /form/],
  [{ "vip.interface": null }, /has no value/, /or remove the line/],
  [{ "vip.interface": "a-name-that-is-too-long" }, /form/],
  [{ "vip.interface": "eth0 eth1" }, /form/],
  [{ "vip.interface": "lo" }, /form/],
  [{ "hosts.test-db1.roles": "database" }, /one value, where a list/, /\[ \]/],
  [{ "hosts.test-db1.roles": [] }, /empty list/],
  [
    { "hosts.test-db1.roles": ["databse"] },
    /none of the known/,
    /if database is meant/,
    "hosts.test-db1.roles[0]",
  ],
  [
    { "hosts.test-db1.roles": ["database", "database"] },
    /twice/,
    undefined,
    "hosts.test-db1.roles[1]",
  ],
  [{ "hosts.test-db1.ssh-host": "-oProxyCommand=x" }, /form/],
  [{ "hosts.test-db1.ssh-host": "root@db1" }, /form/, /ssh\.user/],
  [{ "hosts.test-db1.tags": "nofailover" }, /one value, where a mapping/],
  [
    { "hosts.test-db1.tags": { nofailover: "perhaps" } },
    /neither true nor false/,
    undefined,
    "hosts.test-db1.tags.nofailover",
  ],
  [
    { "hosts.test-db1.tags": { zone: [1] } },
    /a list, where one value/,
    undefined,
    "hosts.test-db1.tags.zone",
  ],
  [
    { "hosts.test-db1.tags": { zone: null } },
    /has no value/,
    undefined,
    "hosts.test-db1.tags.zone",
  ],
  [
    { "hosts.test-db1.tags": { "a-b": 1 } },
    /a name that there is none of/,
    undefined,
    "hosts.test-db1.tags.a-b",
  ],
  [
    { "hosts.test-db1.disks": { data: "sdb", wal: "/dev/disk/by-id/b" } },
    /form/,
    undefined,
    "hosts.test-db1.disks.data",
  ],
  [
    { "hosts.test-db1.disks": { data: "/dev/../etc", wal: "/dev/disk/by-id/b" } },
    /form/,
    undefined,
    "hosts.test-db1.disks.data",
  ],
  [{ "ssh.user": "a b" }, /form/],
  [{ "ssh.port": 0 }, /out of range/],
  [{ "ssh.port": 65_536 }, /out of range/],
  [{ "ssh.port": "22;reboot" }, /no whole number/],
  [{ "ssh.options": "-v" }, /where a list/],
  [{ "ssh.options": ["-o", "a\nb"] }, /control character/, undefined, "ssh.options[1]"],
  [{ "ssh.sudo": "always" }, /none of the known/],
  [{ "journal.keep-days": 0 }, /out of range/],
  [{ "journal.keep-days": "30d" }, /has a unit/],
  [{ "journal.max-size": "15MB" }, /out of range/],
  [{ "journal.max-size": "4G" }, /no number of bytes/],
  [{ vip: "192.168.1.140" }, /one value, where a mapping/],
  [{ hosts: ["test-db1"] }, /a list, where a mapping/],
  [{ hosts: {} }, /names no host/],
  [{ hosts: null }, /names no host/],
  [{ hosts: undefined }, /is missing/],
]);

test("A value is shown as it was written, with its line, and with what was expected.", () => {
  assertOne(`${textWith({ "patroni.ttl": undefined })}ssh:\n  port: 70000\n`, {
    key: "ssh.port",
    line: textWith({}).split("\n").length + 1,
    value: "70000",
    wrong: /out of range/,
    expected: /1 to 65535/,
  });
});

test("The line is that of the value, where that stands below its key.", () => {
  assertOne(`${textWith({})}ssh:\n  port:\n    70000\n`, {
    key: "ssh.port",
    line: textWith({}).split("\n").length + 2,
    wrong: /out of range/,
  });
});
