/**
 * Faults of Consul: elections, outages, errors, silence, and a holder that is cut off from it.
 */
import { cut } from "../../lab/cuts.ts";
import { CONSUL_SERVER_HOSTS } from "../../lab/consul-cluster.ts";
import { goneWithin, noTransition, nothingLost, overlapWithin, type Fault } from "./fault.ts";
import type { Scene } from "./scene.ts";

/**
 * Another node can own the key ttl after the last renewal, and the last renewal is at most loop_wait
 * older than the fault: 20 s at 30/10/10.
 */
const earliestOwnerMs = 20_000;

/** Answers are back about 10 s after the last one: the servers' start and their election take the rest. */
const serversBackMs = 7_500;
const serversBackLateMs = 10_000;

const troubleMs = 8_000;
const slowMs = 800;
const verySlowMs = 3_000;

const election: Fault = {
  id: "election",
  title: "leader of three Consul servers killed, quorum kept",
  isRepeated: true,
  consul: "cluster",
  goals: [nothingLost, noTransition],
  act: async (scene) => {
    const { consulCluster } = scene.lab;
    const leader = await consulCluster.leader();
    scene.strike();
    await consulCluster.kill(leader);
  },
};

const outage: Fault = {
  id: "outage",
  title: "all Consul servers gone, back with an election: no answer for about 10 s",
  isRepeated: true,
  consul: "cluster",
  goals: [nothingLost, noTransition],
  act: (scene) => killServersFor(scene, serversBackMs),
};

/** Longer than the lease bridges from its worst phase; what is lost then, and for how long. */
const longerOutage: Fault = {
  id: "outage-12",
  title: "the same, but no answer for about 12 s",
  consul: "cluster",
  act: (scene) => killServersFor(scene, serversBackLateMs),
};

const outageStays: Fault = {
  id: "outage-stays",
  isToLeave: true,
  title: "all Consul servers gone for good",
  isRepeated: true,
  consul: "cluster",
  goals: [goneWithin(earliestOwnerMs)],
  act: killServers,
};

const silent: Fault = {
  id: "silent",
  isToLeave: true,
  title: "Consul accepts and never answers (SIGSTOP)",
  goals: [goneWithin(earliestOwnerMs)],
  act: async (scene) => {
    scene.strike();
    await scene.lab.consul.freeze();
  },
};

const cutOff: Fault = {
  id: "cut",
  title: "holder cut off from Consul; 20 s later, the earliest possible, the key names another",
  goals: [overlapWithin(0)],
  act: async (scene) => {
    scene.strike();
    await cut("db1", "dcs");
    await scene.after(earliestOwnerMs);
    await scene.lead("db2");
  },
};

const oneEndpoint: Fault = {
  id: "one-endpoint",
  title: "the first of two Consul endpoints refuses, for good",
  consul: "door-first",
  goals: [nothingLost, noTransition],
  act: async (scene) => {
    scene.strike();
    scene.door?.become({ kind: "shut" });
  },
};

const token: Fault = {
  id: "token",
  isToLeave: true,
  title: "token revoked, for good (403)",
  consul: "token",
  goals: [goneWithin(earliestOwnerMs)],
  act: async (scene) => {
    scene.strike();
    await scene.lab.consul.revokeToken(scene.token?.accessor ?? "");
  },
};

const tooMany = failing("429", 429, "Your IP is issuing too many concurrent connections");
const noLeader = failing("500", 500, "No cluster leader");

const slow = slowed("slow", slowMs);
const verySlow = slowed("very-slow", verySlowMs);

async function killServers(scene: Scene): Promise<void> {
  const { consulCluster } = scene.lab;
  scene.strike();
  await Promise.all(CONSUL_SERVER_HOSTS.map((host) => consulCluster.kill(host)));
}

async function killServersFor(scene: Scene, durationMs: number): Promise<void> {
  await killServers(scene);
  await scene.after(durationMs);
  for (const host of CONSUL_SERVER_HOSTS) scene.lab.consulCluster.restart(host);
  await scene.lab.consulCluster.node("db1").ready();
  scene.note("no answer for", scene.sinceFaultMs());
}

function failing(id: string, status: number, body: string): Fault {
  return {
    id,
    title: `Consul answers ${status} (“${body}”) for 8 s`,
    consul: "door",
    goals: [nothingLost, noTransition],
    act: async (scene) => {
      scene.strike();
      scene.door?.become({ kind: "failing", status, body });
      await scene.after(troubleMs);
      scene.door?.become({ kind: "open" });
    },
  };
}

function slowed(id: string, delayMs: number): Fault {
  return {
    id,
    title: `Consul answers ${delayMs / 1_000} s late, for good; the key moves after 10 s`,
    consul: "door",
    act: async (scene) => {
      scene.strike();
      scene.door?.become({ kind: "slow", delayMs });
      await scene.after(10_000);
      await scene.lead("db2");
    },
  };
}

export const consulFaults: readonly Fault[] = [
  election,
  outage,
  longerOutage,
  outageStays,
  silent,
  cutOff,
  oneEndpoint,
  token,
  tooMany,
  noLeader,
  slow,
  verySlow,
];
