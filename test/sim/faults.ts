/**
 * What can go wrong: each fault with how often it comes, how long it lasts, and what it touches.
 *
 * A fault begins with `begin`, which returns what ends it. `touches` names the parts of which hosts
 * it makes unsound for the checkers; a fault of Patroni alone touches no agent, so that the agents
 * must follow the key as promptly as ever. Harmless faults are those that must never cost the VIP.
 */
import { proofMs } from "./checkers/lease.ts";
import type { Impairment } from "./consul/link.ts";
import type { Fault } from "./fault.ts";
import type { Host } from "./host.ts";
import { leaderKey } from "./keys.ts";
import { localFaults, without } from "./local-faults.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

const agentFaults = {
  "agent stands still": {
    weight: 4,
    lastsS: [0.2, 40],
    harmlessUpToS: 1.2,
    touches: { part: "process", who: "host" },
    begin: ({ host }) => host.agent.stall(),
  },
  "agent killed": {
    weight: 3,
    lastsS: [0.1, 30],
    touches: { part: "process", who: "host" },
    begin: ({ host }) => {
      host.agent.kill();
      return () => host.agent.start();
    },
  },
  "agent killed and back at once": {
    weight: 1,
    lastsS: [0.05, 0.5],
    harmlessUpToS: 0.5,
    touches: { part: "process", who: "host" },
    begin: ({ host }) => {
      host.agent.kill();
      return () => host.agent.start();
    },
  },
  "agent stopped": {
    weight: 2,
    lastsS: [6, 30],
    touches: { part: "process", who: "host" },
    begin: ({ host }) => {
      host.agent.stop("release");
      return () => host.agent.start();
    },
  },
  "agent handed over": {
    weight: 3,
    lastsS: [0.6, 1.5],
    harmlessUpToS: 1.2,
    touches: { part: "process", who: "host" },
    begin: ({ host }) => {
      host.agent.stop("hand-over");
      return () => host.agent.start();
    },
  },
} as const satisfies Record<string, Fault>;

const patroniFaults = {
  switchover: {
    weight: 5,
    harmlessUpToS: 0,
    begin: ({ world, random }) => switchOver(world, random),
  },
  "Patroni hangs": {
    weight: 3,
    lastsS: [1, 120],
    harmlessUpToS: 10,
    begin: ({ host }) => host.patroni.stall(),
  },
  "Patroni killed": {
    weight: 2,
    lastsS: [1, 90],
    harmlessUpToS: 10,
    begin: ({ host }) => {
      host.patroni.kill();
      return () => host.patroni.start();
    },
  },
  "Patroni stopped": {
    weight: 1,
    lastsS: [5, 60],
    begin: ({ host }) => {
      host.patroni.stop();
      return () => host.patroni.start();
    },
  },
  "all Patronis killed": {
    weight: 1,
    lastsS: [10, 120],
    begin: ({ world }) => {
      for (const { patroni } of world.hosts) patroni.kill();
      return () => {
        for (const { patroni } of world.hosts) patroni.start();
      };
    },
  },
  "Patroni cut off from Consul": {
    weight: 2,
    lastsS: [1, 60],
    begin: ({ host }) => host.patroniLink.impair({ kind: "black-hole" }),
  },
  "session destroyed": {
    weight: 3,
    harmlessUpToS: 0,
    begin: ({ world }) => {
      const session = world.leader?.session;
      if (session !== undefined) world.consul.endSession(session);
    },
  },
  "session destroyed while its Patroni hangs": {
    weight: 2,
    lastsS: [10, 60],
    begin: ({ world, host }) => {
      const thaws = world.hosts.map(({ patroni }) => patroni.stall());
      const session = world.leader?.session;
      if (session !== undefined) world.consul.endSession(session);
      host.isIsolated = true;
      return () => {
        host.isIsolated = false;
        for (const thaw of thaws) thaw();
      };
    },
  },
  "key written by hand": {
    weight: 2,
    lastsS: [1, 30],
    begin: ({ world, random }) => {
      const { member } = random.pick(world.hosts);
      const { store } = world.consul;
      const thaws = world.hosts.map(({ patroni }) => patroni.stall());
      const { nowMs } = world.engine;
      store.delete(leaderKey);
      store.put(leaderKey, member, nowMs);
      return () => {
        store.delete(leaderKey);
        for (const thaw of thaws) thaw();
      };
    },
  },
  pause: {
    weight: 1,
    lastsS: [10, 120],
    harmlessUpToS: 60,
    begin: ({ world }) => {
      world.setConfig({ ...world.config, pause: true });
      return () => world.setConfig(without(world.config, "pause"));
    },
  },
  "timings changed": {
    weight: 0.5,
    begin: ({ world, random }) => {
      // Neither shorter nor longer than what the hour began with, so that all promises stand.
      const { ttl, loop_wait } = world.config;
      const isLong = ttl === 30 && loop_wait === 10;
      if (isLong) world.setConfig({ ...world.config, retry_timeout: random.pick([8, 9, 10]) });
    },
  },
} as const satisfies Record<string, Fault>;

