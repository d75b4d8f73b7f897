/**
 * `vip-agent check --live` on hosts that are broken in one way each, with a real kernel and Consul.
 *
 * A finding is held against its severity and its subject; its words are for people. What is well
 * must be silent: each test names every finding that is not good, so that a check that complains of
 * a healthy host fails here too. The Consul of this file denies by default.
 */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import * as v from "valibot";

import { run } from "../../lab/command.ts";
import { addressOf, inHost, INTERFACE, VIP } from "../../lab/network.ts";
import { ANNOUNCEMENTS, COURTESY, LAB, skipWithout } from "./support/capabilities.ts";
import { configurationFile, vipAgent } from "./support/command-line.ts";
import { ip, Stage, withStage, type Settings } from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...ANNOUNCEMENTS, ...COURTESY);

const reportSchema = v.object({
  exitCode: v.number(),
  complaints: v.array(v.unknown()),
  findings: v.array(v.object({ severity: v.string(), subject: v.string() })),
});

type Report = { readonly exitCode: number; readonly findings: readonly string[] };

const VIP_SUBJECT = `VIP ${VIP}`;
const CONFIG_SUBJECT = "Patroni's configuration db/test/config";

describe("check of a host", { skip }, () => {
  let stage: Stage;
  let token = "";
  let consul = "";

  withStage(async () => {
    stage = await Stage.open({ acl: true });
    const rules = 'key_prefix "db/test/" { policy = "read" }';
    token = (await stage.lab.consul.createToken(rules)).secret;
    consul = `Consul ${stage.lab.consul.endpoint}`;
    return stage;
  });

  beforeEach(async () => {
    await stage.lab.leaderKey.writeSibling("config", { ttl: 30, loop_wait: 10, retry_timeout: 10 });
  });

  async function check(settings: Settings = {}, isPowerless = false): Promise<Report> {
    const file = await configurationFile({
      ip: VIP,
      interface: INTERFACE,
      "trigger-key": "db/test/leader",
      "trigger-value": "test-db1",
      "dcs-endpoints": stage.lab.consul.endpoint,
      "consul-token": token,
      ...settings,
    });
    const args = ["check", "--live", "--json", `--config=${file}`];
    const { exitCode, stdout, stderr } = await vipAgent({ args, isPowerless });
    const report = v.parse(reportSchema, JSON.parse(stdout));
    assert.deepEqual(
      { complaints: report.complaints, exitCode: report.exitCode, stderr },
      { complaints: [], exitCode, stderr: "" },
    );
    const findings = report.findings.map(({ severity, subject }) => `${severity}: ${subject}`);
    return { exitCode, findings };
  }

  async function problems(settings: Settings = {}): Promise<Report> {
    const { exitCode, findings } = await check(settings);
    return { exitCode, findings: findings.filter((finding) => !finding.startsWith("good: ")) };
  }

  it("that is well finds each part good, and ends with 0", async () => {
    await stage.lab.leaderKey.move("test-db2");
    const subjects = [
      "ip",
      "arping",
      "nft",
      "ss",
      `interface ${INTERFACE}`,
      VIP_SUBJECT,
      consul,
      CONFIG_SUBJECT,
      "callbacks /run/vip-agent/callbacks",
    ];
    const findings = subjects.map((subject) => `good: ${subject}`);
    assert.deepEqual(await check(), { exitCode: 0, findings });
  });

  it("whose agent holds the VIP finds nothing wrong", async () => {
    await stage.holder("db1", { "consul-token": token });
    assert.deepEqual(await problems(), { exitCode: 0, findings: [] });
  });

  it("changes nothing on it", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const untouched = await stateOfHost();
    await check({ netmask: 24 });
    assert.equal(await stateOfHost(), untouched);
  });

  it("needs no rights on it", async () => {
    await stage.lab.leaderKey.move("test-db1");
    // The arping of Debian does not even start where its own rights are denied to it.
    const { exitCode } = await check({ announce: false }, true);
    assert.equal(exitCode, 0);
  });

  it("warns of a key that is not there", async () => {
    assert.deepEqual(await problems(), { exitCode: 3, findings: [`warning: ${consul}`] });
  });

  it("warns of a key that no session locks", async () => {
    await stage.lab.leaderKey.writePlain("test-db1");
    assert.deepEqual(await problems(), { exitCode: 3, findings: [`warning: ${consul}`] });
  });

  it("accepts a key that no session locks when none is required", async () => {
    await stage.lab.leaderKey.writePlain("test-db1");
    assert.deepEqual(await problems({ "require-session": false }), { exitCode: 0, findings: [] });
  });

  it("fails when the token may not read the key", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const { secret } = await stage.lab.consul.createToken('key "db/other" { policy = "read" }');
    const report = await problems({ "consul-token": secret });
    assert.deepEqual(report, { exitCode: 1, findings: [`error: ${consul}`] });
  });

  it("warns when the token may read the leader key alone", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const { secret } = await stage.lab.consul.createToken(
      'key "db/test/leader" { policy = "read" }',
    );
    const report = await problems({ "consul-token": secret });
    assert.deepEqual(report, { exitCode: 3, findings: [`warning: ${CONFIG_SUBJECT}`] });
  });

  it("fails when Consul does not know the token", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const report = await problems({ "consul-token": "no-such-token" });
    assert.deepEqual(report, { exitCode: 1, findings: [`error: ${consul}`] });
  });

  it("fails when Consul refuses the connection", async () => {
    const refusing = `http://${addressOf("dcs")}:8999`;
    const report = await problems({ "dcs-endpoints": refusing });
    assert.deepEqual(report, { exitCode: 1, findings: [`error: Consul ${refusing}`] });
  });

  it("fails when Consul is silent", async () => {
    await stage.lab.consul.freeze();
    assert.deepEqual(await problems(), { exitCode: 1, findings: [`error: ${consul}`] });
  });

  it("only warns of one endpoint that refuses while another answers", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const refusing = `http://${addressOf("dcs")}:8999`;
    const report = await problems({ "dcs-endpoints": [refusing, stage.lab.consul.endpoint] });
    assert.deepEqual(report, { exitCode: 3, findings: [`warning: Consul ${refusing}`] });
  });

  it("fails when the interface does not exist", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const report = await problems({ interface: "eth9" });
    assert.deepEqual(report, { exitCode: 1, findings: ["error: interface eth9"] });
  });

  it("fails when the interface is down", async (test) => {
    await stage.lab.leaderKey.move("test-db1");
    await ip("db1", "link add spare type veth peer name spare-peer");
    test.after(() => ip("db1", "link delete spare"));
    await ip("db1", "address add 10.7.0.1/24 dev spare");
    const report = await problems({ interface: "spare", ip: "10.7.0.140" });
    assert.deepEqual(report, { exitCode: 1, findings: ["error: interface spare"] });
  });

  it("warns of a VIP in no subnet of its interface", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const report = await problems({ ip: "10.7.0.140" });
    assert.deepEqual(report, { exitCode: 3, findings: ["warning: VIP 10.7.0.140"] });
  });

  it("fails when the VIP is the host's own address", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const report = await problems({ ip: addressOf("db1") });
    assert.deepEqual(report, { exitCode: 1, findings: [`error: VIP ${addressOf("db1")}`] });
  });

  it("fails when the VIP is an address of another interface", async (test) => {
    await stage.lab.leaderKey.move("test-db1");
    await ip("db1", `address add ${VIP}/32 dev lo`);
    test.after(() => ip("db1", `address delete ${VIP}/32 dev lo`));
    assert.deepEqual(await problems(), { exitCode: 1, findings: [`error: ${VIP_SUBJECT}`] });
  });

  it("fails when somebody has put the VIP there without an end", async () => {
    await stage.lab.leaderKey.move("test-db1");
    await ip("db1", `address add ${VIP}/32 dev ${INTERFACE}`);
    assert.deepEqual(await problems(), { exitCode: 1, findings: [`error: ${VIP_SUBJECT}`] });
  });

  it("warns of a netmask that can take the host's own address along", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const findings = [`warning: promote_secondaries of ${INTERFACE}`];
    assert.deepEqual(await problems({ netmask: 24 }), { exitCode: 3, findings });
  });

  it("accepts the same netmask where the kernel promotes the others", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const file = `/proc/sys/net/ipv4/conf/${INTERFACE}/promote_secondaries`;
    await run([...inHost("db1"), "sh", "-c", `echo 1 > ${file}`]);
    assert.deepEqual(await problems({ netmask: 24 }), { exitCode: 0, findings: [] });
  });

  async function stateOfHost(): Promise<string> {
    const script = `ip -o address; ip -o link; ip route; nft list ruleset
      grep . /proc/sys/net/ipv4/conf/*/promote_secondaries`;
    return await run([...inHost("db1"), "sh", "-c", script]);
  }
});
