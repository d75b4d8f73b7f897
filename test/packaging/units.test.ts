/**
 * The units as files: what they share is the same, and systemd's own judgement of them is good.
 *
 * This is the gate for everybody: it needs no machine, only systemd-analyze. What the units do on a
 * running systemd is tried in test/hosts.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeFolder } from "../support/folder.ts";

const folder = join(import.meta.dirname, "../../packaging/systemd");
const units = ["vip-agent.service", "vip-agent@.service"] as const;

/** Tenths: 2.5 is where systemd's "ok" is still far from its "medium" at 5. */
const exposureAtMost = 25;

const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;
if (!hasAnalyze && process.env["CI"] === "true") throw new Error("CI lacks systemd-analyze");
const skip = hasAnalyze ? false : "missing: systemd-analyze (Debian: systemd)";

function linesOf(unit: (typeof units)[number]): readonly string[] {
  return readFileSync(join(folder, unit), "utf8").split("\n");
}

// Those of the template alone: its instances must not share a socket.
const ofTheTemplate = [
  "# A socket for each instance; a variable is stronger than the file.",
  "Environment=VIP_STATUS_SOCKET=/run/vip-agent/status/%i.sock",
];

test("the template differs in description, configuration and socket, and in nothing else", () => {
  const [one, whole] = units.map(linesOf);
  const template = whole?.filter((line) => !ofTheTemplate.includes(line));
  assert.equal(template?.length, (whole?.length ?? 0) - ofTheTemplate.length);
  const differences = (one ?? []).flatMap((line, index) => {
    const other = template?.[index];
    return line === other ? [] : [[line, other]];
  });
  assert.equal(one?.length, template?.length);
  assert.deepEqual(differences, [
    [
      "Description=Virtual IP of the PostgreSQL leader",
      "Description=Virtual IP of the PostgreSQL leader of %i",
    ],
    [
      "ConditionPathExists=/etc/vip-agent/vip-agent.yml",
      "ConditionPathExists=/etc/vip-agent/%i.yml",
    ],
    [
      "ExecStart=/usr/bin/vip-agent run --config=/etc/vip-agent/vip-agent.yml",
      "ExecStart=/usr/bin/vip-agent run --config=/etc/vip-agent/%i.yml",
    ],
  ]);
});

describe("systemd-analyze", { skip }, () => {
  for (const unit of units) {
    test(`security finds an exposure of 2.5 or less in ${unit}`, (context) => {
      const { status, stdout } = security(join(folder, unit));
      context.diagnostic(stdout.trim().split("\n").at(-1) ?? "");
      assert.equal(status, 0, stdout);
    });
  }

  test("security finds more in a unit without its bounds, which proves the gate", (t) => {
    const loose = join(makeFolder(t), "loose.service");
    const open = linesOf("vip-agent.service").filter(
      (line) => !/^(Capability|Protect)/u.test(line),
    );
    writeFileSync(loose, open.join("\n"));
    const { status } = security(loose);
    assert.notEqual(status, 0);
  });
});

function security(file: string) {
  const args = ["security", "--no-pager", "--offline=true", `--threshold=${exposureAtMost}`, file];
  return spawnSync("systemd-analyze", args, { encoding: "utf8", timeout: 30_000 });
}
