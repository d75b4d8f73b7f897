/**
 * What `vip-agent check` makes of a file of vip-manager's: each setting is either in force, or
 * ignored and said so, or refused with what to write in its place. docs/migrate-from-vip-manager.md
 * shows one of these files, and what is said of it, to the letter.
 */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeFolder } from "../support/folder.ts";
import { type Ended, vipAgent } from "./spawn.ts";

const page = readFileSync(
  join(import.meta.dirname, "../../docs/migrate-from-vip-manager.md"),
  "utf8",
);
const folder = makeFolder();

function check(lines: readonly string[], mode = 0o640): Ended {
  const file = join(folder, "vip-manager.yml");
  rmSync(file, { force: true });
  writeFileSync(file, lines.join("\n"), { mode });
  const { stdout, ...ended } = vipAgent(["check", `--config=${file}`]);
  return { ...ended, stdout: stdout.replaceAll(file, "/etc/default/vip-manager.yml") };
}

/** The block of a complaint: what it is about, and its indented lines. */
function complaint({ stdout }: Ended, subject: RegExp): string {
  const blocks = stdout.match(/^(?:error|warning): .*\n(?: {4}.*\n)*/gm) ?? [];
  const found = blocks.filter((block) => subject.test(block));
  assert.equal(found.length, 1, `${String(subject)} in:\n${stdout}`);
  return found[0] ?? "";
}

/** The value of each setting in force, with the line of the file that it came from. */
function inForce({ stdout }: Ended): ReadonlyMap<string, string> {
  const [, settings = ""] = stdout.split("Effective configuration:\n");
  const rows = [...settings.matchAll(/^ {2}(\S+) +(.+?) {2,}(\S.*)$/gm)];
  return new Map(rows.map(([, key = "", value = "", from = ""]) => [key, `${value} (${from})`]));
}

/** As release 5.0 ships it, but for its comments. */
const shipped = [
  "interval: 1000",
  'trigger-key: "/service/pgcluster/leader"',
  'trigger-value: "pgcluster_member1"',
  "ip: 192.168.0.123 # the virtual ip address to manage",
  "netmask: 24 # netmask for the virtual ip",
  "interface: enp0s3 #interface to which the virtual ip will be added",
  "hosting-type: basic # possible values: basic, or hetzner.",
  "dcs-type: etcd # etcd, consul or patroni",
  "dcs-endpoints:",
  "  - http://127.0.0.1:2379",
  "  - https://192.168.0.42:2379",
  'etcd-user: "patroni"',
  `etcd-password: "Julian's secret password"`,
  'etcd-ca-file: "/path/to/etcd/trusted/ca/file"',
  'etcd-cert-file: "/path/to/etcd/client/cert/file"',
  'etcd-key-file: "/path/to/etcd/client/key/file"',
  `consul-token: "Julian's-secret-token"`,
  "retry-num: 3",
  "retry-after: 250  #in milliseconds",
  "verbose: false",
];

function withConsul(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace("dcs-type: etcd", "dcs-type: consul"));
}

function inColumns(text: string): readonly string[] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.trim().replaceAll(/ {2,}/g, "  "));
}

const file = "/etc/default/vip-manager.yml";

test("The page shows a file, and what is said of it.", () => {
  const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const [, text = ""] = /```text\n([\s\S]*?)```/.exec(page) ?? [];
  const { stdout, code } = check(yaml.split("\n"));
  assert.equal(code, 3);
  const heading = "Effective configuration:\n";
  const [complaints, values = ""] = text.split(heading);
  const [shownComplaints, shownValues = ""] = stdout.split(heading);
  assert.equal(complaints, shownComplaints);
  // Of what is in force the page shows the beginning; the columns are as wide as the longest value.
  const rows = inColumns(values);
  assert.equal(rows.at(-1), "…");
  assert.ok(rows.length > 8);
  assert.deepEqual(rows.slice(0, -1), inColumns(shownValues).slice(0, rows.length - 1));
});

describe("the file that vip-manager ships", () => {
  test("is refused for etcd alone, with what to write in its place", () => {
    const ended = check(shipped);
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /invalid: 1 error,/);
    const said = complaint(ended, /^error: dcs-type = "etcd" \(.*:8\)/);
    assert.match(said, /to do: .*source: patroni.*patroni-url.*weaker/);
  });

  test("is accepted with Consul: each setting is in force, or named with what to do", () => {
    const ended = check(withConsul(shipped));
    assert.equal(ended.code, 3, ended.stdout);
    const values = inForce(ended);
    const expected: Readonly<Record<string, string>> = {
      ip: `192.168.0.123 (${file}:4)`,
      netmask: `24 (${file}:5)`,
      interface: `enp0s3 (${file}:6)`,
      "trigger-key": `service/pgcluster/leader (${file}:2)`,
      "trigger-value": `pgcluster_member1 (${file}:3)`,
      "manager-type": `basic (${file}:7)`,
      "dcs-type": `consul (${file}:8)`,
      "consul-token": `set (${file}:17)`,
      "log-level": "info (default)",
    };
    for (const [key, value] of Object.entries(expected)) assert.equal(values.get(key), value, key);
    assert.match(
      complaint(ended, /manager-type/),
      /is called hosting-type.*\n.*rename it to manager-type/,
    );
    const ignored = ["interval", "retry-num", "retry-after", "etcd-user", "etcd-password"];
    for (const key of [...ignored, "etcd-ca-file", "etcd-cert-file", "etcd-key-file"]) {
      const said = complaint(ended, new RegExp(`^warning: ${key} `));
      assert.match(said, /has no effect: .*\n.*to do: +remove it/, key);
    }
    assert.ok(!ended.stdout.includes("secret"), "a secret is shown");
  });

  test("is told to be readable by everybody, where it holds a token", () => {
    const said = complaint(check(withConsul(shipped), 0o644), /every user/);
    assert.match(said, /^warning: consul-token .*:17/);
    assert.match(said, /to do: +chmod o-r \/etc\/default\/vip-manager\.yml/);
  });
});

