/**
 * Proves the Patroni cluster of the lab, without any agent: what is measured on it later is only
 * worth something if Patroni, PostgreSQL and their clients behave here as the reference says.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import { monotonicMs, waitUntil } from "../../../lab/clock.ts";
import { CONSUL_CLUSTER_HOSTS } from "../../../lab/consul-cluster.ts";
import { createLab, type Lab } from "../../../lab/lab.ts";
import type { PatroniCluster } from "../../../lab/patroni/cluster.ts";
import type { Writer } from "../../../lab/patroni/writer.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";
import { ms, WIDE_MS } from "../support/stage.ts";
import { NEXT_LOOP_MS, quietLeader } from "./stage.ts";

const skip = await skipWithout(...PATRONI);

describe("Patroni cluster of the lab", { skip }, () => {
  let lab: Lab;
  let cluster: PatroniCluster;
  let writer: Writer;

  before(async () => {
    lab = await createLab({ hosts: CONSUL_CLUSTER_HOSTS, consulCluster: { acl: true } });
    cluster = await lab.startPatroni();
    writer = lab.startWriter({ route: "direct" });
    await writer.commit();
  });

  afterEach(async (test) => {
    if (!("passed" in test) || test.passed) return;
    for (const node of cluster.nodes) test.diagnostic((await node.log()).join("\n"));
  });

  after(async () => {
    await lab.close();
  });

  it("comes up with the timings of production and a token for agents that only reads", async () => {
    const { body } = await lab.consulCluster.call("kv/db/test/config?raw");
    assert.partialDeepStrictEqual(JSON.parse(body), { ttl: 30, loop_wait: 10, retry_timeout: 10 });
    const client = lab.consulCluster.node("db1");
    const token = cluster.agentToken;
    assert.equal((await client.call("kv/db/test/leader?consistent", { token })).status, 200);
    const write = { method: "PUT", body: "test-db3", token } as const;
    assert.equal((await client.call("kv/db/test/leader", write)).status, 403);
  });

  it("tells which host took each write, and where the key was, in a switchover", async (test) => {
    const old = await cluster.leader();
    const { sentAtMs } = await cluster.switchover("db2");
    await writer.commit("db2", { sinceMs: sentAtMs, timeoutMs: WIDE_MS });
    const taken = await cluster.key.taken("test-db2", sentAtMs);
    const outage = writer.outage(sentAtMs, monotonicMs());
    const gapMs = cluster.key.missingMs(sentAtMs, taken.atMs);
    test.diagnostic(`direct outage ${ms(outage.durationMs)}, key missing ${ms(gapMs)}`);
    assert.partialDeepStrictEqual(outage, { hostBefore: old.host, hostAfter: "db2" });
    assert.ok(outage.durationMs > 800 && outage.durationMs < 5_000, ms(outage.durationMs));
    assert.ok(gapMs > 0 && gapMs < 1_000, ms(gapMs));
    assert.deepEqual(writer.commitsBy(old.host, taken.atMs), []);
    await cluster.ready();
    assert.deepEqual(await cluster.lost(writer), []);
  });

  it("repairs a killed postmaster as soon as Patroni is woken", async (test) => {
    const leader = await quietLeader(cluster);
    const { atMs, pid } = await leader.killPostmaster();
    await leader.wake();
    await leader.postmasterAfter(pid);
    await writer.commit(leader.host, { sinceMs: monotonicMs(), timeoutMs: WIDE_MS });
    const outage = writer.outage(atMs, monotonicMs());
    test.diagnostic(`direct outage ${ms(outage.durationMs)}`);
    assert.ok(outage.durationMs < NEXT_LOOP_MS, ms(outage.durationMs));
    assert.equal(outage.hostAfter, leader.host);
  });

  it("goes on writing without Patroni, which finds its PostgreSQL again", async () => {
    const leader = await cluster.leader();
    const postmaster = await leader.postmasterPid();
    const { atMs } = await leader.killPatroni();
    await writer.commit(leader.host, { sinceMs: atMs + 500 });
    await leader.start();
    await waitUntil("Patroni's answer", () => leader.status().catch(() => undefined));
    assert.equal(await leader.postmasterPid(), postmaster);
    await cluster.ready();
    assert.equal((await cluster.leader()).host, leader.host);
    // With its PostgreSQL ends what was left of the first Patroni; the second one stays.
    await leader.killPostmaster();
    await leader.wake();
    await cluster.ready();
    assert.ok(leader.isPatroniRunning);
  });

  it("goes on writing while Patroni is frozen and answers nobody", async () => {
    const leader = await cluster.leader();
    await leader.freezePatroni();
    const frozenAtMs = monotonicMs();
    await assert.rejects(leader.rest.call("/patroni", { timeoutMs: 500 }));
    await writer.commit(leader.host, { sinceMs: frozenAtMs + 500 });
    leader.thawPatroni();
    await waitUntil("Patroni's answer", () => leader.status().catch(() => undefined));
  });

  it("takes and gives back the pause", async () => {
    const pauses = async (): Promise<readonly boolean[]> =>
      await Promise.all(cluster.nodes.map(async (node) => (await node.status()).pause));
    await cluster.pause();
    assert.deepEqual(await pauses(), [true, true, true]);
    await cluster.resume();
    assert.deepEqual(await pauses(), [false, false, false]);
  });

  it("loses a host with all that runs in it, and gets it back as a replica", async () => {
    const [lost] = await cluster.replicas();
    assert.ok(lost !== undefined);
    await cluster.crashHost(lost.host);
    assert.equal(lost.isPatroniRunning, false);
    await assert.rejects(lost.rest.call("/patroni", { timeoutMs: 500 }));
    await cluster.reviveHost(lost.host);
    await cluster.ready();
  });
});
