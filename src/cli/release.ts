/**
 * `vip-agent release`: takes a VIP off this host that a killed agent, or another program, has left
 * behind.
 *
 * It is for the hour in which much is broken, so it wants to know no more than the address and the
 * interface: it neither asks Consul nor minds what the rest of the configuration says.
 */
import type { Flags } from "../agent/config/command-source.ts";
import { thisHost } from "../agent/config/host.ts";
import { loadSettings } from "../agent/config/load.ts";
import { exitCode } from "./exit-codes.ts";
import { printComplaints } from "./run.ts";

export async function release(flags: Flags): Promise<number> {
  const { settings, complaints } = loadSettings({ flags, host: thisHost(), purpose: "release" });
  printComplaints(complaints);
  if (settings === undefined) return exitCode.failed;
  const { releaseLeftBehind } = await import("../agent/release.ts");
  const outcome = await releaseLeftBehind(settings);
  if (!outcome.ok) {
    process.stderr.write(`The VIP could not be released: ${outcome.detail}\n`);
    return exitCode.failed;
  }
  const { removed, problems } = outcome.value;
  for (const vip of removed) process.stdout.write(`Released ${vip}\n`);
  for (const problem of problems) process.stderr.write(`A VIP could not be released: ${problem}\n`);
  if (problems.length > 0) return exitCode.failed;
  if (removed.length === 0) process.stdout.write("Nothing to release.\n");
  return exitCode.fine;
}
