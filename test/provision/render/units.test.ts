/**
 * The units, as systemd sees them, and the lines on which the order of a stop depends.
 */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { test } from "node:test";

import { attempt } from "../../../lab/command.ts";
import type { PatroniWish } from "../../../src/provision/cluster/cluster.ts";
import { consulUnit } from "../../../src/provision/render/consul-unit.ts";
import { consulProgram, patroniVenv } from "../../../src/provision/render/paths.ts";
import { patroniUnit } from "../../../src/provision/render/patroni-unit.ts";
import { makeFolder } from "../../support/folder.ts";
import { sixHosts } from "../support/clusters.ts";
import { pathOf, skipWithoutJudge } from "../support/judges.ts";
import { layoutFor } from "./rendered.ts";

const cluster = sixHosts();

function unitWith(changes: Partial<PatroniWish> = {}): string {
  const patroni = { ...cluster.patroni, ...changes };
  return patroniUnit({ ...cluster, patroni }, layoutFor(cluster));
}

/** Values of a setting, in their order. */
function valuesOf(unit: string, setting: string): readonly string[] {
  const lines = unit.split("\n").filter((line) => line.startsWith(`${setting}=`));
  return lines.map((line) => line.slice(setting.length + 1));
}

const skip = await skipWithoutJudge("systemd-analyze");

test("systemd finds no fault with them.", { skip }, async (t) => {
  const units = `${makeFolder(t)}/etc/systemd/system`;
  await mkdir(units, { recursive: true });
  const texts: readonly (readonly [string, string])[] = [
    ["consul.service", consulUnit()],
    ["patroni.service", unitWith()],
    ["watched.service", unitWith({ watchdog: "required", restart: "no" })],
  ];
  for (const [name, text] of texts) {
    // Its programs are not on this machine.
    const runnable = text
      .replaceAll(consulProgram, "/bin/true")
      .replaceAll(`${patroniVenv}/bin/patroni`, "/bin/true");
    await writeFile(`${units}/${name}`, runnable);
    const { exitCode, stdout, stderr } = await attempt(
      [await pathOf("systemd-analyze"), "verify", "--man=no", `${units}/${name}`],
      { timeoutMs: 30_000 },
    );
    assert.deepEqual([exitCode, stdout + stderr], [0, ""], name);
  }
});

test("Patroni stops before Consul, which it does not require.", () => {
  const unit = unitWith();
  assert.match(valuesOf(unit, "After").join(" "), /\bconsul\.service\b/);
  assert.deepEqual(valuesOf(unit, "Requires"), []);
  assert.deepEqual(valuesOf(unit, "BindsTo"), []);
});

test("Patroni waits for the disks, ends alone, and leaves PostgreSQL time to stop.", () => {
  const unit = unitWith();
  assert.deepEqual(valuesOf(unit, "RequiresMountsFor"), ["/pgdata /pgwal"]);
  assert.deepEqual(valuesOf(unit, "Type"), ["simple"]);
  assert.deepEqual(valuesOf(unit, "KillMode"), ["process"]);
  assert(Number.parseInt(valuesOf(unit, "TimeoutStopSec")[0] ?? "0", 10) >= 60);
});

test("Patroni is started again, or not, as the cluster file says.", () => {
  assert.deepEqual(valuesOf(unitWith(), "Restart"), ["on-failure"]);
  assert.deepEqual(valuesOf(unitWith({ restart: "no" }), "Restart"), ["no"]);
});

test("The watchdog's device is Patroni's only where it is asked for.", () => {
  assert.deepEqual(valuesOf(unitWith(), "ExecStartPre"), []);
  assert.match(valuesOf(unitWith({ watchdog: "required" }), "ExecStartPre").join("\n"), /watchdog/);
});

test("Consul has time to end, many files, and comes back whatever it ended with.", () => {
  const unit = consulUnit();
  assert.deepEqual(valuesOf(unit, "KillSignal"), ["SIGTERM"]);
  assert.deepEqual(valuesOf(unit, "Restart"), ["always"]);
  assert.deepEqual(valuesOf(unit, "LimitNOFILE"), ["65536"]);
  assert(Number.parseInt(valuesOf(unit, "TimeoutStopSec")[0] ?? "0", 10) >= 30);
});
