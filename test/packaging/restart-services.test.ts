/**
 * What an upgrade restarts: a service whose configuration the new program takes, and no other.
 *
 * systemctl is a stand-in here, the services are processes that do nothing, and the program is this
 * one. On a real systemd, with real packages, it is tried in test/hosts/package.test.ts.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const ONE = "vip-agent.service";
const OTHER = "vip-agent@orders.service";
const good = ["ip: 192.168.1.140", "interface: eth0", "trigger-key: db/test/leader"];
const bad = [...good, "lifetime: soon"];

/** Each look is a start of Node, and a busy machine takes its time. */
const DEADLINE_MS = 60_000;

let folder = "";
const services = new Map<string, ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vip-agent-restart-"));
  copyFileSync(join(root, "packaging/upgrade/restart-services"), join(folder, "restart-services"));
  executable("vip-agent", `exec ${process.execPath} ${root}/src/cli/main.ts "$@"`);
  executable("systemctl", systemctl);
});

afterEach(() => {
  for (const service of services.values()) service.kill("SIGKILL");
  services.clear();
  rmSync(folder, { recursive: true });
});

const systemctl = `here=$(dirname "$0")
case $1 in
list-units) for file in "$here"/*.pid; do echo "$(basename "$file" .pid) loaded active running"; done ;;
show) cat "$here/$4.pid" ;;
try-restart) echo "$*" >"$here/restarted" && exit "\${TRY_RESTART:-0}" ;;
esac`;

function executable(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

type Service = {
  readonly lines?: readonly string[];
  readonly words?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
};

/** A process that has the words and variables of a service, and its configuration. */
function serve(
  unit: string,
  { lines = good, words = ["run"], variables = {} }: Service = {},
): void {
  const file = join(folder, `${unit}.yml`);
  writeFileSync(file, lines.join("\n"));
  const started = ["-c", "read -r word", "/lib/vip-agent.cjs", ...words, `--config=${file}`];
  const env = { PATH: process.env["PATH"], ...variables };
  const service = spawn("sh", started, { env, stdio: ["pipe", "ignore", "ignore"] });
  services.set(unit, service);
  writeFileSync(join(folder, `${unit}.pid`), `${service.pid}\n`);
}

function restart(variables: Readonly<Record<string, string>> = {}) {
  const args = [join(folder, "restart-services"), "systemctl", "try-restart"];
  const env = { PATH: `${folder}:${process.env["PATH"]}`, ...variables };
  const ended = spawnSync("sh", args, { encoding: "utf8", env, timeout: DEADLINE_MS });
  return { code: ended.status, said: ended.stdout + ended.stderr, units: restarted() };
}

/** The units that were to be restarted; undefined where nothing was. */
function restarted(): readonly string[] | undefined {
  try {
    return readFileSync(join(folder, "restarted"), "utf8").trim().split(" ").slice(1);
  } catch {
    return undefined;
  }
}

test("All that run are restarted, at once, where the program takes their configurations.", () => {
  serve(ONE);
  serve(OTHER, { lines: [...good, "interval: 1000"] });
  assert.deepEqual(restart(), { code: 0, said: "", units: [ONE, OTHER] });
});

test("One whose configuration is refused is left alone, and what is wrong is said.", () => {
  serve(ONE, { lines: bad });
  serve(OTHER);
  const { code, said, units } = restart();
  assert.equal(code, 0);
  assert.deepEqual(units, [OTHER]);
  assert.match(said, /^vip-agent: vip-agent\.service is not restarted: /u);
  assert.match(said, /^ {4}error: lifetime = "soon"/mu);
  assert.match(said, /^ {8}expected: a whole number/mu);
  assert.match(said, / then: systemctl restart vip-agent\.service\n$/u);
  assert.doesNotMatch(said, /Effective configuration|orders/u);
});

test("Nothing is restarted where nothing is fit, or nothing runs.", () => {
  serve(ONE, { lines: bad });
  assert.equal(restart().units, undefined);
  assert.equal(restart().code, 0);
});

describe("a service is looked at as it was started", () => {
  const incomplete = good.filter((line) => !line.startsWith("interface"));
  const rows: readonly (readonly [string, Service, boolean])[] = [
    ["its variables count", { lines: incomplete, variables: { VIP_INTERFACE: "eth0" } }, true],
    ["its flags count", { lines: incomplete, words: ["run", "--interface=eth0"] }, true],
    ["without them it is refused", { lines: incomplete }, false],
    ["the word run may be left out", { words: [] }, true],
    ["a flag that is not there any more is refused", { words: ["run", "--gone=1"] }, false],
    ["other variables are not looked at", { variables: { NODE_OPTIONS: "--odd" } }, true],
  ];
  for (const [title, service, isRestarted] of rows) {
    test(title, () => {
      serve(ONE, service);
      const { units, said } = restart();
      assert.deepEqual(units, isRestarted ? [ONE] : undefined, said);
    });
  }
});

test("A token in the variables is handed on as a variable, never as a word.", () => {
  const token = randomUUID();
  executable("vip-agent", `echo "$*" >${folder}/words; echo "$VIP_CONSUL_TOKEN" >${folder}/token`);
  serve(ONE, { variables: { VIP_CONSUL_TOKEN: token } });
  assert.deepEqual(restart().units, [ONE]);
  assert.equal(readFileSync(join(folder, "token"), "utf8").trim(), token);
  const words = readFileSync(join(folder, "words"), "utf8").trim();
  assert.equal(words, `check --config=${join(folder, `${ONE}.yml`)}`);
});

test("A program that does not run on this host is no reason to end one that does.", () => {
  executable("vip-agent", "exit 127");
  serve(ONE);
  const { code, said, units } = restart();
  assert.deepEqual([code, units], [0, undefined]);
  assert.match(said, /vip-agent check ends with 127/u);
});

test("A service that was started in another way is restarted as ever.", () => {
  serve(ONE, { lines: bad });
  const { pid } = process;
  writeFileSync(join(folder, `${ONE}.pid`), `${pid}\n`);
  assert.deepEqual(restart().units, [ONE]);
});

test("A restart that fails is told by the exit code.", () => {
  serve(ONE);
  assert.equal(restart({ TRY_RESTART: "1" }).code, 1);
});
