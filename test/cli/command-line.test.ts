/**
 * The command line as a whole: what it prints where, and its exit codes.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { settingRows } from "../../src/agent/config/table.ts";
import { version } from "../../src/cli/version.ts";
import { makeFolder } from "../support/folder.ts";
import { vipAgent } from "./spawn.ts";

const folder = makeFolder();

function fileOf(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join("\n"), { mode: 0o600 });
  return path;
}

const good = ["ip: 192.168.1.140", "interface: eth0", "trigger-key: db/test/leader"];
const goodFile = fileOf("good.yml", good);
const oddFile = fileOf("odd.yml", [...good, "interval: 1000"]);
const badFile = fileOf("bad.yml", [...good, "netmask: 255.255.255.0"]);

describe("the exit code says how it went", () => {
  const rows: readonly [string, readonly string[], number][] = [
    ["a valid configuration", ["check", `--config=${goodFile}`], 0],
    ["one with warnings", ["check", "--config", oddFile], 3],
    ["an invalid one", ["check", `--config=${badFile}`], 1],
    ["a missing file", ["check", "--config=/nowhere.yml"], 1],
    ["an unknown flag", ["check", "--intreface=eth0"], 2],
    ["a flag without its value", ["check", "--ip"], 2],
    ["a flag with an empty value", ["check", "--ip="], 2],
    ["an unknown command", ["chek"], 2],
    ["one word too many", ["check", "this"], 2],
    ["run without settings", ["run"], 1],
    ["run with a bad file, in vip-manager's way", [`--config=${badFile}`], 1],
    ["release without an address", ["release"], 1],
    ["--version", ["--version"], 0],
    ["--help", ["--help"], 0],
  ];
  for (const [title, args, code] of rows) {
    test(`${title}: ${code}`, () => {
      const ended = vipAgent(args);
      assert.equal(ended.code, code, ended.stderr);
    });
  }
});

test("A usage error names every stranger and what was probably meant.", () => {
  const { stdout, stderr } = vipAgent(["chekc", "--intreface=eth0", "--lfetime=5"]);
  assert.equal(stdout, "");
  assert.match(stderr, /Unknown command: chekc; did you mean check\?/);
  assert.match(stderr, /Unknown flag: --intreface; did you mean --interface\?/);
  assert.match(stderr, /Unknown flag: --lfetime; did you mean --lifetime\?/);
});

describe("a flag that means nothing to its command is refused, with where it belongs", () => {
  const rows: readonly [readonly string[], RegExp][] = [
    [["status", "--metrics-port=1"], /^--metrics-port means nothing to status, .* --config$/m],
    [["status", "--iface=eth0", "--json"], /^--iface means nothing to status/m],
    [["status", "--verbose"], /^--verbose means nothing to status/m],
    [["status", "--live"], /^--live is a flag of check, not of status$/m],
    [["run", "--watch"], /^--watch is a flag of status, not of run$/m],
    [["--json"], /^--json is a flag of check and status, not of run$/m],
    [["check", "--cluster", "--watch"], /^--cluster .* check\n--watch is .* of check$/m],
    [["release", "--live"], /^--live is a flag of check, not of release$/m],
  ];
  for (const [args, words] of rows) {
    test(args.join(" "), () => {
      const { code, stdout, stderr } = vipAgent(args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, words);
      assert.match(stderr, /\nSee vip-agent --help\.\n$/);
    });
  }

  test("status --cluster reads a configuration, so each setting counts.", () => {
    const { code, stderr } = vipAgent(["status", "--cluster", "--trigger-key=a/leader"]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: ip/m);
  });

  test("An unknown command is not blamed for its flags.", () => {
    const { stderr } = vipAgent(["chekc", "--live"]);
    assert.equal(stderr, "Unknown command: chekc; did you mean check?\nSee vip-agent --help.\n");
  });
});

test("run says on stderr why it does not start, all reasons at once.", () => {
  const { stdout, stderr } = vipAgent(["run", "--lifetime=1"]);
  assert.equal(stdout, "");
  for (const key of ["ip", "interface", "trigger-key", "lifetime"]) {
    assert.match(stderr, new RegExp(`^error: ${key}\\b`, "m"));
  }
});

test("check shows each value in force with the place it came from.", () => {
  const { stdout } = vipAgent(["check", `--config=${goodFile}`, "--netmask=24"], {
    VIP_LIFETIME: "9",
  });
  assert.match(stdout, /interface +eth0 +.*good\.yml:2/);
  assert.match(stdout, /netmask +24 +--netmask/);
  assert.match(stdout, /lifetime +9 +VIP_LIFETIME/);
  assert.match(stdout, /lease-margin +4000 +default/);
});

test("check --json is one JSON object with the complaints, the values and the exit code.", () => {
  const { stdout, code } = vipAgent(["check", "--json", `--config=${badFile}`]);
  const report: unknown = JSON.parse(stdout);
  assert.ok(typeof report === "object" && report !== null);
  assert.ok("exitCode" in report && "complaints" in report && "settings" in report);
  assert.equal(report.exitCode, code);
  assert.ok(Array.isArray(report.complaints));
  assert.equal(report.complaints.length, 1);
});

test("No secret is printed, whichever way it came in.", () => {
  const secret = "s3cr3t-5f1e";
  const tokenFile = fileOf("token", [secret]);
  const patroniFile = fileOf("patroni.yml", [
    "scope: a",
    "name: a",
    `consul: {token: ${secret}}`,
    `restapi: {listen: "*:1", authentication: {username: a, password: ${secret}}}`,
  ]);
  const file = fileOf("secret.yml", [
    ...good,
    `consul-token: ${secret}`,
    `etcd-password: ${secret}`,
  ]);
  const runs: readonly [readonly string[], Readonly<Record<string, string>>][] = [
    [[`--config=${file}`], {}],
    [[`--config=${goodFile}`, `--consul-token=${secret}`], {}],
    [[`--config=${goodFile}`, `--consul-token-file=${tokenFile}`], {}],
    [[`--config=${goodFile}`, `--patroni=${patroniFile}`], {}],
    [[`--config=${goodFile}`], { VIP_CONSUL_TOKEN: secret, VIP_TOKEN: secret }],
  ];
  for (const [args, variables] of runs) {
    for (const format of [[], ["--json"]]) {
      const { stdout, stderr, code } = vipAgent(["check", ...format, ...args], variables);
      assert.ok(code === 0 || code === 3, stderr);
      assert.match(stdout, /set/);
      assert.ok(!`${stdout}${stderr}`.includes(secret), stdout);
    }
  }
});

describe("pflag's ways to write a flag work", () => {
  const needed = ["--ip=10.0.0.1", "--interface=eth0", "--trigger-key=a/leader"];
  const rows: readonly [string, readonly string[], RegExp][] = [
    ["a bare switch", ["--verbose"], /log-level +debug +--verbose/],
    ["a switch with =true", ["--verbose=true"], /log-level +debug/],
    ["a switch with =t", ["--verbose=t"], /log-level +debug/],
    ["a switch with =1", ["--verbose=1"], /log-level +debug/],
    ["a switch with =f", ["--verbose=f"], /log-level +info/],
    ["a switch that is off", ["--no-guard"], /guard +false +--guard/],
    ["waking switched off", ["--no-wake"], /wake +false +--wake/],
    ["nobody who listens", ["--callbacks=none"], /callbacks +none +--callbacks/],
    ["a value after a blank", ["--netmask", "24"], /netmask +24/],
    ["a value with a minus", ["--netmask", "-1"], /netmask +32/],
    ["the last of two", ["--lifetime=7", "--lifetime=8"], /lifetime +8/],
    ["one dash", ["-lifetime", "7"], /lifetime +7/],
  ];
  for (const [title, args, expected] of rows) {
    test(title, () => assert.match(vipAgent(["check", ...needed, ...args]).stdout, expected));
  }
});

test("--version prints the version and nothing else.", () => {
  assert.equal(vipAgent(["--version"]).stdout, `${version}\n`);
});

describe("--help shows every flag of the table, and no old name", () => {
  for (const command of [[], ["run"], ["check"], ["release"]]) {
    test(`vip-agent ${[...command, "--help"].join(" ")}`, () => {
      const { stdout } = vipAgent([...command, "--help"]);
      const shown = new Set(stdout.match(/--[a-z-]+/g));
      for (const row of settingRows) {
        assert.equal(shown.has(`--${row.key}`), row.place !== "file", row.key);
        for (const name of row.oldNames ?? []) assert.ok(!shown.has(`--${name}`), name);
      }
      assert.match(stdout, /Exit codes:/);
      assert.match(stdout, /Examples:/);
    });
  }
});

test("completion prints a script, and knows the commands and the flags.", () => {
  const { stdout, code } = vipAgent(["completion"]);
  assert.equal(code, 0);
  assert.match(stdout, /complete .*vip-agent/);
  const commands = vipAgent(["--get-yargs-completions", "vip-agent", ""]).stdout.split("\n");
  assert.deepEqual(
    ["run", "check", "release"].filter((command) => !commands.includes(command)),
    [],
  );
  const flags = vipAgent(["--get-yargs-completions", "vip-agent", "check", "--consul-t"]).stdout;
  assert.match(flags, /--consul-token-file/);
});
