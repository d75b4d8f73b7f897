/**
 * What can go wrong with a host's PostgreSQL, with the Patroni beside it, and with what that Patroni
 * tells the agent.
 */
import type { Fault, FaultContext } from "./fault.ts";
import type { Host } from "./host.ts";
import { scope } from "./keys.ts";
import type { PatroniConfig } from "./patroni/dcs.ts";
import type { Scenario } from "./scenario.ts";

const isAsking = ({ settings }: Scenario): boolean => {
  return settings.patroni !== undefined && settings.source === "consul";
};

/** Both modes are read from Patroni's configuration. */
const isAskingAll = (scenario: Scenario): boolean => {
  return isAsking(scenario) && scenario.isConfigReadable;
};

/** Time for a Patroni that is back to find its PostgreSQL and to take the key again. */
const settleMs = 12_000;

export const localFaults = {
  "postmaster killed": {
    weight: 3,
    harmlessUpToS: 0,
    begin: ({ host }) => {
      if (host.postgres.isRunning) host.postgres.end("death");
    },
  },
  "postmaster killed for good": {
    weight: 1,
    lastsS: [5, 60],
    touches: { part: "patroni", who: "host" },
    begin: ({ host }) => {
      host.postgres.isBroken = true;
      host.postgres.end("death");
      return () => {
        host.postgres.isBroken = false;
      };
    },
  },
  "Patroni stopped in pause": {
    weight: 2,
    lastsS: [20, 120],
    harmlessUpToS: 90,
    fits: isAskingAll,
    begin: stopInPause,
  },
  "Patroni hangs, then its host is cut off": {
    weight: 1.5,
    lastsS: [60, 90],
    fits: isAsking,
    touches: { part: "network", who: "host" },
    begin: hangThenCutOff,
  },
  "pause ends while its primary is cut off": {
    weight: 0.5,
    lastsS: [60, 120],
    fits: isAskingAll,
    touches: { part: "network", who: "host" },
    begin: endPauseUnseen,
  },
  "promise of failsafe mode forgotten": {
    weight: 1,
    lastsS: [60, 120],
    fits: (scenario) => isAskingAll(scenario) && scenario.patroni.failsafe_mode === true,
    touches: { part: "network", who: "host" },
    begin: forgetPromise,
  },
  "Consul away in failsafe mode": {
    weight: 1,
    lastsS: [20, 120],
    harmlessUpToS: 90,
    fits: (scenario) => isAskingAll(scenario) && scenario.patroni.failsafe_mode === true,
    touches: { part: "network", who: "all" },
    begin: ({ world, random }) => {
      world.consul.loseLeader(random.pick(["electing", "down"]));
      const isForgetful = random.chance(0.5);
      return () => {
        // A Consul that was frozen finds every session expired.
        if (isForgetful)
          for (const id of world.consul.store.sessionIds) world.consul.endSession(id);
        world.consul.elect();
      };
    },
  },
  "a member out of reach": {
    weight: 1,
    lastsS: [5, 60],
    harmlessUpToS: 30,
    begin: ({ host }) => {
      host.isIsolated = true;
      return () => {
        host.isIsolated = false;
      };
    },
  },
  "standby cluster": {
    weight: 2,
    lastsS: [20, 120],
    fits: ({ settings, isConfigReadable }) => settings.patroni !== undefined || isConfigReadable,
    begin: ({ world }) => {
      world.setConfig({ ...world.config, standby_cluster: { host: "10.0.0.7" } });
      return () => world.setConfig(without(world.config, "standby_cluster"));
    },
  },
  "REST API in trouble": {
    weight: 3,
    lastsS: [1, 60],
    harmlessUpToS: 60,
    fits: isAsking,
    touches: { part: "patroni", who: "host" },
    begin: ({ host, random }) => {
      host.restTrouble = random.pick(["hangs", "refuses", "slow", "unavailable"]);
      return () => {
        host.restTrouble = undefined;
      };
    },
  },
  "callbacks in trouble": {
    weight: 2,
    lastsS: [5, 120],
    harmlessUpToS: 60,
    fits: ({ settings }) => settings.callbacks !== undefined,
    touches: { part: "patroni", who: "host" },
    begin: ({ host, random }) => {
      host.spool.trouble = random.pick(["lost", "late", "doubled"]);
      return () => {
        host.spool.trouble = undefined;
      };
    },
  },
  "storm of callbacks": {
    weight: 2,
    lastsS: [0.2, 10],
    fits: ({ settings }) => settings.callbacks !== undefined,
    touches: { part: "patroni", who: "host" },
    begin: (context) => storm(context, ["on_start", "on_stop", "on_role_change", "on_reload"]),
  },
  "storm of callbacks that change nothing": {
    weight: 1,
    lastsS: [0.2, 10],
    harmlessUpToS: 10,
    fits: ({ settings }) => settings.callbacks !== undefined,
    begin: (context) => storm(context, ["on_restart", "on_reload", "on_fire"]),
  },
} as const satisfies Record<string, Fault>;

