/**
 * The proofs between the phases, one look each.
 */
import type { Host } from "../cluster/cluster.ts";
import { consulServers } from "../cluster/hosts.ts";
import { answeringServer, raftLeaderBy } from "./consul-state.ts";
import type { Gate, GateView } from "./phase.ts";
import { isLeader, isWorking, patroniMembers } from "./patroni-state.ts";
import { vipHolders } from "./vip-state.ts";

const minuteMs = 60_000;

/** A Raft leader that every server of the phase knows. */
export const quorumGate: Gate = {
  what: "a Raft leader among the Consul servers",
  deadlineMs: minuteMs,
  unit: "consul.service",
  look: async (_, ports, hosts) => {
    const looks = hosts.map(async (host) => ({ host, leader: await raftLeaderBy(ports, host) }));
    const leaders = new Set<string>();
    const troubles: string[] = [];
    for (const { host, leader } of await Promise.all(looks)) {
      if (!leader.ok) troubles.push(`${host.name}: ${leader.detail}`);
      else if (leader.value === "") troubles.push(`${host.name} knows no leader`);
      else leaders.add(leader.value);
    }
    if (troubles.length > 0) return shut(troubles.join("; "));
    if (leaders.size > 1) return shut("the servers name different leaders");
    return open(`${[...leaders][0] ?? "nobody"} leads`);
  },
};

/** Every server is a voter: until then the cluster cannot lose one. */
export const votersGate: Gate = {
  what: "every Consul server to have a vote",
  // Autopilot gives a vote to who was healthy for ten seconds.
  deadlineMs: minuteMs,
  unit: "consul.service",
  look: async (world, ports) => {
    const server = await answeringServer(world, ports);
    if (!server.ok) return shut(server.detail);
    const raft = await server.value.consul.raft(world.secrets.managementToken.secret);
    if (!raft.ok) return shut(raft.detail);
    const voters = raft.value.filter(({ isVoter }) => isVoter).map(({ name }) => name);
    const missing = consulServers(world.cluster).filter(({ name }) => !voters.includes(name));
    if (missing.length > 0) return shut(`no vote yet: ${namesOf(missing)}`);
    return open(`${voters.length} voters`);
  },
};

/** Each agent of the phase is a living member of the cluster. */
export const membersGate: Gate = {
  what: "the Consul agents to join",
  deadlineMs: minuteMs,
  unit: "consul.service",
  look: async (world, ports, hosts) => {
    const server = await answeringServer(world, ports);
    if (!server.ok) return shut(server.detail);
    const members = await server.value.consul.members(world.secrets.managementToken.secret);
    if (!members.ok) return shut(members.detail);
    const alive = members.value.filter(({ isAlive }) => isAlive).map(({ name }) => name);
    const missing = hosts.filter(({ name }) => !alive.includes(name));
    return missing.length > 0
      ? shut(`not joined: ${namesOf(missing)}`)
      : open(`${alive.length} members are alive`);
  },
};

/** One leader, and every host of the phase serves: it leads or it streams. */
export const patroniGate: Gate = {
  what: "Patroni to have a leader, and its members to follow it",
  // A replica is a copy of the whole database.
  deadlineMs: 30 * minuteMs,
  unit: "patroni.service",
  look: async (world, ports, hosts) => {
    const told = await patroniMembers(world, ports);
    if (!told.ok) return shut(told.detail);
    const { members } = told.value;
    const leader = members.find(isLeader);
    if (leader === undefined) return shut("nobody leads");
    const working = members.filter(isWorking).map(({ name }) => name);
    const missing = hosts.filter(({ name }) => !working.includes(name));
    if (missing.length === 0) return open(`${leader.name} leads, timeline ${leader.timeline}`);
    const states = missing.map(({ name }) => {
      const member = members.find((one) => one.name === name);
      return `${name} is ${member?.state ?? "no member yet"}`;
    });
    return shut(states.join("; "));
  },
};

/** The VIP is on the interface of the leader's host, and nowhere else. */
export const vipGate: Gate = {
  what: "the VIP to come up on the leader's host",
  deadlineMs: minuteMs,
  unit: "vip-agent.service",
  look: async (world, ports) => {
    const told = await patroniMembers(world, ports);
    if (!told.ok) return shut(told.detail);
    const leader = told.value.members.find(isLeader)?.name;
    const holders = await vipHolders(world, ports);
    const isRight = holders.length === 1 && holders[0]?.name === leader;
    return isRight
      ? open(`${world.cluster.vip.address} is on ${leader}`)
      : shut(`${leader ?? "nobody"} leads, and the VIP is on ${namesOf(holders) || "no host"}`);
  },
};

function namesOf(hosts: readonly Host[]): string {
  return hosts.map(({ name }) => name).join(", ");
}

function open(detail: string): GateView {
  return { isOpen: true, detail };
}

function shut(detail: string): GateView {
  return { isOpen: false, detail };
}
