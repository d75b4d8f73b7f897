/**
 * Consul servers on the database hosts themselves: a host that dies takes a server along, and must
 * not take more. A real Prometheus on a client's host looks on.
 *
 * Autopilot's own setting removes a dead server after some seconds, its node and all sessions with
 * it; a leader that was only cut off would lose its lock long before its ttl. So the server of a host
 * without power has to be a peer still when autopilot would have removed it several times over.
 *
 * It is one story: each test goes on with the hosts as the one before has left them.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import { monotonicMs, sleepMs } from "../../../lab/clock.ts";
import { VIP, type HostName } from "../../../lab/network.ts";
import { hurried, LabPrometheus } from "../../../lab/prometheus.ts";
import { skipWithoutPrometheus } from "../../observe/promtool.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { writeClusterFile } from "./support/cluster-file.ts";
import {
  leaderBy,
  makeRaftLeader,
  raftBy,
  untilWhole,
  type RaftSight,
} from "./support/cluster-state.ts";
import { DatabaseClient } from "./support/database-client.ts";
import { endsWith, phaseTimes, provision, summariesOf } from "./support/provision.ts";
import { DATABASE_HOSTS, ProvisionStage } from "./support/stage.ts";

const SUITE = suiteOf(process.env);
const METRICS_PORT = 9_728;
const alerts = new URL("../../../packaging/prometheus/alerts.yml", import.meta.url);

/** Autopilot looks every ten seconds at who has been silent for some. */
const STAYS_MS = 45_000;
const TAKEN_OVER_WITHIN_MS = 120_000;
const BACK_WITHIN_MS = 180_000;
const SCRAPED_WITHIN_MS = 30_000;

const skip = (await skipWithoutProvisions(SUITE)) || (await skipWithoutPrometheus());

