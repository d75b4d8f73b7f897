/**
 * One run at a time from this machine, by a file beside the cluster file that bears the number of the
 * process.
 *
 * The locks on the hosts keep other machines away; they bear the name of this machine and of the
 * cluster file, not of the process, so that a run which was killed is taken up by the next one from
 * here without a word. This file is what keeps two of them from being here at once.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";

import { provisionExit } from "./exit-codes.ts";

/** Whose the locks on the hosts are. */
export function lockOwner(file: string): string {
  return `${userInfo().username}@${hostname()} with ${resolve(file)}`;
}

/** Does the work where no other run is at it, and answers with the exit code. */
export async function asOnlyRun(file: string, work: () => Promise<number>): Promise<number> {
  const other = claimRun(file);
  if (other !== undefined) {
    process.stderr.write(`error: process ${other} of this machine works on ${file} already\n`);
    return provisionExit.failed;
  }
  try {
    return await work();
  } finally {
    rmSync(lockPath(file), { force: true });
  }
}

/** The number of the process that runs already; undefined when it is this one now. */
function claimRun(file: string): number | undefined {
  const path = lockPath(file);
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
      return undefined;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const pid = ownerOf(path);
    if (pid !== undefined && isRunning(pid)) return pid;
    rmSync(path, { force: true });
  }
}

function lockPath(file: string): string {
  return `${file}.lock`;
}

function ownerOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A signal that is none: it fails where there is no such process. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
