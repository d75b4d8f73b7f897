/**
 * What preflight finds on a single host: its system, its network; and what raises nothing at all.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { failed } from "../../../src/outcome.ts";
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { judgePreflight } from "../../../src/provision/preflight/judge.ts";
import type { Survey } from "../../../src/provision/preflight/survey.ts";
import { sixHosts, threeHosts } from "../support/clusters.ts";
import {
  type Row,
  allOf,
  link,
  network,
  packages,
  programs,
  protection,
  system,
  testRows,
} from "./changes.ts";
import { bareSurvey, complaintsOf, finishedSurvey, known, listener, surveysOf } from "./surveys.ts";

const cluster = sixHosts();

test("bare hosts that are fit raise nothing, and every subject is said to be fine", () => {
  const surveys = surveysOf(cluster, bareSurvey);
  assert.deepEqual(complaintsOf(cluster, surveys), []);
  const fine = judgePreflight(cluster, surveys, known);
  const codes = new Set(fine.map(({ code }) => code));
  for (const code of [
    "system",
    "ports",
    "reach",
    "consul",
    "postgresql",
    "space",
    "clocks",
    "vip",
  ]) {
    assert(codes.has(code), `nothing is said of ${code}`);
  }
  assert.deepEqual(
    fine.filter(({ remedy }) => remedy !== undefined),
    [],
  );
});

test("a finished cluster raises nothing", () => {
  assert.deepEqual(complaintsOf(cluster, surveysOf(cluster, finishedSurvey)), []);
});

test("so does one of three hosts with disks, before and after", () => {
  const three = threeHosts();
  assert.deepEqual(complaintsOf(three, surveysOf(three, bareSurvey)), []);
  const taken = surveysOf(three, finishedSurvey, {
    "test-db2": (survey) => ({
      ...survey,
      storage: { ...survey.storage, disks: takenDisks(survey) },
    }),
  });
  assert.deepEqual(complaintsOf(three, taken), []);
});

function takenDisks(survey: Survey): Survey["storage"]["disks"] {
  const disks = survey.storage.disks?.disks ?? [];
  // Smaller than what is asked of an empty one: it is too late to ask.
  return { obstacles: [], disks: disks.map((one) => ({ ...one, isTaken: true, sizeBytes: 1 })) };
}

test("a host that cannot be asked is one finding, in the words of ssh", () => {
  const surveys = surveysOf(cluster, bareSurvey);
  const words = "ssh: connect to host 192.168.1.142 port 22: No route to host";
  surveys.set("test-db2", failed("unreachable", words));
  surveys.set("test-db3", failed("sudo", "sudo: a password is required"));
  surveys.set("test-dcs1", failed("timeout", "it took more than 60 s and was ended"));
  const errors = judgePreflight(cluster, surveys, known).filter(({ severity }) => {
    return severity !== "fine";
  });
  assert.deepEqual(
    errors.map(({ host, code, finding }) => ({ host, code, finding })),
    [
      { host: "test-dcs1", code: "timeout", finding: "it took more than 60 s and was ended" },
      { host: "test-db2", code: "unreachable", finding: words },
      { host: "test-db3", code: "sudo", finding: "sudo: a password is required" },
    ],
  );
  assert.match(errors[1]?.remedy ?? "", /ssh 192\.168\.1\.142 true/);
});

const sshd = listener("0.0.0.0", 22, "sshd", "ssh.service");
const redos = { id: "redos", idLike: ["rhel", "fedora"], version: "8.0", name: "RED OS" };
const pgdg = sixHosts({ postgresql: { ...cluster.postgresql, profile: "pgdg" } });
const russian = sixHosts({
  postgresql: { ...cluster.postgresql, parameters: { lc_messages: "ru_RU.UTF-8" } },
});

const rows: readonly Row[] = [
  ["no os-release", system({ os: undefined }), ["error os-unknown"]],
  [
    "a system of another family",
    system({ os: { id: "alpine", idLike: [], version: "3", name: "Alpine" } }),
    ["error os-unknown"],
  ],
  ["no package manager", system({ packageManager: "unknown" }), ["error package-manager"]],
  ["glibc of long ago", system({ glibc: "2.17" }), ["error glibc-old"]],
  ["the oldest glibc that will do", system({ glibc: "2.28" }), []],
  ["no systemd", system({ isSystemdRunning: false }), ["error systemd-absent"]],
  ["systemd of long ago", system({ systemdVersion: 232 }), ["warning systemd-old"]],
  [
    "Python that Patroni does not run on",
    system({ python: { version: "3.8.10", hasVenv: true } }),
    ["error python-old"],
  ],
  ["Python 3.10, which is not 3.1", system({ python: { version: "3.10.1", hasVenv: true } }), []],
  ["no Python yet", system({ python: undefined }), []],
  ["a locale missing", system({ locales: ["C", "POSIX"] }), ["error locale-missing"]],
  [
    "the locale of messages missing",
    (survey) => survey,
    ["error locale-missing", "error test-db2 locale-missing", "error test-db3 locale-missing"],
    russian,
  ],
  ["no `locale`", system({ locales: undefined }), ["warning locale-unchecked"]],
  ["no package", packages({ "postgresql-17": undefined }), ["error package-missing"]],
  ["no package lists", system({ hasPackageLists: false }), ["warning packages-unchecked"]],
  [
    "a system with dnf",
    allOf(system({ os: redos, packageManager: "dnf" })),
    ["warning packages-unchecked"],
  ],
  [
    "PGDG asked for, and its repository there",
    packages({ "postgresql-17": "17.6-1.pgdg12+1" }),
    ["error test-db2 pgdg-absent", "error test-db3 pgdg-absent"],
    pgdg,
  ],
  ["little memory", system({ memoryMb: 512 }), ["warning memory-low", "warning memory-unequal"]],
  ["less memory than the others", system({ memoryMb: 1_500 }), ["warning memory-unequal"]],
  ["nearly as much memory", system({ memoryMb: 1_950 }), []],
  ["fewer processors", system({ processors: 1 }), ["warning processors-unequal"]],
  ["another architecture", system({ architecture: "aarch64" }), ["error architecture-mixed"]],
  ["no time service", system({ timeServices: [] }), ["warning time-service-none"]],
  ["no time service in a container", system({ timeServices: [], container: "systemd-nspawn" }), []],
  ["no `ip`", network({ interfaces: undefined }), ["warning addresses-unchecked"]],
  ["no such interface", link({ name: "ens3", otherNames: [] }), ["error interface-absent"]],
  ["the interface by its other name", link({ name: "ens3", otherNames: ["eth0"] }), []],
  ["the interface down", link({ isUp: false }), ["error interface-down"]],
  ["the interface a bridge", link({ isBridge: true }), ["warning interface-bridge"]],
  [
    "the VIP outside of the subnet",
    link({ addresses: [{ address: "192.168.1.141", prefixLength: 32, isLimited: false }] }),
    ["warning vip-subnet"],
  ],
  [
    "another machine's address",
    link({ addresses: [{ address: "192.168.1.99", prefixLength: 24, isLimited: false }] }),
    ["error address-absent"],
  ],
  [
    "a host's own name on loopback",
    network({ names: new Map([["test-db1", { byFile: ["127.0.1.1"], byAll: ["127.0.1.1"] }]]) }),
    ["warning own-name-loopback"],
  ],
  [
    "another host's name wrong in /etc/hosts",
    network({ names: new Map([["test-db2", { byFile: ["10.0.0.9"], byAll: ["10.0.0.9"] }]]) }),
    ["warning name-elsewhere"],
  ],
  [
    "the VIP's name wrong in DNS",
    network({ names: new Map([["test-db-cl", { byFile: [], byAll: ["10.0.0.9"] }]]) }),
    ["warning name-elsewhere"],
  ],
  [
    "wrong in DNS, right in /etc/hosts",
    network({
      names: new Map([["test-db2", { byFile: ["192.168.1.142"], byAll: ["10.0.0.9"] }]]),
    }),
    [],
  ],
  [
    "a port taken",
    network({ listeners: [sshd, listener("*", 8008, "java", "app.service")] }),
    ["error port-taken"],
  ],
  [
    "a port taken by nobody knows whom",
    network({ listeners: [listener("::", 5432, "", "")] }),
    ["error port-taken"],
  ],
  [
    "a port taken on another address",
    network({ listeners: [listener("10.9.9.9", 8008, "java", "app.service")] }),
    [],
  ],
  [
    "a Consul of another unit on its port",
    network({ listeners: [listener("127.0.0.1", 8500, "consul", "other.service")] }),
    ["error port-taken"],
  ],
  ["no `ss`", network({ listeners: undefined }), ["warning ports-unchecked"]],
  ["forwarding forbidden", network({ isForwarding: false }), ["error forwarding-denied"]],
  ["forwarding unknown", network({ isForwarding: undefined }), []],
];

testRows(rows);

test("a processor without a package of ours", () => {
  const make = (of: Cluster, host: Host): Survey => {
    return system({ architecture: "riscv64" })(bareSurvey(of, host), host);
  };
  const complaints = complaintsOf(cluster, surveysOf(cluster, make));
  assert.deepEqual(
    complaints,
    cluster.hosts.map(({ name }) => `error ${name} architecture`),
  );
});

test("the lock of this very run is none of its worries", () => {
  const change = protection({ lock: { owner: "me", machine: "here", ageS: 1 } });
  const surveys = surveysOf(cluster, bareSurvey, { "test-db1": change });
  assert.deepEqual(complaintsOf(cluster, surveys, { ...known, lockOwner: "me" }), []);
  assert.deepEqual(complaintsOf(cluster, surveys, { ...known, lockOwner: "you" }), [
    "error test-db1 locked",
  ]);
});

test("a consul server has no use for locales, Python, disks or an interface", () => {
  const change = allOf(
    system({ locales: [], python: { version: "3.6.8", hasVenv: false }, glibc: "2.17" }),
    system({ packages: new Map() }),
    link({ name: "ens9", otherNames: [], isUp: false }),
    programs({ upgraders: ["unattended-upgrades"] }),
  );
  const surveys = surveysOf(cluster, bareSurvey, { "test-dcs2": change });
  assert.deepEqual(complaintsOf(cluster, surveys), []);
});
