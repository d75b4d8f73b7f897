/**
 * Faults of the agent itself: killed, frozen, restarted, stopped, without its helpers.
 */
import { attempt } from "../../lab/command.ts";
import { inHost } from "../../lab/network.ts";
import { goneWithin, noTransition, nothingLost, overlapWithin, type Fault } from "./fault.ts";
import type { Scene } from "./scene.ts";

/** The goal is the lease's 16 s and one more; the default lifetime of 5 s makes it less. */
const overlapMaxMs = 10_000;
const overlapWithinLeaseMs = 17_000;

const kill: Fault = {
  id: "kill",
  title: "agent killed (SIGKILL) while holding, and the key moves",
  isRepeated: true,
  goals: [overlapWithin(overlapMaxMs)],
  act: killAndMove,
};

const killLong: Fault = {
  id: "kill-lifetime-60",
  title: "the same with `lifetime: 60`, longer than the lease",
  settings: { lifetime: 60 },
  isOursOnly: true,
  goals: [overlapWithin(overlapWithinLeaseMs)],
  act: killAndMove,
};

const freeze: Fault = {
  id: "freeze",
  title: "agent frozen (SIGSTOP) while holding, and the key moves",
  isRepeated: true,
  goals: [overlapWithin(overlapMaxMs)],
  act: async (scene) => {
    scene.strike();
    await scene.agents.db1.freeze();
    await scene.lead("db2");
  },
};

const thaw: Fault = {
  id: "thaw",
  title: "agent frozen for 20 s, the key moves meanwhile, agent thawed",
  goals: [overlapWithin(overlapMaxMs)],
  act: async (scene) => {
    scene.strike();
    await scene.agents.db1.freeze();
    await scene.after(1_000);
    await scene.lead("db2");
    await scene.after(20_000);
    scene.agents.db1.thaw();
  },
};

const crash: Fault = {
  id: "crash",
  title: "agent killed and started again after 0.5 s, as systemd does",
  goals: [nothingLost],
  act: async (scene) => {
    scene.strike();
    await scene.agents.db1.kill();
    await scene.after(500);
    await scene.restart("db1");
  },
};

/** What the unit's `systemctl restart` and the packages do: vip-agent is asked by a signal of its own. */
const restart: Fault = {
  id: "restart",
  title: "agent restarted or upgraded (hand-over, new process)",
  isRepeated: true,
  goals: [nothingLost, noTransition],
  act: async (scene) => {
    scene.strike();
    if (scene.candidate.kind === "agent") await scene.agents.db1.handOver();
    else await scene.agents.db1.process.stop("SIGTERM");
    await scene.restart("db1");
  },
};

const stop: Fault = {
  id: "stop",
  isToLeave: true,
  title: "agent stopped (SIGTERM, as `systemctl stop`), and the key stays",
  isRepeated: true,
  goals: [goneWithin(100)],
  act: async (scene) => {
    scene.strike();
    await scene.agents.db1.process.stop("SIGTERM");
  },
};

const helper: Fault = {
  id: "ip-hangs",
  title: "the agent's `ip` processes hang (SIGSTOP), and the key moves",
  isOursOnly: true,
  goals: [overlapWithin(overlapMaxMs)],
  act: async (scene) => {
    const { stdout } = await attempt([
      "ps",
      "--ppid",
      String(scene.agents.db1.pid),
      "-o",
      "pid=,comm=",
    ]);
    const helpers = [...stdout.matchAll(/(\d+) ip$/gmu)].map(([, pid]) => Number(pid));
    if (helpers.length === 0) throw new Error(`the agent has no ip process: ${stdout}`);
    scene.strike();
    for (const pid of helpers) process.kill(pid, "SIGSTOP");
    await scene.after(1_000);
    await scene.lead("db2");
  },
};

const flush: Fault = {
  id: "nft-flush",
  title: "`nft flush ruleset` on the holder, and the key moves",
  goals: [overlapWithin(overlapMaxMs)],
  act: async (scene) => {
    scene.strike();
    await attempt([...inHost("db1"), "nft", "flush", "ruleset"]);
    await scene.after(1_000);
    await scene.lead("db2");
  },
};

async function killAndMove(scene: Scene): Promise<void> {
  scene.strike();
  await scene.agents.db1.kill();
  await scene.lead("db2");
}

export const agentFaults: readonly Fault[] = [
  kill,
  killLong,
  freeze,
  thaw,
  crash,
  restart,
  stop,
  helper,
  flush,
];
