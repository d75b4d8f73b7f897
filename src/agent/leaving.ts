/**
 * Stop or hand over? What a SIGTERM from systemd is about.
 *
 * `systemctl stop` and `systemctl restart` send the same signal, and mean opposite things: one
 * wants the VIP gone, the other wants it kept for the process that follows. The manager knows: its
 * job for the unit says `restart` or `stop`. No answer, no unit or any other job means a stop,
 * since releasing is always safe.
 */
import { runCommand } from "../vip/command.ts";
import type { Environment } from "./reports/systemd.ts";
import type { StopWish } from "./signals.ts";

/** The unit file names itself in this variable. */
const unitVariable = "VIPAGENT_UNIT";

/** A bus that is busy with an upgrade is worth waiting for; one that is gone fails at once. */
const deadlineMs = 2_000;

/** The wish behind the signal. */
export async function understand(wish: StopWish, environment: Environment): Promise<StopWish> {
  const unit = environment[unitVariable];
  if (wish.signal !== "SIGTERM" || unit === undefined || unit === "") return wish;
  const args = ["list-jobs", "--no-legend", "--plain", unit];
  const jobs = await runCommand({ path: "systemctl", args, deadlineMs });
  if (!jobs.ok) return wish;
  return isRestart(jobs.value.stdout, unit) ? { ...wish, kind: "hand-over" } : wish;
}

/** Whether one of the lines `ID UNIT TYPE STATE` is a restart of this unit. */
export function isRestart(listing: string, unit: string): boolean {
  return listing.split("\n").some((line) => {
    const [, name, type] = line.trim().split(/\s+/);
    return name === unit && type === "restart";
  });
}
