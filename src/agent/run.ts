/**
 * `vip-agent run`: opens the outside, starts the daemon in it, and lives until it is told to go.
 */
import { announcingTool } from "../vip/announcement.ts";
import { type Tools, findTools } from "../vip/tools.ts";
import type { Settings } from "./config/settings.ts";
import { Daemon } from "./daemon.ts";
import { understand } from "./leaving.ts";
import { openOutside } from "./outside.ts";
import { type Log, createLog } from "./reports/log.ts";
import { firstStopWish } from "./signals.ts";

/** Runs until a signal says to stop; resolves to the exit code. */
export async function runDaemon(settings: Settings, warnings: readonly string[]): Promise<number> {
  const stopWish = firstStopWish();
  const log = createLog(settings.logLevel);
  for (const warning of warnings) log.warn("warning", warning);
  const tools = await findTools();
  if (!tools.ip.ok) {
    log.error("tool-missing", `${tools.ip.problem}; ${tools.ip.consequence}`, { part: "ip" });
    return 1;
  }
  if (settings.announce) reportMissing(settings, tools, log);
  const outside = await openOutside(settings, { ipPath: tools.ip.path, tools, log });
  const daemon = new Daemon(settings, outside);
  daemon.start();
  return daemon.stop(await understand(await stopWish, process.env));
}

function reportMissing(settings: Settings, tools: Tools, log: Log): void {
  for (const part of new Set(settings.vips.map(announcingTool))) {
    const tool = tools[part];
    if (!tool.ok) log.warn("tool-missing", `${tool.problem}; ${tool.consequence}`, { part });
  }
}
