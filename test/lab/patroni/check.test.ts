/**
 * `vip-agent check --live` beside a real Patroni, told no more than the address, the interface and
 * the path of patroni.yml.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import * as v from "valibot";

import { INTERFACE, VIP } from "../../../lab/network.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";
import { configurationFile, vipAgent } from "../support/command-line.ts";
import type { Settings } from "../support/stage.ts";
import { withPatroni, type PatroniStage } from "./stage.ts";

const skip = await skipWithout(...PATRONI);

const reportSchema = v.object({
  exitCode: v.number(),
  complaints: v.array(v.object({ key: v.string(), severity: v.string() })),
  settings: v.array(v.object({ key: v.string(), value: v.string(), from: v.string() })),
  findings: v.array(v.object({ severity: v.string(), subject: v.string(), found: v.string() })),
});

describe("check of a host with Patroni", { skip }, () => {
  let stage: PatroniStage;
  withPatroni({}, (opened) => (stage = opened));

  async function check(settings: Settings = {}) {
    const tokenFile = `${tmpdir()}/check.token`;
    await writeFile(tokenFile, stage.cluster.agentToken, { mode: 0o600 });
    const file = await configurationFile({
      ip: VIP,
      interface: INTERFACE,
      patroni: stage.cluster.node("db1").configFile,
      "consul-token-file": tokenFile,
      callbacks: `${tmpdir()}/callbacks-db1`,
      ...settings,
    });
    const { stdout } = await vipAgent({ args: ["check", "--live", "--json", `--config=${file}`] });
    return v.parse(reportSchema, JSON.parse(stdout));
  }

  function badOf({ findings }: Awaited<ReturnType<typeof check>>) {
    const bad = findings.filter(({ severity }) => severity !== "good");
    return bad.map(({ severity, subject }) => `${severity}: ${subject}`);
  }

  it("finds all in order, and tells what it saw", async () => {
    const report = await check();
    assert.deepEqual([report.complaints, badOf(report)], [[], []]);
    const found = report.findings.map(({ subject, found: words }) => `${subject} ${words}`);
    for (const words of [
      /^Patroni's configuration db\/test\/config says ttl 30, loop_wait 10, retry_timeout 10$/,
      /^Patroni http:.*:8008 is test-db1 of test: (primary|replica), running$/,
      /^Patroni http:.*:8008 lets itself be woken$/,
      /^callbacks in .*patroni\.yml run vip-agent-callback$/,
    ]) {
      assert.ok(
        found.some((one) => words.test(one)),
        `${words} in ${JSON.stringify(found)}`,
      );
    }
    const places = new Map(report.settings.map(({ key, from }) => [key, from]));
    for (const key of ["trigger-key", "trigger-value", "dcs-endpoints", "data-directory"]) {
      assert.match(places.get(key) ?? "", /patroni\.yml:\d+$/, key);
    }
  });

  it("warns of Patroni's own token, which serves", async () => {
    const report = await check({ "consul-token-file": undefined });
    assert.deepEqual(report.complaints, [{ key: "consul-token", severity: "warning" }]);
    assert.deepEqual(badOf(report), []);
  });

  it("fails for the Patroni of another host", async () => {
    const report = await check({ "trigger-value": "test-db2" });
    const [patroni] = report.findings.filter(({ subject }) => subject.startsWith("Patroni http"));
    assert.deepEqual([report.exitCode, badOf(report)], [1, [`error: ${patroni?.subject}`]]);
  });

  it("warns of a password that does not wake it", async () => {
    const report = await check({ "patroni-password": "not-this-one" });
    const [patroni] = report.findings.filter(({ subject }) => subject.startsWith("Patroni http"));
    assert.deepEqual([report.exitCode, badOf(report)], [3, [`warning: ${patroni?.subject}`]]);
  });

  it("warns of callbacks that leave word elsewhere", async () => {
    const report = await check({ callbacks: `${tmpdir()}/callbacks-db2` });
    const wiring = `warning: callbacks in ${stage.cluster.node("db1").configFile}`;
    assert.deepEqual([report.exitCode, badOf(report)], [3, [wiring]]);
  });
});