function switchOver(world: World, random: Random): void {
  const { named } = world;
  const others = world.hosts.filter((host) => host !== named && host.patroni.isRunning);
  if (named === undefined || others.length === 0) return;
  const candidate = random.pick(others).member;
  world.candidate = candidate;
  world.engine.after(5_000, () => {
    if (world.candidate === candidate) world.candidate = undefined;
  });
  named.patroni.stepDown();
}

const consulFaults = {
  election: {
    weight: 3,
    lastsS: [0.3, 12],
    harmlessUpToS: survivableElectionS,
    touches: { part: "network", who: "all" },
    begin: ({ world }) => {
      world.consul.loseLeader("electing");
      return () => world.consul.elect();
    },
  },
  "quorum lost": {
    weight: 2,
    lastsS: [5, 90],
    touches: { part: "network", who: "all" },
    begin: ({ world }) => {
      world.consul.loseLeader("electing");
      return () => world.consul.elect();
    },
  },
  "all of Consul gone": {
    weight: 2,
    lastsS: [1, 60],
    touches: { part: "network", who: "all" },
    begin: ({ world }) => {
      world.consul.loseLeader("down");
      return () => world.consul.elect();
    },
  },
  "Consul restored from a snapshot": {
    weight: 0.5,
    lastsS: [2, 6],
    touches: { part: "network", who: "all" },
    begin: ({ world }) => {
      world.consul.loseLeader("down");
      return () => {
        world.consul.store.restore(3);
        world.consul.elect();
      };
    },
  },
  "host cut off from Consul": {
    weight: 5,
    lastsS: [0.5, 90],
    touches: { part: "network", who: "host" },
    begin: ({ host, random }) => {
      const kind = random.pick(["black-hole", "refused"] as const);
      const ends = [...host.links.values(), host.patroniLink].map((link) => link.impair({ kind }));
      host.isIsolated = random.chance(0.5);
      return () => {
        host.isIsolated = false;
        for (const end of ends) end();
      };
    },
  },
  "agent cut off from Consul": {
    weight: 3,
    lastsS: [0.5, 60],
    touches: { part: "network", who: "host" },
    begin: ({ host, random }) => impairAll(host, troubleOf(random)),
  },
  "one endpoint dead": {
    weight: 3,
    lastsS: [0.5, 120],
    harmlessUpToS: 120,
    touches: { part: "network", who: "host" },
    begin: ({ host, random }) => {
      const links = [...host.links.values()];
      const kind = random.pick(["black-hole", "refused"] as const);
      return links.length < 2 ? undefined : random.pick(links).impair({ kind });
    },
  },
  "slow answers": {
    weight: 3,
    lastsS: [1, 60],
    harmlessUpToS: 60,
    touches: { part: "network", who: "host" },
    begin: ({ host, random, world }) => {
      const upToMs = world.scenario.temper === "harmless" ? 400 : random.spread(100, 4_000);
      return impairAll(host, { kind: "slow", upToMs });
    },
  },
} as const satisfies Record<string, Fault>;

