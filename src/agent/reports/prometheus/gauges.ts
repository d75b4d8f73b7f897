/**
 * The gauges: what is the case now, read from the status at the moment of the question.
 *
 * Nothing in the daemon has to remember to set one, so none can be forgotten: what a dashboard shows
 * is what `vip-agent status` says.
 */
import type { Registry } from "prom-client";
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import { type Status, type VipStatus, vipStates } from "../status.ts";

/** What one VIP is asked, by the name of its gauge. */
const questions: Readonly<Record<string, { help: string; of: (vip: VipStatus) => number }>> = {
  vip_desired: {
    help: "Whether this host is to hold the VIP.",
    of: ({ verdict }) => flag(verdict === "hold"),
  },
  vip_held: {
    help: "Whether the VIP is bound on this host.",
    of: ({ isHeld }) => flag(isHeld),
  },
  leader_is_me: {
    help: "Whether the leader key names this member.",
    of: ({ leader }) => flag(leader.isMe),
  },
  leader_known: {
    help: "Whether the leader key names anybody.",
    of: ({ leader }) => flag(leader.state === "named"),
  },
  leader_last_seen_timestamp_seconds: {
    help: "When the question was sent that the newest answer is to; 0 before the first.",
    of: ({ leader }) => (leader.seenAt === null ? 0 : Date.parse(leader.seenAt) / 1_000),
  },
  lease_remaining_seconds: {
    help: "How long the VIP may be held on what is proven; 0 while it is not to be held.",
    of: ({ lease }) => Math.max(0, lease.remainingMs ?? 0) / 1_000,
  },
  consul_up: {
    help: "Whether the last question about the leader was answered.",
    of: ({ trouble, leader }) => flag(trouble === null && leader.state !== "unread"),
  },
  conflict: {
    help: "Whether another host answers for the VIP.",
    of: ({ conflict }) => flag(conflict !== null),
  },
  paused: {
    help: "Whether Patroni is in maintenance mode.",
    of: ({ cluster, patroni }) => flag(cluster.isPaused || patroni?.isPaused === true),
  },
  standby_cluster: {
    help: "Whether the VIP is kept back here because the cluster follows another one.",
    of: ({ reason }) => flag(reason === "standby-cluster"),
  },
  failsafe_active: {
    help: "Whether Patroni of this host goes on in failsafe mode.",
    of: ({ patroni }) => flag(patroni?.isFailsafeActive === true),
  },
};

export type Gauges = { readonly set: (status: Status) => void };

export function createGauges(registry: Registry): Gauges {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers });
  const build = gauge("vipagent_build_info", "Always 1; the labels say what runs.", [
    "version",
    "node",
  ]);
  const config = gauge("vipagent_config_info", "Always 1; equal where hosts agree on settings.", [
    "hash",
  ]);
  const reload = gauge(
    "vipagent_last_reload_successful",
    "Whether the last reload of the configuration was taken; 1 before the first.",
    [],
  );
  const reloadedAt = gauge(
    "vipagent_last_reload_timestamp_seconds",
    "When the last reload was taken or refused; at first, when the agent started.",
    [],
  );
  const state = gauge("vipagent_state", "1 for the one state that the VIP is in on this host.", [
    "vip",
    "state",
  ]);
  const asked = Object.entries(questions).map(([name, { help, of }]) => {
    return { of, answers: gauge(`vipagent_${name}`, help, ["vip"]) };
  });
  const ownProcess = createProcessSeries(registry);
  return {
    set: ({ agent, vips }) => {
      for (const one of [build, config, state, ...asked.map(({ answers }) => answers)]) one.reset();
      build.set({ version: agent.version, node: agent.node }, 1);
      config.set({ hash: agent.configHash }, 1);
      reload.set(flag(agent.reloadRefusedAt === null));
      reloadedAt.set(Date.parse(agent.reloadRefusedAt ?? agent.configReadAt) / 1_000);
      for (const status of vips) {
        const vip = addressOf(status);
        for (const each of vipStates) state.set({ vip, state: each }, flag(status.state === each));
        for (const { answers, of } of asked) answers.set({ vip }, of(status));
      }
      ownProcess.set();
    },
  };
}

/** Prometheus' own names for these; prom-client's set beside them would wake the process often. */
function createProcessSeries(registry: Registry) {
  const registers = [registry];
  const memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the agent.",
    registers,
  });
  const processor = new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time of the agent, its helpers not among it.",
    registers,
  });
  const start = new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started.",
    registers,
  });
  start.set(Date.now() / 1_000 - process.uptime());
  return {
    set: () => {
      memory.set(process.memoryUsage.rss());
      const { user, system } = process.cpuUsage();
      processor.reset();
      processor.inc((user + system) / 1_000_000);
    },
  };
}

function flag(isSet: boolean): number {
  return isSet ? 1 : 0;
}

function addressOf({ vip }: VipStatus): string {
  return vip.slice(0, vip.lastIndexOf("/"));
}
