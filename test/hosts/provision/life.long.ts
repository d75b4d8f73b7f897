/**
 * What becomes of a cluster that was provisioned: its leader's host loses power, hosts are booted
 * again, a Consul server is away. Six hosts, reached as an admin who may become root.
 *
 * It is one story: each test goes on with the hosts as the one before has left them. Nothing but
 * power is touched, so whatever comes back comes back by itself.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { monotonicMs, waitUntil } from "../../../lab/clock.ts";
import { attempt } from "../../../lab/command.ts";
import { addressOf, inHost, VIP, type HostName } from "../../../lab/network.ts";
import { ADMIN } from "./support/access.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { writeClusterFile } from "./support/cluster-file.ts";
import { leaderBy, untilWhole } from "./support/cluster-state.ts";
import { DatabaseClient } from "./support/database-client.ts";
import { endsWith, phaseTimes, provision, stepsOf, summariesOf } from "./support/provision.ts";
import { CONSUL_HOSTS, DATABASE_HOSTS, ProvisionStage } from "./support/stage.ts";

const SUITE = suiteOf(process.env);
const METRICS_PORT = 9728;
const AFTER = "insert into notes values ('after')";

// The leader key lives for 30 s after its leader; the rest is room for a busy machine.
const TAKEN_OVER_WITHIN_MS = 120_000;
const BACK_WITHIN_MS = 180_000;

const skip = await skipWithoutProvisions(SUITE);

describe(`six hosts with ${SUITE}`, { skip }, () => {
  const [first = "", second = ""] = DATABASE_HOSTS;
  const [server = ""] = CONSUL_HOSTS;
  let stage: ProvisionStage;
  let file: string;
  let client: DatabaseClient;
  let killed: HostName;

  before(async () => {
    stage = await ProvisionStage.open({
      hosts: [...CONSUL_HOSTS, ...DATABASE_HOSTS],
      suite: SUITE,
    });
    const changes = { "vip-agent.metrics-address": "host" };
    file = await writeClusterFile(stage, { layout: "six-hosts", user: ADMIN, changes });
  });

  after(async () => stage.close());

  const run = async (verb: string) => await provision(stage, verb, file);

  const isAsItWas = async () => {
    endsWith(await run("verify"), 0);
    const planned = await run("plan");
    assert.deepEqual(summariesOf(planned), []);
  };

  it("are built, and verified", async (test) => {
    endsWith(await run("preflight"), 0);
    const applied = await run("apply");
    test.diagnostic(phaseTimes(applied));
    test.diagnostic(`${stepsOf(applied)} steps in ${seconds(applied.tookMs)}`);
    endsWith(applied, 0);
    client = await DatabaseClient.open(file, VIP);
    await client.query("create table notes (text text)");
    await isAsItWas();
  });

  it("metrics of every agent can be had, and name the one that holds the VIP", async () => {
    const leader = await leaderBy(stage, first);
    for (const host of DATABASE_HOSTS) {
      const url = `http://${addressOf(host)}:${METRICS_PORT}/metrics`;
      const { stdout } = await attempt([...inHost("client"), "curl", "-sS", "-m", "5", url]);
      const held = host === leader ? "1" : "0";
      assert.match(stdout, new RegExp(`^vipagent_vip_held(?:\\{.*\\})? ${held}$`, "mu"), host);
    }
  });

  it("the leader's host loses power: the VIP and writes go to another", async (test) => {
    killed = (await leaderBy(stage, first)) ?? "";
    const [witness = ""] = DATABASE_HOSTS.filter((host) => host !== killed);
    await client.query("insert into notes values ('before')");
    const killedAtMs = monotonicMs();
    await stage.killHost(killed);
    await client.untilWritten(AFTER, TAKEN_OVER_WITHIN_MS);
    test.diagnostic(`written through the VIP ${seconds(monotonicMs() - killedAtMs)} later`);
    const leader = await leaderBy(stage, witness);
    assert.notEqual(leader, killed);
    const alive = DATABASE_HOSTS.filter((host) => host !== killed);
    assert.deepEqual(await stage.lab.holders(alive), [leader]);
  });

  it("its power comes back: it follows the new leader, by itself", async (test) => {
    const startedAtMs = monotonicMs();
    await stage.powerOn(killed);
    const [witness = ""] = DATABASE_HOSTS.filter((host) => host !== killed);
    await untilWhole(
      stage,
      [witness, ...DATABASE_HOSTS.filter((one) => one !== witness)],
      BACK_WITHIN_MS,
    );
    test.diagnostic(`streaming ${seconds(monotonicMs() - startedAtMs)} later`);
    assert.notEqual(await leaderBy(stage, witness), killed);
    await isAsItWas();
  });

  it("a Consul server reboots: nothing is lost, and it votes again", async () => {
    const leader = await leaderBy(stage, second);
    await stage.reboot(server);
    await client.query("insert into notes values ('meanwhile')");
    await waitUntil("verify is green", async () => (await run("verify")).exitCode === 0, {
      timeoutMs: BACK_WITHIN_MS,
      everyMs: 1_000,
    });
    assert.equal(await leaderBy(stage, second), leader);
    await isAsItWas();
  });

  it("all hosts lose power at once, and come back as a cluster", async (test) => {
    const all = [...CONSUL_HOSTS, ...DATABASE_HOSTS];
    await Promise.all(all.map((host) => stage.killHost(host)));
    const startedAtMs = monotonicMs();
    await Promise.all(all.map((host) => stage.powerOn(host)));
    await client.untilWritten(AFTER, TAKEN_OVER_WITHIN_MS);
    test.diagnostic(
      `written through the VIP ${seconds(monotonicMs() - startedAtMs)} after the boot`,
    );
    await untilWhole(stage, DATABASE_HOSTS, BACK_WITHIN_MS);
    assert.equal(await client.query("select count(*) from notes where text = 'before'"), "1");
    await isAsItWas();
  });
});

function seconds(durationMs: number): string {
  return `${(durationMs / 1e3).toFixed(1)} s`;
}