/**
 * When the leader goes, the newest proof may be two waits old already; a hold ends some time before
 * its proof does, and after the election a question that is under way may first have to fail.
 */
function survivableElectionS({ patroni, settings }: Scenario): number {
  const leaseMs = proofMs(patroni, settings.leaseMarginMs);
  const oldestProofMs = 2 * ((settings.consul.waitMs * 17) / 16);
  return Math.min(5, Math.max(0.1, (leaseMs - oldestProofMs - 3_500) / 1_000));
}

function troubleOf(random: Random): Impairment {
  return random.weighted<Impairment>([
    [2, { kind: "black-hole" }],
    [1, { kind: "refused" }],
    [1, { kind: "cut" }],
    [2, { kind: "status", status: random.pick([403, 429, 500, 503] as const) }],
  ]);
}

function impairAll({ links }: Host, impairment: Impairment): () => void {
  const ends = [...links.values()].map((link) => link.impair(impairment));
  return () => {
    for (const end of ends) end();
  };
}

const hostFaults = {
  "helpers fail": {
    weight: 3,
    lastsS: [0.1, 20],
    touches: { part: "helper", who: "host" },
    begin: ({ host, random }) => {
      host.helperTrouble = random.pick(["slow", "hangs", "dies", "missing"] as const);
      return () => {
        host.helperTrouble = undefined;
      };
    },
  },
  "helpers are slow": {
    weight: 2,
    lastsS: [0.1, 10],
    harmlessUpToS: 10,
    touches: { part: "helper", who: "host" },
    begin: ({ host }) => {
      host.helperTrouble = "slow";
      return () => {
        host.helperTrouble = undefined;
      };
    },
  },
  "monitor deaf": {
    weight: 1,
    lastsS: [1, 60],
    harmlessUpToS: 60,
    touches: { part: "interface", who: "host" },
    begin: ({ host, random }) => {
      host.monitorTrouble = random.pick(["deaf", "late"] as const);
      return () => {
        host.monitorTrouble = undefined;
      };
    },
  },
  "VIP removed by a stranger": {
    weight: 3,
    touches: { part: "interface", who: "host" },
    begin: ({ host, world }) => {
      for (const vip of world.scenario.vips) host.kernel.removeAll(vip, "stranger");
    },
  },
  "VIP added by a stranger": {
    weight: 3,
    touches: { part: "interface", who: "host" },
    begin: ({ host, world, random }) => {
      const vip = random.pick(world.scenario.vips);
      const prefixLength = vip.includes(":") ? 128 : random.pick([24, 32]);
      host.kernel.replace(vip, prefixLength, "endless", "stranger");
    },
  },
  "link down": {
    weight: 2,
    lastsS: [0.1, 20],
    touches: { part: "interface", who: "host" },
    begin: ({ host }) => {
      host.kernel.setLink("down");
      return () => host.kernel.setLink("up");
    },
  },
  "host stands still": {
    weight: 2,
    lastsS: [0.3, 60],
    harmlessUpToS: 1,
    touches: { part: "pause", who: "host" },
    begin: ({ host, random }) => host.pause(random.chance(0.5)),
  },
  "interface made anew": {
    weight: 1,
    lastsS: [0.05, 10],
    touches: { part: "interface", who: "host" },
    begin: ({ host }) => {
      host.kernel.setLink("absent");
      return () => host.kernel.setLink("up");
    },
  },
} as const satisfies Record<string, Fault>;

export const faults = {
  ...agentFaults,
  ...patroniFaults,
  ...localFaults,
  ...consulFaults,
  ...hostFaults,
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
