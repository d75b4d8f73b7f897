/**
 * The eyes of `check --live`: how this very host, its Consul agents and its Patroni are looked at.
 *
 * Everything here only reads, but for waking Patroni, and each look has its own deadline.
 */
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Settings } from "../agent/config/settings.ts";
import { examinePlace } from "../callbacks/place.ts";
import { connectConsul } from "../clients/consul.ts";
import type { PatroniSettings } from "../clients/endpoint.ts";
import { type PatroniClient, connectPatroni } from "../clients/patroni.ts";
import { type Outcome, done, failed } from "../outcome.ts";
import { runCommand } from "../vip/command.ts";
import { type InterfaceState, parseInterface } from "../vip/observe.ts";
import { type Tools, findTools } from "../vip/tools.ts";
import type { Eyes } from "./finding.ts";

/** Consul answers a read in milliseconds; Patroni's own patience with it is ten seconds. */
const readKeyDeadlineMs = 3_000;

const patroniDeadlineMs = 2_000;

const ipDeadlineMs = 2_000;

export async function realEyes(settings: Settings): Promise<Eyes> {
  const tools = await findTools();
  return {
    tools,
    observe: (interfaceName) => observe(tools, interfaceName),
    holdersOf,
    hasVipManager,
    askPatroni: (patroni) => withPatroni(patroni, (client) => client.readState(patroniDeadlineMs)),
    wakePatroni: (patroni) => withPatroni(patroni, (client) => client.wake(patroniDeadlineMs)),
    async readPatroniConfig(patroni) {
      const config = await withPatroni(patroni, (client) => client.readConfig(patroniDeadlineMs));
      return config.ok ? config.value : undefined;
    },
    placeProblem,
    isPromotingSecondaries,
    async readKey(endpoint, key) {
      const client = connectConsul(settings.consul, endpoint);
      const outcome = await client.readKey({ key, deadlineMs: readKeyDeadlineMs });
      client.close();
      return outcome;
    },
  };
}

/**
 * Root may look, and the agent listen as another user: that one owns the directory then.
 */
async function placeProblem(directory: string): Promise<string | undefined> {
  const place = await examinePlace(directory);
  if (place.ok) return undefined;
  const isRoot = process.geteuid?.() === 0;
  // A daemon that is root makes it.
  const isFit = place.code === "missing" || isOwnedByAgent(directory);
  return isRoot && isFit ? undefined : place.detail;
}

const writableByOthers = 0o002;

function isOwnedByAgent(directory: string): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return false;
  return found.uid !== 0 && (found.mode & writableByOthers) === 0;
}

async function withPatroni<T>(
  settings: PatroniSettings,
  use: (client: PatroniClient) => Promise<T>,
): Promise<T> {
  const client = connectPatroni(settings);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function observe({ ip }: Tools, interfaceName: string): Promise<Outcome<InterfaceState>> {
  if (!ip.ok) return failed("no-ip", `cannot be looked at: ${ip.problem}`);
  const args = ["-json", "address", "show", "dev", interfaceName];
  const outcome = await runCommand({ path: ip.path, args, deadlineMs: ipDeadlineMs });
  // `ip` fails for an interface that does not exist; the list of all interfaces tells that from
  // other failures.
  if (!outcome.ok) {
    return isInterface(interfaceName)
      ? failed(outcome.code, outcome.detail)
      : done({ kind: "absent" });
  }
  const state = parseInterface(outcome.value.stdout.trim(), interfaceName);
  return state === undefined ? failed("unreadable", "ip printed something unknown") : done(state);
}

function isInterface(name: string): boolean {
  return readNumber(`/sys/class/net/${name}/ifindex`) !== undefined;
}

function holdersOf(addressText: string): readonly string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.some(({ address }) => address === addressText) ? [name] : [],
  );
}

/** By the name that the kernel has for a process, which everybody may read. */
export function hasVipManager(procDirectory = "/proc"): boolean {
  const pids = namesIn(procDirectory).filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => readText(`${procDirectory}/${pid}/comm`) === "vip-manager");
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** The kernel promotes if either the interface or `all` says so. */
function isPromotingSecondaries(interfaceName: string): boolean | undefined {
  const values = [interfaceName, "all"].map((name) =>
    readNumber(`/proc/sys/net/ipv4/conf/${name}/promote_secondaries`),
  );
  return values.includes(undefined) ? undefined : values.some((value) => value !== 0);
}

function readNumber(path: string): number | undefined {
  const text = readText(path);
  return text === undefined ? undefined : Number(text);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
