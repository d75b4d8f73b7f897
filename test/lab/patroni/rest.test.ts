/**
 * The agent's client and its eye for processes against the real thing, of both generations: what the
 * unit tests take for Patroni's answers is what Patroni answers.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { parse } from "yaml";

import { monotonicMs, waitUntil } from "../../../lab/clock.ts";
import { CONSUL_CLUSTER_HOSTS } from "../../../lab/consul-cluster.ts";
import { createLab, type Lab } from "../../../lab/lab.ts";
import { addressOf } from "../../../lab/network.ts";
import type { PatroniCluster } from "../../../lab/patroni/cluster.ts";
import type { PatroniNode } from "../../../lab/patroni/node.ts";
import { PATRONI_VERSIONS } from "../../../lab/patroni/parts.ts";
import { REST_PORT } from "../../../lab/patroni/settings.ts";
import { parseConfig } from "../../../src/agent/sources/cluster-config.ts";
import {
  connectPatroni,
  type PatroniAnswer,
  type PatroniClient,
} from "../../../src/clients/patroni.ts";
import { systemProcesses } from "../../../src/clients/processes.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";
import { ms } from "../support/stage.ts";

const skip = {
  "4.1.5": await skipWithout(...PATRONI),
  "3.1.2": await skipWithout(...PATRONI, "Patroni 3.1.2"),
};

const DEADLINE_MS = 2_000;

// A loop that was not woken begins up to ten seconds later.
const WOKEN_WITHIN_MS = 3_000;

const configFile = v.object({
  restapi: v.object({
    authentication: v.object({ username: v.string(), password: v.string() }),
  }),
});

for (const version of PATRONI_VERSIONS) {
  describe(`Patroni ${version}, asked by the agent's client`, { skip: skip[version] }, () => {
    let lab: Lab;
    let cluster: PatroniCluster;
    let leader: PatroniNode;
    let replica: PatroniNode;
    const clients: PatroniClient[] = [];

    before(async () => {
      lab = await createLab({ hosts: CONSUL_CLUSTER_HOSTS, consulCluster: { acl: true } });
      cluster = await lab.startPatroni({ version });
      leader = await cluster.ready();
      const [first] = await cluster.replicas();
      assert.ok(first !== undefined);
      replica = first;
    });

    after(async () => {
      for (const client of clients) client.close();
      await lab.close();
    });

    function clientOf(node: PatroniNode, credentials?: { username: string; password: string }) {
      const client = connectPatroni({
        isSecure: false,
        host: addressOf(node.host),
        port: REST_PORT,
        tls: {},
        isUnchecked: false,
        ...(credentials !== undefined && { credentials }),
      });
      clients.push(client);
      return client;
    }

    async function stateOf(node: PatroniNode): Promise<PatroniAnswer> {
      const answer = await clientOf(node).readState(DEADLINE_MS);
      assert.ok(answer.ok, JSON.stringify(answer));
      return answer.value;
    }

    async function authorized(node: PatroniNode): Promise<PatroniClient> {
      const { restapi } = v.parse(configFile, parse(await readFile(node.configFile, "utf8")));
      return clientOf(node, restapi.authentication);
    }

    it("says that the leader is a running primary with the lock", async () => {
      const { dcsSeenAgoMs, name, ...state } = await stateOf(leader);
      assert.deepEqual(state, {
        role: "primary",
        postgres: "running",
        hasLock: true,
        isPaused: false,
        isFailsafeActive: false,
        timeline: 1,
        scope: "test",
      });
      // Older releases name themselves in their configuration only.
      assert.ok(name === leader.member || name === undefined, name);
      assert.ok(dcsSeenAgoMs !== undefined && dcsSeenAgoMs < 15_000, ms(dcsSeenAgoMs ?? -1));
    });

    it("says that a replica runs and has no lock", async () => {
      const { role, postgres, hasLock } = await stateOf(replica);
      assert.deepEqual(
        { role, postgres, hasLock },
        { role: "replica", postgres: "running", hasLock: false },
      );
    });

    it("hands out its configuration, as of its last loop", async () => {
      const client = clientOf(leader);
      const timings = { ttlMs: 30_000, loopWaitMs: 10_000, retryTimeoutMs: 10_000 };
      const question = async (): Promise<boolean> => {
        const answer = await client.readConfig(DEADLINE_MS);
        return answer.ok && isDeepStrictEqual(parseConfig(answer.value)?.timings, timings);
      };
      await waitUntil("the timings of production", question, { timeoutMs: 15_000, everyMs: 100 });
    });

    it("is not woken without its credentials, nor with wrong ones", async () => {
      for (const credentials of [undefined, { username: "patroni", password: randomUUID() }]) {
        const answer = await clientOf(leader, credentials).wake(DEADLINE_MS);
        assert.ok(!answer.ok);
        assert.equal(answer.code, "forbidden");
      }
    });

    it("is woken with them, at once, and its configuration stays as it was", async (test) => {
      const client = await authorized(leader);
      const config = await client.readConfig(DEADLINE_MS);
      // A loop that was just woken begins a new wait: nothing is repaired by chance.
      assert.ok((await client.wake(DEADLINE_MS)).ok);
      await sleep(500);
      const destroyed = await cluster.destroyLeaderSession();
      const answer = await client.wake(DEADLINE_MS);
      assert.deepEqual(answer, { ok: true, value: undefined });
      const taken = await cluster.key.taken(leader.member, destroyed.sentAtMs);
      test.diagnostic(`key back after ${ms(taken.atMs - destroyed.sentAtMs)}`);
      assert.ok(taken.atMs - destroyed.sentAtMs < WOKEN_WITHIN_MS);
      assert.deepEqual(await client.readConfig(DEADLINE_MS), config);
    });

    it("says that it is paused", async () => {
      await cluster.pause();
      assert.equal((await stateOf(leader)).isPaused, true);
      assert.equal((await stateOf(replica)).isPaused, true);
      await cluster.resume();
      assert.equal((await stateOf(leader)).isPaused, false);
    });

    it("does not answer while it stands still, for the deadline and no longer", async () => {
      const client = clientOf(replica);
      await replica.freezePatroni();
      const startedAtMs = monotonicMs();
      const answer = await client.readState(300);
      const tookMs = monotonicMs() - startedAtMs;
      replica.thawPatroni();
      assert.ok(!answer.ok);
      assert.equal(answer.code, "timeout");
      assert.ok(tookMs < 2_000, ms(tookMs));
      await waitUntil("an answer", async () => (await client.readState(DEADLINE_MS)).ok);
    });

    // A replica waits in a question to Consul, and hears of a wake-up only when that is answered.
    it("starts a postmaster that is found in the process table and missed when it is killed", async (test) => {
      const processes = systemProcesses();
      const pid = await leader.postmasterPid();
      assert.equal(await processes.findPostmaster(leader.dataFolder), pid);
      assert.equal(processes.isAlive(pid), true);
      // All hosts of the lab have one process table.
      assert.equal(await processes.findPostmaster(undefined), undefined);
      const { atMs } = await leader.killPostmaster();
      assert.equal(processes.isAlive(pid), false);
      await leader.wake();
      const question = async () => await processes.findPostmaster(leader.dataFolder);
      const next = await waitUntil("a new postmaster", question, { timeoutMs: 30_000 });
      test.diagnostic(`a new one after ${ms(monotonicMs() - atMs)}`);
      assert.notEqual(next, pid);
      const isRunning = async () => (await stateOf(leader)).postgres === "running";
      await waitUntil("a running primary", isRunning, { timeoutMs: 30_000 });
    });

    it("is not sure of a PostgreSQL that has ended in pause until it looks", async (test) => {
      await cluster.pause();
      const client = clientOf(leader);
      const states: string[] = [];
      const question = async (): Promise<string> => {
        const answer = await client.readState(DEADLINE_MS);
        const state = answer.ok ? answer.value.postgres : answer.code;
        if (states.at(-1) !== state) states.push(state);
        return state;
      };
      await leader.signalPostmaster("SIGINT");
      const patience = { timeoutMs: 15_000, everyMs: 20 };
      await waitUntil("its end", async () => (await question()) !== "running", patience);
      await leader.wake();
      await waitUntil("stopped", async () => (await question()) === "stopped", patience);
      test.diagnostic(states.join(", "));
      assert.ok(states.every((state) => ["running", "unsure", "stopped"].includes(state)));
      assert.equal((await stateOf(leader)).role, "primary");
      await leader.stopPatroni();
      const answer = await client.readState(DEADLINE_MS);
      assert.ok(!answer.ok);
      assert.equal(answer.code, "refused");
    });
  });
}
