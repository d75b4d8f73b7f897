/**
 * Runs a script as a host would that is asked by preflight, in a world of its own: as root, with its
 * own network, and gone afterwards.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const sandbox = join(import.meta.dirname, "..", "..", "..", "lab", "sandbox.sh");

/** Why there is none; false where there is one. For `skip` of a test. */
export function sandboxProblem(): string | false {
  const { status, stderr } = spawnSync("sh", [sandbox, "true"], { encoding: "utf8" });
  return status === 0 ? false : `no sandbox here: ${stderr.trim()}`;
}

/** `setup` is sh, and ends by leaving the script on its stdin to some `sh -s`. */
export function runSandboxed(setup: string, script: string): string {
  const { stdout, stderr, error } = spawnSync("sh", [sandbox, "sh", "-c", setup], {
    input: script,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (error !== undefined) throw error;
  // The scripts say nothing on stderr, so what is there is of the setup.
  if (stderr !== "") throw new Error(stderr);
  return stdout;
}
