/**
 * What the lines of the probe mean. How it gets them from a real host is tried in the sandbox.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFacts, probeStep } from "../../../src/provision/executor/probe.ts";
import type { Question } from "../../../src/provision/resources/facts.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

const astra = [
  'PRETTY_NAME="Astra Linux"',
  "ID=astra",
  'ID_LIKE="debian linux"',
  'VERSION_ID="1.8_x86-64"',
].join("\n");

const hostLines = [
  "0 clock 1795275530079123456",
  "0 machine x86_64",
  "0 processors 2",
  "0 memory 2039808",
  `0 os ${base64(astra)}`,
  "0 manager apt",
];

function factsOf(questions: readonly Question[], lines: readonly string[]) {
  const parsed = parseFacts([...hostLines, ...lines, "end\n"].join("\n"), questions);
  assert(parsed.ok, parsed.ok ? "" : parsed.detail);
  return parsed.value;
}

function problemOf(questions: readonly Question[], text: string): string {
  const parsed = parseFacts(text, questions);
  assert(!parsed.ok);
  return parsed.detail;
}

test("the host itself", () => {
  assert.deepEqual(factsOf([], []).host, {
    os: { id: "astra", idLike: ["debian", "linux"], version: "1.8_x86-64" },
    packageManager: "apt",
    architecture: "x86_64",
    memoryMb: 1992,
    processors: 2,
    clockMs: 1_795_275_530_079,
  });
});

test("paths of every type", () => {
  const paths = ["/none", "/file", "/folder", "/link", "/program"];
  const digest = "0".repeat(64);
  const access = (number: number) =>
    ["mode 0640", "owner root", "group domain users"].map((words) => `${number} ${words}`);
  const facts = factsOf(
    paths.map((path) => ({ about: "path", path })),
    [
      "1 type absent",
      "2 type file",
      ...access(2),
      `2 sha256 ${digest}`,
      "3 type directory",
      ...access(3),
      "3 empty no",
      "4 type link",
      ...access(4),
      `4 target ${base64("a\nb")}`,
      "5 type file",
      ...access(5),
      "5 sha256 large",
    ],
  ).paths;
  const shared = { owner: "root", group: "domain users", mode: "0640" };
  const neither = { sha256: undefined, target: undefined };
  const absent = { type: "absent", owner: "", group: "", mode: "", ...neither };
  assert.deepEqual(facts.get("/none"), absent);
  assert.deepEqual(facts.get("/file"), { type: "file", ...shared, ...neither, sha256: digest });
  const folder = { type: "directory", ...shared, ...neither, isEmpty: false };
  assert.deepEqual(facts.get("/folder"), folder);
  assert.deepEqual(facts.get("/link"), { type: "link", ...shared, ...neither, target: "a\nb" });
  assert.deepEqual(facts.get("/program"), { type: "file", ...shared, ...neither });
});

test("a text that is empty is not one that is absent", () => {
  const questions = ["/a", "/b", "/c"].map((path) => ({ about: "text", path }) as const);
  const { texts } = factsOf(questions, ["1 text ", "2 none yes", `3 text ${base64("x\n")}`]);
  assert.deepEqual([...texts.values()], ["", undefined, "x\n"]);
});

test("users, packages and programs that are there and that are not", () => {
  const facts = factsOf(
    [
      { about: "user", name: "postgres" },
      { about: "user", name: "nobody1" },
      { about: "package", name: "patroni" },
      { about: "package", name: "consul" },
      { about: "program", path: "/usr/bin/consul", args: ["version"] },
      { about: "program", path: "/usr/bin/none", args: [] },
    ],
    [
      `1 home ${base64("/var/lib/postgresql")}`,
      `1 groups ${base64("postgres ssl-cert")}`,
      "2 none yes",
      "3 version 1:4.1.0-1",
      "4 version ",
      `5 output ${base64("Consul v1.22.3")}`,
      "6 none yes",
    ],
  );
  const postgres = { home: "/var/lib/postgresql", groups: ["postgres", "ssl-cert"] };
  assert.deepEqual([...facts.users.values()], [postgres, undefined]);
  assert.deepEqual([...facts.packages.values()], ["1:4.1.0-1", undefined]);
  assert.deepEqual([...facts.programs.values()], ["Consul v1.22.3", undefined]);
});

test("units in systemd's words", () => {
  const names = [
    "consul.service",
    "none.service",
    "masked.service",
    "odd.service",
    "enabled-until-boot.service",
    "masked-until-boot.service",
  ];
  const { units } = factsOf(
    names.map((name) => ({ about: "unit", name })),
    [
      "1 unit yes",
      "1 state LoadState=loaded",
      "1 state ActiveState=active",
      "1 state UnitFileState=enabled",
      `1 started ${base64("abc\n")}`,
      "2 unit yes",
      "2 state LoadState=not-found",
      "2 state ActiveState=inactive",
      "2 state UnitFileState=",
      "3 unit yes",
      "3 state LoadState=masked",
      "3 state ActiveState=inactive",
      "3 state UnitFileState=masked",
      "4 unit yes",
      "5 unit yes",
      "5 state LoadState=loaded",
      "5 state ActiveState=active",
      "5 state UnitFileState=enabled-runtime",
      "6 unit yes",
      "6 state LoadState=masked",
      "6 state ActiveState=inactive",
      "6 state UnitFileState=masked-runtime",
    ],
  );
  const switches = { isEnabled: false, isMasked: false, isMaskLasting: false };
  const none = { ...switches, startedOn: undefined, reloadedOn: undefined };
  const [consul, absent, masked, odd, enabledUntilBoot, maskedUntilBoot] = names.map((name) =>
    units.get(name),
  );
  const running = { isKnown: true, isEnabled: true, active: "active", startedOn: "abc" };
  assert.deepEqual(consul, { ...none, ...running });
  assert.deepEqual(absent, { ...none, isKnown: false, active: "inactive" });
  const resting = { ...none, isKnown: true, isMasked: true, active: "inactive" };
  assert.deepEqual(masked, { ...resting, isMaskLasting: true });
  assert.equal(enabledUntilBoot?.isEnabled, false);
  assert.deepEqual(maskedUntilBoot, resting);
  // systemd did not answer: nothing is concluded from that.
  assert.deepEqual(odd, { ...none, isKnown: false, active: "unknown" });
});

test("disks and volumes", () => {
  const facts = factsOf(
    [
      { about: "disk", path: "/dev/sdb" },
      { about: "disk", path: "/dev/sdz" },
      { about: "volume", group: "pg", name: "pg_data" },
      { about: "volume", group: "pg", name: "pg_wal" },
    ],
    [
      `1 device ${base64("/dev/sdb")}`,
      `1 serial ${base64("S1")}`,
      "1 size 1024",
      `1 use ${base64("ext4 signature")}`,
      `1 use ${base64("mounted on /a b")}`,
      "2 none yes",
      "3 volume yes",
      `3 disk ${base64("/dev/sdb")}`,
      "3 there yes",
      "3 size 2048",
      `3 filesystem ${base64("ext4")}`,
      `3 uuid ${base64("u")}`,
      "3 mount ",
      "4 volume yes",
      `4 disk ${base64("/dev/sdb")}`,
    ],
  );
  const uses = ["ext4 signature", "mounted on /a b"];
  const sdb = { isThere: true, device: "/dev/sdb", serial: "S1", sizeBytes: 1024, uses };
  assert.deepEqual(facts.disks.get("/dev/sdb"), sdb);
  assert.equal(facts.disks.get("/dev/sdz")?.isThere, false);
  const groupDisks = ["/dev/sdb"];
  assert.deepEqual(facts.volumes.get("pg/pg_data"), {
    isThere: true,
    sizeBytes: 2048,
    filesystem: "ext4",
    uuid: "u",
    mountPoint: undefined,
    groupDisks,
  });
  assert.equal(facts.volumes.get("pg/pg_wal")?.isThere, false);
});

test("an answer that is missing, or makes no sense, is never an absence", () => {
  const path: Question = { about: "path", path: "/etc/hosts" };
  const whole = [...hostLines, "1 type file", "1 mode 0644", "1 owner root", "1 group root"];
  const end = "\nend\n";
  assert.match(problemOf([path], whole.join("\n")), /cut off/);
  assert.match(problemOf([path], whole.join("\n") + end), /question 1 .*sha256 is missing/);
  assert.match(problemOf([path], hostLines.join("\n") + end), /question 1 .*type is missing/);
  assert.match(problemOf([path], [...whole, "1 sha256 no"].join("\n") + end), /is no digest/);
  assert.match(problemOf([], hostLines.slice(1).join("\n") + end), /the host .*clock is missing/);
  const strange = [...hostLines.slice(0, -1), "0 manager zypper"].join("\n") + end;
  assert.match(problemOf([], strange), /manager is zypper/);
});

test("no answer makes it throw", () => {
  const questions: readonly Question[] = [
    { about: "path", path: "/a" },
    { about: "unit", name: "b" },
    { about: "disk", path: "/c" },
  ];
  const line = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(4), fc.constantFrom("type", "mode", "state", "device", "size"), fc.string()),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = [...hostLines, ...lines.map((one) => [one].flat().join(" ")), "end"].join("\n");
      assert.equal(typeof parseFacts(text, questions).ok, "boolean");
    }),
  );
});

test("questions go out with the number of their words", () => {
  const { args } = probeStep([
    { about: "program", path: "/x y", args: ["-v", ""] },
    { about: "volume", group: "pg", name: "pg_data" },
  ]);
  assert.deepEqual(args, ["program", "3", "/x y", "-v", "", "volume", "2", "pg", "pg_data"]);
});