describe(`Consul beside the databases, with ${SUITE}`, { skip }, () => {
  const [first = ""] = DATABASE_HOSTS;
  let stage: ProvisionStage;
  let file: string;
  let client: DatabaseClient;
  let prometheus: LabPrometheus;
  let killed: HostName;
  let alive: readonly HostName[];

  before(async () => {
    stage = await ProvisionStage.open({ hosts: DATABASE_HOSTS, suite: SUITE });
    const changes = { "vip-agent.metrics-address": "host" };
    file = await writeClusterFile(stage, { layout: "three-hosts", changes });
    const targets = DATABASE_HOSTS.map((host) => ({ host, port: METRICS_PORT }));
    const rules = hurried(await readFile(alerts, "utf8"));
    prometheus = await LabPrometheus.start({ host: "client", targets, rules });
  });

  after(async () => {
    await prometheus?.close();
    await stage?.close();
  });

  const isHolder = async (host: HostName) => {
    const held = `vipagent_vip_held{instance="${host}"}`;
    await prometheus.until(`${host} holds`, held, (value) => value === 1, SCRAPED_WITHIN_MS);
    const holders = await prometheus.query("sum(vipagent_vip_held)");
    assert.deepEqual(
      holders.map(({ value }) => value),
      [1],
    );
  };

  it("are built, and verified", async (test) => {
    const applied = await provision(stage, "apply", file);
    test.diagnostic(phaseTimes(applied));
    endsWith(applied, 0);
    client = await DatabaseClient.open(file, VIP);
    await client.query("create table notes (text text)");
    await client.query("insert into notes values ('before')");
  });

  it("Prometheus scrapes all three agents, and sees the holder", async () => {
    const up = 'sum(up{job="vip-agent"})';
    await prometheus.until("three agents", up, (value) => value === 3, SCRAPED_WITHIN_MS);
    await isHolder((await leaderBy(stage, first)) ?? "nobody");
  });

  it("the leader's host dies: its server stays a peer, the VIP and writes move", async (test) => {
    killed = (await leaderBy(stage, first)) ?? "";
    alive = DATABASE_HOSTS.filter((host) => host !== killed);
    const [witness = ""] = alive;
    // The harder case: it takes the leaders of both along.
    await makeRaftLeader(stage, killed, file);
    const killedAtMs = monotonicMs();
    await stage.killHost(killed);
    const untilWritten = async () => {
      await client.untilWritten("insert into notes values ('after')", TAKEN_OVER_WITHIN_MS);
      return monotonicMs();
    };
    const [looks, writtenAtMs] = await Promise.all([
      peersUntil(stage, { file, witness, untilMs: killedAtMs + STAYS_MS }),
      untilWritten(),
    ]);
    test.diagnostic(`written through the VIP ${seconds(writtenAtMs - killedAtMs)} later`);
    const told = looks.map(({ sight, atMs }) => {
      return `${seconds(atMs - killedAtMs)}: ${votersIn(sight)?.join(", ") ?? sight.words}`;
    });
    const answered = looks.filter(({ sight }) => sight.peers !== undefined);
    test.diagnostic(`${answered.length} of ${looks.length} looks at the peers were answered`);
    // An election has no answer, and takes a few of the looks.
    assert.ok(answered.length >= 10, told.join("\n"));
    for (const { sight } of answered) assert.deepEqual(votersIn(sight), DATABASE_HOSTS);
    assert.ok(looks.at(-1)?.sight.peers, told.join("\n"));
    const leader = await leaderBy(stage, witness);
    assert.ok(leader !== undefined && leader !== killed, leader);
    assert.deepEqual(await stage.lab.holders(alive), [leader]);
  });

  it("Prometheus sees the VIP move, and tells of the agent that is gone", async () => {
    const [witness = ""] = alive;
    await isHolder((await leaderBy(stage, witness)) ?? "nobody");
    const firing = 'ALERTS{alertstate="firing",alertname="VipAgentDown"}';
    const [alert] = await prometheus.until("an alert", firing, undefined, SCRAPED_WITHIN_MS);
    assert.equal(alert?.labels["instance"], killed);
  });

  it("its power comes back: it votes, and streams from the new leader, by itself", async (test) => {
    const [witness = ""] = alive;
    const leader = await leaderBy(stage, witness);
    const startedAtMs = monotonicMs();
    await stage.powerOn(killed);
    await untilWhole(
      stage,
      [witness, ...DATABASE_HOSTS.filter((one) => one !== witness)],
      BACK_WITHIN_MS,
    );
    test.diagnostic(`streaming ${seconds(monotonicMs() - startedAtMs)} later`);
    assert.equal(await leaderBy(stage, witness), leader);
    // Each has its own word for who is in the quorum.
    for (const host of DATABASE_HOSTS) {
      const sight = await raftBy(stage, host, file);
      assert.deepEqual(votersIn(sight), DATABASE_HOSTS, `${host}: ${sight.words}`);
    }
    const up = 'sum(up{job="vip-agent"})';
    await prometheus.until("three agents", up, (value) => value === 3, SCRAPED_WITHIN_MS);
    endsWith(await provision(stage, "verify", file), 0);
    assert.deepEqual(summariesOf(await provision(stage, "plan", file)), []);
    assert.equal(await client.query("select count(*) from notes where text = 'before'"), "1");
  });
});

type Watched = {
  readonly file: string;
  readonly witness: HostName;
  readonly untilMs: number;
};

/** One look a second. */
async function peersUntil(stage: ProvisionStage, { file, witness, untilMs }: Watched) {
  const looks = [];
  while (monotonicMs() < untilMs) {
    const atMs = monotonicMs();
    looks.push({ atMs, sight: await raftBy(stage, witness, file) });
    await sleepMs(1_000);
  }
  return looks;
}

function votersIn({ peers }: RaftSight): readonly HostName[] | undefined {
  return peers
    ?.filter(({ isVoter }) => isVoter)
    .map(({ name }) => name)
    .toSorted();
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1e3).toFixed(1)} s`;
}
