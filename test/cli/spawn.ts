/**
 * Runs the command line as a user does, in an environment without any VIP_ variable of the
 * caller's.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A start takes a third of a second; a busy machine may need many times that. */
const deadlineMs = 30_000;

export type Ended = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

export function vipAgent(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Ended {
  const env = { PATH: process.env["PATH"] ?? "", ...variables };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env,
    timeout: deadlineMs,
  });
  return { code: status, stdout, stderr };
}
