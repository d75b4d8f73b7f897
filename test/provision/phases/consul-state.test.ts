/**
 * The Raft leader as the hosts' Consuls name it: who is asked further, when a phase may go on, and in
 * which order servers are changed.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import type { Host } from "../../../src/provision/cluster/cluster.ts";
import { consulServers } from "../../../src/provision/cluster/hosts.ts";
import { answeringServer, raftLeaderBy } from "../../../src/provision/phases/consul-state.ts";
import { membersGate, quorumGate, votersGate } from "../../../src/provision/phases/gates.ts";
import { serverWaves } from "../../../src/provision/phases/waves.ts";
import { sixHosts } from "../support/clusters.ts";
import { worldOf } from "../verify/worlds.ts";
import { servedPorts } from "./served.ts";

const world = worldOf(sixHosts());
const servers = consulServers(world.cluster);
const second = "192.168.1.182:8300";

/** Of each server: the leader that it names; a server left out is down. */
async function naming(context: TestContext, leaders: Readonly<Record<string, string>>) {
  return servedPorts(context, world.cluster, (host, path) => {
    assert.equal(path, "/v1/status/leader");
    const leader = leaders[host];
    return leader === undefined ? undefined : JSON.stringify(leader);
  });
}

function named(hosts: readonly Host[]): string {
  return hosts.map(({ name }) => name).join(" ");
}

test("A leader is told by its address, its absence by no word, a Consul that is down by a failure.", async (t) => {
  const ports = await naming(t, { "test-dcs1": second, "test-dcs2": "" });
  const known = await Promise.all(servers.map((host) => raftLeaderBy(ports, host)));
  assert.deepEqual(
    known.map((leader) => (leader.ok ? leader.value : leader.code)),
    [second, "", "unreachable"],
  );
});

test("The first server that knows a leader is the one to ask.", async (t) => {
  const ports = await naming(t, { "test-dcs2": "", "test-dcs3": second });
  const server = await answeringServer(world, ports);
  assert.equal(server.ok && server.value.host.name, "test-dcs3");
});

test("Where no server knows a leader, each says why.", async (t) => {
  const ports = await naming(t, { "test-dcs1": "", "test-dcs2": "" });
  const server = await answeringServer(world, ports);
  assert.equal(server.ok ? "ok" : server.code, "absent");
  const [first, other, down] = server.ok ? [] : server.detail.split("; ");
  assert.equal(first, "test-dcs1 knows no Raft leader");
  assert.equal(other, "test-dcs2 knows no Raft leader");
  assert.match(down ?? "", /^Consul: /);
});

test("The quorum is proved when all servers name one leader, and not before.", async (t) => {
  const all = (leader: string) => Object.fromEntries(servers.map(({ name }) => [name, leader]));
  const look = async (leaders: Readonly<Record<string, string>>) => {
    return quorumGate.look(world, await naming(t, leaders), servers);
  };
  assert.deepEqual(await look(all(second)), { isOpen: true, detail: `${second} leads` });
  assert.deepEqual(await look({ ...all(second), "test-dcs3": "192.168.1.183:8300" }), {
    isOpen: false,
    detail: "the servers name different leaders",
  });
  const half = await look({ "test-dcs1": second, "test-dcs2": "" });
  assert.equal(half.isOpen, false);
  assert.match(half.detail, /^test-dcs2 knows no leader; test-dcs3: Consul: /);
});

test("Votes and members are asked of a server that knows a leader, also where the first is down.", async (t) => {
  const voters = servers.map(({ name }) => ({
    Node: name,
    Leader: false,
    Voter: name !== "test-dcs3",
  }));
  const members = world.cluster.hosts.map(({ name }) => {
    return { Name: name, Addr: "192.168.1.1", Status: name === "test-db2" ? 4 : 1 };
  });
  const pages: Readonly<Record<string, unknown>> = {
    "/v1/status/leader": second,
    "/v1/operator/raft/configuration": { Servers: voters },
    "/v1/agent/members": members,
  };
  const ports = await servedPorts(t, world.cluster, (host, path) => {
    return host === "test-dcs1" ? undefined : JSON.stringify(pages[path]);
  });
  assert.deepEqual(await votersGate.look(world, ports, servers), {
    isOpen: false,
    detail: "no vote yet: test-dcs3",
  });
  assert.deepEqual(await membersGate.look(world, ports, world.cluster.hosts), {
    isOpen: false,
    detail: "not joined: test-db2",
  });
});

test("Servers of a living cluster are changed one by one, the leader last; of a new one at once.", async (t) => {
  const living = await naming(t, { "test-dcs1": second, "test-dcs2": second, "test-dcs3": second });
  assert.deepEqual((await serverWaves(world, living, servers)).map(named), [
    "test-dcs1",
    "test-dcs3",
    "test-dcs2",
  ]);
  const fresh = await naming(t, { "test-dcs1": "", "test-dcs2": "" });
  assert.deepEqual((await serverWaves(world, fresh, servers)).map(named), [named(servers)]);
});
