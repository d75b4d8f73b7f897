/**
 * All files of a machine that a run could change, so that a test can prove that none was.
 */
import { attempt } from "../../../../lab/command.ts";
import type { Machine } from "../../../../lab/machines/machine.ts";
import { ADMIN } from "./access.ts";

const FOLDERS = ["etc", "home", "opt", "pgsql", "root", "srv", "usr", "var/lib"];

/** What a host writes by itself, and what sudo notes of a login. */
const RESTLESS = [
  "var/lib/systemd",
  "var/lib/sudo",
  `home/${ADMIN}/.sudo_as_admin_successful`,
  // Of a Consul that was there before.
  "var/lib/consul",
];

/** Below it are only the lock and what a run remembers of its own. */
const STATE = "var/lib/vip-agent-provision";

const DEADLINE_MS = 30_000;

/** A line for each file: host, path, kind, mode, owner, size, and when it was written. */
export async function fingerprintOf({ host, root }: Machine): Promise<readonly string[]> {
  const left = [...RESTLESS, STATE].flatMap((path) => {
    return ["-path", `${root}/${path}`, "-prune", "-o"];
  });
  // A folder's own time changes with a lock that comes and goes in it.
  const ofFolders = ["(", "-type", "d", "-printf", "%P %y %m %U:%G\\n", ")"];
  const shown = [...ofFolders, "-o", "-printf", "%P %y %m %U:%G %s %T@\\n"];
  const lines = await Promise.all(
    FOLDERS.map(async (folder) => {
      const argv = ["find", `${root}/${folder}`, "-xdev", ...left, ...shown];
      // A folder that is not there is an error of find's, and none here.
      const { stdout } = await attempt(argv, { timeoutMs: DEADLINE_MS });
      return stdout.split("\n").map((line) => `${host} ${folder}/${line}`);
    }),
  );
  return lines.flat();
}
