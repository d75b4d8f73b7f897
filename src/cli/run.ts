/**
 * `vip-agent run`: the daemon, in the foreground, as systemd wants it.
 *
 * It is also what happens without a command, so that vip-manager's own command line starts the
 * agent. Nothing of the daemon is loaded before the configuration has been found valid; warnings
 * then go to its log.
 */
import { type Complaint, complaintLine, complaintsText } from "../complaints.ts";
import type { Flags } from "../agent/config/command-source.ts";
import { thisHost } from "../agent/config/host.ts";
import { loadSettings } from "../agent/config/load.ts";
import { exitCode } from "./exit-codes.ts";
import { version } from "./version.ts";

export async function run(flags: Flags): Promise<number> {
  const load = () => loadSettings({ flags, host: thisHost(), purpose: "run" });
  const { settings, complaints, origins } = load();
  if (settings === undefined) {
    printComplaints(complaints);
    return exitCode.failed;
  }
  const { runDaemon } = await import("../agent/run.ts");
  // What is stuck (a helper that cannot be killed, a log that nobody reads) must not keep the process.
  const code = await runDaemon({
    settings,
    warnings: complaints.map(complaintLine),
    configFile: origins.find(({ key }) => key === "config")?.shown,
    version,
    loadAgain: load,
  });
  process.exit(code);
}

/** Complaints go to stderr, so that stdout is the command's own. */
export function printComplaints(complaints: readonly Complaint[]): void {
  if (complaints.length > 0) process.stderr.write(complaintsText(complaints));
}
