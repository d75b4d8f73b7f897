/**
 * Two minutes worth looking at: a switchover, an address removed by hand, a Consul that falls silent,
 * a foreign host that answers, an agent that dies while it holds the VIP.
 *
 * Nothing is measured here and nothing asserted; the pauses are there to be seen on a picture.
 */
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import type { LabAgent } from "../../lab/agent.ts";
import { sleepMs } from "../../lab/clock.ts";
import { run } from "../../lab/command.ts";
import type { Lab } from "../../lab/lab.ts";
import { addressOf, inHost, INTERFACE, VIP, type HostName } from "../../lab/network.ts";
import { hurried, LabPrometheus } from "../../lab/prometheus.ts";

const port = 9_728;
const hosts = ["db1", "db2", "db3"] as const;
const stranger: HostName = "observer";
const callback = fileURLToPath(
  new URL("../../packaging/callbacks/vip-agent-callback", import.meta.url),
);
const alerts = new URL("../../packaging/prometheus/alerts.yml", import.meta.url);

export const sceneHosts: readonly HostName[] = ["dcs", ...hosts, "client", stranger];

type Play = {
  readonly lab: Lab;
  readonly agents: Map<HostName, LabAgent>;
  readonly say: (text: string) => void;
};

type Seen = { readonly prometheus: LabPrometheus; readonly fromS: number; readonly toS: number };

/** Ends with the Prometheus still running, so that it can be asked. */
export async function playScene(lab: Lab, say: (text: string) => void): Promise<Seen> {
  const play: Play = { lab, agents: new Map(), say };
  await lab.leaderKey.move("test-db1");
  for (const host of hosts) await begin(play, host);
  const prometheus = await LabPrometheus.start({
    host: "client",
    targets: hosts.map((host) => ({ host, port })),
    rules: hurried(await readFile(alerts, "utf8")),
  });
  await prometheus.until("all agents", "count(vipagent_vip_held) == 3");
  const fromS = Date.now() / 1_000;
  await act(play);
  return { prometheus, fromS, toS: Date.now() / 1_000 };
}

async function act(play: Play): Promise<void> {
  const { lab, say } = play;
  await pause(15);
  say("a switchover from db1 to db2");
  await switchover(play, "db1", "db2");
  await pause(12);
  say("somebody removes the VIP on db2");
  await run([...inHost("db2"), "ip", "address", "delete", `${VIP}/32`, "dev", INTERFACE]);
  await pause(8);
  say("a reload on db1; Consul is silent for 12 seconds");
  await play.agents.get("db1")?.reload();
  await lab.consul.freeze();
  await pause(12);
  lab.consul.thaw();
  await pause(10);
  say("another host answers for the VIP");
  await run([...inHost(stranger), "ip", "address", "add", `${VIP}/32`, "dev", INTERFACE]);
  await pause(14);
  await run([...inHost(stranger), "ip", "address", "delete", `${VIP}/32`, "dev", INTERFACE]);
  await pause(10);
  say("the agent of db2 dies while it holds the VIP, and db3 takes over");
  await play.agents.get("db2")?.kill();
  await pause(7);
  await switchover(play, "db2", "db3");
  await pause(10);
  await begin(play, "db2");
  await pause(15);
}

async function switchover(play: Play, from: HostName, to: HostName): Promise<void> {
  if (play.agents.get(from)?.process.isRunning === true) await tell(from, "replica");
  await play.lab.leaderKey.move(`test-${to}`);
  await tell(to, "primary");
}

async function begin({ lab, agents }: Play, host: HostName): Promise<void> {
  const settings = {
    "metrics-port": port,
    "metrics-address": addressOf(host),
    callbacks: callbacksOf(host),
    "on-acquire": ["/bin/true"],
    "on-release": ["/bin/true"],
  };
  const agent = await lab.startAgent({ host, settings });
  agents.set(host, agent);
  await agent.event("started", { timeoutMs: 10_000 });
}

/** What Patroni would run when its role changes. */
async function tell(host: HostName, role: string): Promise<void> {
  const words = ["--directory", callbacksOf(host), "on_role_change", role, "test"];
  await run([...inHost(host), "sh", callback, ...words]);
}

function callbacksOf(host: HostName): string {
  return `${tmpdir()}/callbacks-${host}`;
}

async function pause(durationS: number): Promise<void> {
  await sleepMs(durationS * 1_000);
}