/** An operator pauses the cluster and stops the Patroni of the leader: PostgreSQL goes on. */
function stopInPause({ world, host }: FaultContext): (() => void) | void {
  const stopped = world.named ?? host;
  world.setConfig({ ...world.config, pause: true });
  // The operator waits until every Patroni has seen it.
  const stopAtMs = world.engine.nowMs + world.config.loop_wait * 1_000 + 1_000;
  const cancel = world.engine.at(stopAtMs, () => stopped.patroni.stop());
  return () => {
    cancel();
    if (!stopped.patroni.isRunning) stopped.patroni.start();
    world.engine.after(settleMs, () => world.setConfig(without(world.config, "pause")));
  };
}

/** Its lock is not renewed any more, and when that is known nobody can say whose the key is. */
function hangThenCutOff({ world, host, random }: FaultContext): () => void {
  const thaw = host.patroni.stall();
  let ends: readonly (() => void)[] = [];
  // Late enough for a lease from then on to outlive the lock, and before the lock expires.
  const cutAfterMs = random.between(0.55, 0.8) * world.config.ttl * 1_000;
  const cancel = world.engine.after(cutAfterMs, () => {
    ends = cutOff(host);
    host.isIsolated = true;
  });
  return () => {
    cancel();
    thaw();
    host.isIsolated = false;
    for (const end of ends) end();
  };
}

/** Nobody tells a paused Patroni that is cut off that the pause is over, and the key another's. */
function endPauseUnseen({ world, host }: FaultContext): () => void {
  const { engine } = world;
  world.setConfig({ ...world.config, pause: true });
  let ends: readonly (() => void)[] = [];
  const cutAtMs = engine.nowMs + world.config.loop_wait * 1_000 + 1_000;
  const cancelCut = engine.at(cutAtMs, () => {
    ends = cutOff(host);
    host.isIsolated = true;
  });
  const resume = () => world.setConfig(without(world.config, "pause"));
  const cancelResume = engine.at(cutAtMs + world.config.ttl * 1_000, resume);
  return () => {
    cancelCut();
    cancelResume();
    host.isIsolated = false;
    for (const end of ends) end();
    resume();
  };
}

/** The members promise a primary that is cut off not to take over; then they are restarted. */
function forgetPromise({ world, host }: FaultContext): () => void {
  const { engine } = world;
  const ends = cutOff(host);
  const { loop_wait, retry_timeout, ttl } = world.config;
  const promisedAtMs = engine.nowMs + Math.max(loop_wait + 1.4 * retry_timeout, ttl) * 1_000;
  const cancel = engine.at(promisedAtMs, () => {
    host.isIsolated = true;
    for (const { member, patroni } of world.hosts) if (member !== host.member) patroni.start();
  });
  return () => {
    cancel();
    host.isIsolated = false;
    for (const end of ends) end();
  };
}

function cutOff({ links, patroniLink }: Host): readonly (() => void)[] {
  return [...links.values(), patroniLink].map((link) => link.impair({ kind: "black-hole" }));
}

const roles = ["primary", "master", "replica", "demoted", "standby_leader", "king"];

/** Words that no Patroni, or another one, has left, as fast as a script can. */
function storm({ world, host, random }: FaultContext, actions: readonly string[]): () => void {
  let isOver = false;
  const blow = () => {
    if (isOver) return;
    const words = { action: random.pick(actions), role: random.pick(roles) };
    host.spool.leave({ ...words, scope: random.chance(0.8) ? scope : "another" });
    world.engine.after(random.spread(1, 500), blow);
  };
  blow();
  return () => {
    isOver = true;
  };
}

export function without(config: PatroniConfig, name: keyof PatroniConfig): PatroniConfig {
  const { [name]: _, ...rest } = config;
  return rest as PatroniConfig;
}
