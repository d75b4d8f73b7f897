/**
 * The members of Patroni as the hosts tell them: who is believed, when a phase may go on, and in which
 * order hosts are changed.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import type { Host } from "../../../src/provision/cluster/cluster.ts";
import { databaseHosts } from "../../../src/provision/cluster/hosts.ts";
import { patroniGate } from "../../../src/provision/phases/gates.ts";
import { leaderHost, patroniMembers } from "../../../src/provision/phases/patroni-state.ts";
import { agentWaves, patroniWaves } from "../../../src/provision/phases/waves.ts";
import { sixHosts } from "../support/clusters.ts";
import { worldOf } from "../verify/worlds.ts";
import { servedPorts } from "./served.ts";

const world = worldOf(sixHosts());
const hosts = databaseHosts(world.cluster);

const leader = { name: "test-db2", role: "leader", state: "running", timeline: 3 };
const follower = { name: "test-db1", role: "replica", state: "streaming", timeline: 3, lag: 16 };
const other = { ...follower, name: "test-db3" };

/** What each host answers; a host left out is down. */
async function telling(context: TestContext, answers: Readonly<Record<string, unknown>>) {
  return servedPorts(context, world.cluster, (host, path) => {
    assert.equal(path, "/cluster");
    const answer = answers[host];
    return answer === undefined ? undefined : JSON.stringify(answer);
  });
}

/** The first host tells these members. */
async function having(context: TestContext, members: readonly object[]) {
  return telling(context, { "test-db1": { members } });
}

function named(all: readonly Host[]): string {
  return all.map(({ name }) => name).join(" ");
}

test("The first host with members is believed, and who was asked before is passed over.", async (t) => {
  const ports = await telling(t, {
    "test-db2": { scope: "test" },
    "test-db3": { members: [leader] },
  });
  const told = await patroniMembers(world, ports);
  assert.equal(told.ok && told.value.host.name, "test-db3");
  assert.deepEqual(told.ok && told.value.members.map(({ name }) => name), ["test-db2"]);
});

test("What Patroni does not know of a member is unknown, and hides no other member.", async (t) => {
  const strange = { name: "test-db3", role: "replica", state: "starting", timeline: "?" };
  const waiting = { ...follower, pending_restart: true };
  const told = await patroniMembers(
    world,
    await having(t, [waiting, leader, { ...strange, lag: "unknown" }]),
  );
  assert.deepEqual(told.ok && told.value.members, [
    {
      name: "test-db1",
      role: "replica",
      state: "streaming",
      timeline: 3,
      lagBytes: 16,
      isRestartPending: true,
    },
    {
      name: "test-db2",
      role: "leader",
      state: "running",
      timeline: 3,
      lagBytes: undefined,
      isRestartPending: false,
    },
    {
      name: "test-db3",
      role: "replica",
      state: "starting",
      timeline: undefined,
      lagBytes: undefined,
      isRestartPending: false,
    },
  ]);
});

test("Where nobody tells members, each host says why.", async (t) => {
  const told = await patroniMembers(world, await telling(t, { "test-db1": {}, "test-db2": "?" }));
  assert.equal(told.ok ? "ok" : told.code, "absent");
  const [first, second, down] = told.ok ? [] : told.detail.split("; ");
  assert.equal(first, "Patroni of test-db1 tells no members (HTTP 200)");
  assert.equal(second, "Patroni of test-db2 tells no members (HTTP 200)");
  assert.match(down ?? "", /^Patroni of test-db3: /);
});

test("The leader is a host of the cluster, also that of a standby cluster.", async (t) => {
  const standby = { ...leader, role: "standby_leader" };
  for (const one of [leader, standby]) {
    assert.equal((await leaderHost(world, await having(t, [follower, one])))?.name, "test-db2");
  }
  assert.equal(await leaderHost(world, await having(t, [follower])), undefined);
  assert.equal(await leaderHost(world, await having(t, [{ ...leader, name: "else" }])), undefined);
});

test("Patroni is proved when somebody leads and all others stream, and not before.", async (t) => {
  const look = async (members: readonly object[]) => {
    return patroniGate.look(world, await having(t, members), hosts);
  };
  const shut = (detail: string) => ({ isOpen: false, detail });
  assert.deepEqual(await look([follower, leader, other]), {
    isOpen: true,
    detail: "test-db2 leads, timeline 3",
  });
  assert.deepEqual(await look([follower, other]), shut("nobody leads"));
  assert.deepEqual(
    await look([
      { ...follower, state: "creating replica" },
      { ...leader, state: "starting" },
    ]),
    shut("test-db1 is creating replica; test-db2 is starting; test-db3 is no member yet"),
  );
});

test("Hosts of a living cluster are changed one by one, the leader last.", async (t) => {
  const ports = await having(t, [follower, leader, other]);
  const order = ["test-db1", "test-db3", "test-db2"];
  assert.deepEqual((await patroniWaves(world, ports, hosts)).map(named), order);
  assert.deepEqual((await agentWaves(world, ports, hosts)).map(named), order);
});

test("Of a new cluster the first Patroni comes alone, and agents all at once.", async (t) => {
  const ports = await telling(t, {});
  const waves = (await patroniWaves(world, ports, hosts)).map(named);
  assert.deepEqual(waves, ["test-db1", "test-db2 test-db3"]);
  assert.deepEqual((await agentWaves(world, ports, hosts)).map(named), [named(hosts)]);
});
