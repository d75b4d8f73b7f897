/**
 * The built vip-agent as an operator calls it in a host: one command that runs to its end.
 *
 * It sees no variable of the caller's, and its configuration is a file that only its owner can
 * read, so that it has nothing to warn of but what the test is about.
 */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import { attempt, type CommandResult } from "../../../lab/command.ts";
import { inHost, type HostName } from "../../../lab/network.ts";
import { buildIfStale } from "../../../setup/build.ts";

const PROGRAM = fileURLToPath(new URL("../../../dist/vip-agent", import.meta.url));
const DEADLINE_MS = 15_000;

export type CommandLine = {
  readonly host?: HostName;
  readonly args: readonly string[];
  // Without any capability, root is to the kernel what an ordinary user is.
  readonly isPowerless?: boolean;
};

export async function vipAgent(options: CommandLine): Promise<CommandResult> {
  await buildIfStale();
  const { host = "db1", args, isPowerless = false } = options;
  const clean = ["env", "-i", `PATH=${process.env["PATH"] ?? ""}`];
  const rights = isPowerless ? ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--"] : [];
  const argv = [...inHost(host), ...clean, ...rights, PROGRAM, ...args];
  return await attempt(argv, { timeoutMs: DEADLINE_MS });
}

// JSON is YAML too.
export async function configurationFile(settings: object): Promise<string> {
  const file = `${tmpdir()}/${randomUUID()}.yml`;
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  return file;
}
