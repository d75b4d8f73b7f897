/**
 * Rules about hosts, addresses, disks and folders: each with the file that breaks it, and with one
 * that just does not.
 */
import { no, suite } from "./rule-suite.ts";

const server = (number: number) => ({
  [`hosts.test-dcs${number}`]: { address: `192.168.1.18${number}`, roles: ["consul"] },
});
suite(
  "Consul servers",
  [
    {
      title: "none",
      changes: no("test-dcs1", "test-dcs2", "test-dcs3"),
      key: "hosts",
      wrong: /no Consul server/,
      expected: /3 Consul servers/,
    },
    {
      title: "one",
      changes: no("test-dcs2", "test-dcs3"),
      severity: "warning",
      key: "hosts",
      wrong: /one Consul server/,
    },
    {
      title: "two",
      changes: no("test-dcs3"),
      key: "hosts",
      wrong: /2 Consul servers, of which no more may fail than of 1/,
    },
    { title: "four", changes: server(4), key: "hosts", wrong: /4 Consul servers/ },
    {
      title: "seven",
      changes: { ...server(4), ...server(5), ...server(6), ...server(7) },
      severity: "warning",
      key: "hosts",
      wrong: /7 Consul servers/,
    },
    {
      title: "beside the database",
      changes: {
        ...no("test-dcs1", "test-dcs2", "test-dcs3"),
        "hosts.test-db1.roles": ["consul", "database"],
        "hosts.test-db2.roles": ["consul", "database"],
        "hosts.test-db3.roles": ["database", "consul"],
      },
      severity: "warning",
      key: "hosts.test-db1.roles",
      wrong: /on test-db1, test-db2 and test-db3/,
      remedy: /autopilot/,
    },
  ],
  [{ ...server(4), ...server(5) }],
);

suite(
  "database hosts",
  [
    {
      title: "none",
      changes: no("test-db1", "test-db2", "test-db3"),
      key: "hosts",
      wrong: /no database/,
    },
    {
      title: "one",
      changes: no("test-db2", "test-db3"),
      severity: "warning",
      key: "hosts",
      wrong: /nobody takes over/,
    },
    {
      title: "that have no database have disks",
      changes: { "hosts.test-dcs1.tags": { nofailover: true } },
      severity: "warning",
      key: "hosts.test-dcs1.tags",
      wrong: /test-dcs1 has no database/,
    },
    {
      title: "that have no database have an interface",
      changes: { "hosts.test-dcs1.interface": "eth1" },
      severity: "warning",
      key: "hosts.test-dcs1.interface",
      value: "eth1",
      wrong: /no effect/,
    },
    {
      title: "of which none has an interface",
      changes: { "vip.interface": undefined },
      key: "vip.interface",
      wrong: /is missing/,
      remedy: /ip -brief address/,
    },
    {
      title: "of which one has no interface",
      changes: {
        "vip.interface": undefined,
        "hosts.test-db1.interface": "a",
        "hosts.test-db2.interface": "b",
      },
      key: "hosts.test-db3.interface",
      wrong: /is missing/,
      remedy: /vip\.interface/,
    },
  ],
  [
    no("test-db3"),
    {
      "vip.interface": undefined,
      "hosts.test-db1.interface": "a",
      "hosts.test-db2.interface": "b",
      "hosts.test-db3.interface": "c",
    },
  ],
);

suite(
  "addresses",
  [
    {
      title: "two hosts with one",
      changes: { "hosts.test-db2.address": "192.168.1.141" },
      key: "hosts.test-db2.address",
      value: "192.168.1.141",
      wrong: /address of test-db1 too/,
    },
    {
      title: "the VIP is a host's",
      changes: { "vip.address": "192.168.1.142" },
      key: "vip.address",
      wrong: /address of test-db2/,
    },
    {
      title: "the VIP has a host's name",
      changes: { "vip.name": "test-db1" },
      key: "vip.name",
      wrong: /name of a host/,
    },
    {
      title: "a host is outside of the VIP's network",
      changes: { "vip.prefix-length": 24, "hosts.test-db2.address": "192.168.2.142" },
      key: "vip.prefix-length",
      value: "24",
      wrong: /in which test-db2 is not/,
      remedy: /write 32/,
    },
    {
      title: "the VIP is the last of its network",
      changes: { "vip.address": "192.168.1.255", "vip.prefix-length": 24 },
      key: "vip.address",
      wrong: /first or the last/,
    },
    {
      title: "the VIP is the first of its network",
      changes: { "vip.address": "192.168.1.128", "vip.prefix-length": 25 },
      key: "vip.address",
      wrong: /first or the last/,
    },
  ],
  [
    { "vip.address": "192.168.1.255" },
    { "vip.prefix-length": 24, "hosts.test-dcs1.address": "10.0.0.1" },
    { "vip.prefix-length": 24 },
  ],
);

const disks = (data: string, wal: string) => ({ "hosts.test-db1.disks": { data, wal } });

suite(
  "disks and folders",
  [
    {
      title: "one for both",
      changes: disks("/dev/disk/by-id/a", "/dev/disk/by-id/a"),
      key: "hosts.test-db1.disks.wal",
      wrong: /disk for data too/,
    },
    {
      title: "one alone",
      changes: { "hosts.test-db1.disks.data": "/dev/disk/by-id/a" },
      key: "hosts.test-db1.disks.wal",
      wrong: /is missing/,
      remedy: /two disks, or none/,
    },
    {
      title: "a name of the kernel's",
      changes: disks("/dev/sdb", "/dev/disk/by-id/a"),
      severity: "warning",
      key: "hosts.test-db1.disks.data",
      value: "/dev/sdb",
      wrong: /after a boot/,
      remedy: /by-id/,
    },
    {
      title: "one folder for both",
      changes: { "postgresql.wal-root": "/pgsql/pg_data" },
      key: "postgresql.wal-root",
      wrong: /is data-root too/,
    },
    {
      title: "WAL in the data",
      changes: { "postgresql.wal-root": "/pgsql/pg_data/wal" },
      key: "postgresql.wal-root",
      wrong: /lie in each other/,
    },
    {
      title: "data in the WAL",
      changes: { "postgresql.data-root": "/pgsql/pg_wal/data" },
      key: "postgresql.wal-root",
      wrong: /lie in each other/,
    },
  ],
  [
    disks("/dev/disk/by-id/a", "/dev/mapper/b"),
    { "postgresql.data-root": "/data", "postgresql.wal-root": "/data2" },
  ],
);