test("A file of release 1.0 with its old names is understood, each with its new name.", () => {
  const ended = check([
    "interval: 1000",
    "key: /service/pgcluster/leader",
    "nodename: pgcluster_member1",
    "ip: 192.168.0.123",
    "mask: 24",
    "iface: enp0s3",
    "hosting_type: basic",
    "endpoint_type: consul",
    "endpoints:",
    "  - http://127.0.0.1:8500",
    "consul_token: abc",
    "retry_num: 2",
    "retry_after: 250",
  ]);
  assert.equal(ended.code, 3, ended.stdout);
  const values = inForce(ended);
  assert.equal(values.get("interface"), `enp0s3 (${file}:6)`);
  assert.equal(values.get("trigger-value"), `pgcluster_member1 (${file}:3)`);
  assert.equal(values.get("dcs-endpoints"), `http://127.0.0.1:8500 (${file}:10)`);
  const renamed: readonly [string, string][] = [
    ["key", "trigger-key"],
    ["nodename", "trigger-value"],
    ["mask", "netmask"],
    ["iface", "interface"],
    ["hosting_type", "manager-type"],
    ["endpoint_type", "dcs-type"],
    ["endpoints", "dcs-endpoints"],
    ["consul_token", "consul-token"],
    ["retry_num", "retry-num"],
    ["retry_after", "retry-after"],
  ];
  for (const [old, name] of renamed) {
    const said = complaint(ended, new RegExp(`is called ${old} here`));
    assert.match(said, new RegExp(`to do: +rename it to ${name}$`, "m"));
  }
});

test("dcs-type: patroni is understood as source: patroni, and is said to be weaker.", () => {
  const lines = ["ip: 192.168.0.123", "netmask: 24", "interface: enp0s3", "dcs-type: patroni"];
  const ended = check([...lines, "trigger-key: /leader", "trigger-value: 200"]);
  assert.equal(ended.code, 3, ended.stdout);
  const values = inForce(ended);
  assert.equal(values.get("source"), `patroni (${file}:4)`);
  assert.equal(values.get("patroni-url"), "http://127.0.0.1:8008 (default)");
  assert.match(complaint(ended, /^warning: source/), /loop_wait/);
});

describe("what cannot be done is refused, with what to write or to do in its place", () => {
  const needed = ["ip: 192.168.0.123", "netmask: 24", "interface: enp0s3", "trigger-key: a/leader"];
  const rows: readonly [string, RegExp, RegExp][] = [
    ["manager-type: hetzner", /manager-type = "hetzner"/, /keep vip-manager/],
    ["hosting_type: hetzner", /manager-type = "hetzner"/, /keep vip-manager/],
    ["dcs-type: etcd3", /dcs-type = "etcd3"/, /source: patroni/],
    ["dcs-endpoints: http://127.0.0.1", /dcs-endpoints/, /:8500/],
    ["retry-nmu: 3", /retry-nmu/, /retry-num/],
  ];
  for (const [line, subject, remedy] of rows) {
    test(line, () => {
      const ended = check([...needed, line]);
      assert.equal(ended.code, 1);
      const said = complaint(ended, new RegExp(`^error: ${subject.source}`));
      assert.match(said, new RegExp(`to do: .*${remedy.source}`));
    });
  }
});

test("vip-manager's netmask -1 is understood, and what it means here is said.", () => {
  const lines = ["ip: 192.168.0.123", "netmask: -1", "interface: enp0s3", "trigger-key: a/leader"];
  const ended = check(lines);
  assert.equal(ended.code, 3);
  assert.equal(inForce(ended).get("netmask"), `32 (${file}:2)`);
  assert.match(complaint(ended, /^warning: netmask/), /to do: +write 32/);
});

test("Its command line and its variables start the agent as they are.", () => {
  const flags = ["--ip=192.168.0.123", "--interface", "enp0s3", "--trigger-key=a/leader"];
  const ended = vipAgent(["check", ...flags, "--verbose"], {
    VIP_NETMASK: "24",
    VIP_DCS_TYPE: "consul",
    VIP_DCS_ENDPOINTS: "http://127.0.0.1:8500,http://127.0.0.2:8500",
  });
  assert.equal(ended.code, 0, ended.stdout);
  const values = inForce(ended);
  assert.equal(values.get("netmask"), "24 (VIP_NETMASK)");
  assert.equal(values.get("log-level"), "debug (--verbose)");
});
