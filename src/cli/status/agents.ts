/**
 * Which agents there are, and what each of them says.
 *
 * A host has one agent, or one for each cluster (the template unit), each with a socket of its own.
 * Whoever names a socket, or a configuration that names one, asks that agent; else all that there
 * are, the default one first.
 */
import { type Dirent, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Flags } from "../../agent/config/command-source.ts";
import { settingRow, variableName } from "../../agent/config/table.ts";
import { type StatusSocketCode, askStatusSocket } from "../../clients/status-socket.ts";
import { type Outcome, done, failed } from "../../outcome.ts";
import { type Reading, readStatus } from "./reading.ts";

const key = "status-socket";

/** The agent answers from memory, in a millisecond; one that needs longer hangs. */
const askDeadlineMs = 1_000;

/** One for each cluster on a host. */
const maxSockets = 64;

export type AskCode = StatusSocketCode | "newer";

export type Told = { readonly path: string; readonly outcome: Outcome<Reading, AskCode> };

/** Finds the sockets anew with each call: agents come and go. */
export type FindSockets = () => readonly string[];

type Variables = Readonly<Record<string, string | undefined>>;

export async function whereToAsk(
  flags: Flags,
  variables: Variables,
  standard: string = settingRow(key).default ?? "",
): Promise<Outcome<FindSockets, "none">> {
  const named = flags[key] ?? (variables[variableName(key)] || undefined);
  const path = named ?? (await configuredSocket(flags, variables));
  if (path === "none") return failed("none", `${key} is none: this agent can be asked nowhere`);
  return done(() => (path === undefined ? listSockets(standard) : [path]));
}

/** Where a configuration is named that names a socket. Loaded only then: it takes its time. */
async function configuredSocket(flags: Flags, variables: Variables): Promise<string | undefined> {
  if (flags["config"] === undefined && !variables[variableName("config")]) return undefined;
  const [{ loadSettings }, { thisHost }] = await Promise.all([
    import("../../agent/config/load.ts"),
    import("../../agent/config/host.ts"),
  ]);
  const { origins } = loadSettings({ flags, host: thisHost(), purpose: "run" });
  const origin = origins.find((one) => one.key === key);
  return origin === undefined || origin.where.kind === "default" ? undefined : origin.shown;
}

/** All in the directory of the standard one; that one first, and also where there is none. */
export function listSockets(standard: string): readonly string[] {
  const directory = dirname(standard);
  const entries = readEntries(directory);
  const names = entries.filter((entry) => entry.isSocket()).map(({ name }) => name);
  const first = names.filter((name) => name === basename(standard));
  const others = names.filter((name) => name !== basename(standard)).toSorted();
  if (names.length === 0) return [standard];
  return [...first, ...others].slice(0, maxSockets).map((name) => join(directory, name));
}

/** Without a wait: there are a few, in memory, and the promises of node:fs take 5 ms to load. */
function readEntries(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

export async function askAgents(paths: readonly string[]): Promise<readonly Told[]> {
  return await Promise.all(paths.map(async (path) => ({ path, outcome: await ask(path) })));
}

async function ask(path: string): Promise<Outcome<Reading, AskCode>> {
  const answer = await askStatusSocket(path, askDeadlineMs);
  if (!answer.ok) return answer;
  const read = readStatus(answer.value);
  return read.ok ? read : failed(read.code, `${path}: ${read.detail}`);
}

const remedies: Readonly<Record<AskCode, string>> = {
  absent: "is the service running? systemctl status vip-agent",
  deserted: "is the service running? systemctl status vip-agent",
  denied: "ask as root, or look at the rights of its directory",
  "not-socket": "name the socket of the agent by --status-socket, or mend its status-socket",
  timeout: "the agent hangs or the host is overloaded: journalctl --unit=vip-agent --lines=20",
  "broken-off": "it was stopped or restarted: ask again",
  foreign: "name the socket of the agent by --status-socket",
  newer: "call the vip-agent that belongs to the agent",
};

export function remedyFor(code: AskCode): string {
  return remedies[code];
}
