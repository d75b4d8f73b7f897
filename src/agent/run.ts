/**
 * `vip-agent run`: opens the outside, starts the daemon in it, and lives until it is told to go.
 *
 * What outlives a reload is made here (the log, the counters, the word to systemd, the listener);
 * everything else belongs to one daemon and goes with it.
 */
import { hostname } from "node:os";
import { connectConsul } from "../clients/consul.ts";
import { systemClock } from "../clock.ts";
import { announcingTool } from "../vip/announcement.ts";
import { type Tools, findTools } from "../vip/tools.ts";
import { configHashOf } from "./config/fingerprint.ts";
import type { Settings } from "./config/settings.ts";
import { Daemon } from "./daemon.ts";
import { createRunHook } from "./hooks/run-hook.ts";
import { understand } from "./leaving.ts";
import { openOutside } from "./outside.ts";
import { type LoadAgain, Reloader } from "./reload.ts";
import { Listener } from "./reports/http/listener.ts";
import { type Log, createLog } from "./reports/log.ts";
import { createExposition } from "./reports/prometheus/exposition.ts";
import { statusOf } from "./reports/status-of.ts";
import type { AgentStatus } from "./reports/status.ts";
import { createSystemd } from "./reports/systemd.ts";
import { Wishes } from "./signals.ts";

export type RunRequest = {
  readonly settings: Settings;
  readonly warnings: readonly string[];
  /** The file that the settings came from, if there is one. */
  readonly configFile: string | undefined;
  readonly version: string;
  /** Reads the configuration once more, for a reload. */
  readonly loadAgain: LoadAgain;
};

/** Runs until a signal says to stop; resolves to the exit code. */
export async function runDaemon(request: RunRequest): Promise<number> {
  const { settings, warnings, loadAgain } = request;
  const wishes = Wishes.ofProcess();
  const log = createLog(settings.logLevel);
  for (const warning of warnings) log.warn("warning", warning);
  const tools = await findTools();
  if (!tools.ip.ok) {
    log.error("tool-missing", `${tools.ip.problem}; ${tools.ip.consequence}`, { part: "ip" });
    return 1;
  }
  if (settings.announce) reportMissing(settings, tools, log);
  const clock = systemClock();
  const { metrics, exposition } = await createExposition(clock);
  const systemd = createSystemd(process.env, clock);
  const lasting = { clock, log, metrics, systemd, runHook: createRunHook(clock) };
  const open = async (next: Settings) => openOutside(next, { ...lasting, ipPath, tools });
  const ipPath = tools.ip.path;
  let daemon = new Daemon(settings, await open(settings));
  daemon.start();
  let agent = agentStatusOf(request, settings);
  const status = () => statusOf(daemon.view(), agent, Date.now());
  const sources = { status, isLive: () => daemon.isProgressing(), exposition };
  const listener = new Listener({ log, metrics, clock, sources });
  listener.open(settings);
  const reloader = new Reloader({ log, metrics, loadAgain, connect: connectConsul, open });
  for (;;) {
    const wish = await wishes.next();
    if (wish.kind !== "reload") {
      const code = await daemon.stop(await understand(wish, process.env));
      listener.close();
      return code;
    }
    const reloaded = await reloader.reload(daemon);
    if (reloaded === undefined) {
      agent = { ...agent, reloadRefusedAt: new Date().toISOString() };
      continue;
    }
    daemon = reloaded.daemon;
    agent = { ...agentStatusOf(request, reloaded.settings), startedAt: agent.startedAt };
    listener.open(reloaded.settings);
  }
}

function agentStatusOf({ version, configFile }: RunRequest, settings: Settings): AgentStatus {
  const now = new Date().toISOString();
  return {
    version,
    node: process.versions.node,
    pid: process.pid,
    host: hostname(),
    startedAt: now,
    source: settings.source,
    configFile: configFile ?? null,
    configHash: configHashOf(settings),
    configReadAt: now,
    reloadRefusedAt: null,
  };
}

function reportMissing(settings: Settings, tools: Tools, log: Log): void {
  for (const part of new Set(settings.vips.map(announcingTool))) {
    const tool = tools[part];
    if (!tool.ok) log.warn("tool-missing", `${tool.problem}; ${tool.consequence}`, { part });
  }
}
