/**
 * The eyes of `check --live`: how this very host and its Consul agents are looked at.
 *
 * Everything here only reads, and each look has its own deadline.
 */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Settings } from "../agent/config/settings.ts";
import { connectConsul } from "../clients/consul.ts";
import { type Outcome, done, failed } from "../outcome.ts";
import { runCommand } from "../vip/command.ts";
import { type InterfaceState, parseInterface } from "../vip/observe.ts";
import { type Tools, findTools } from "../vip/tools.ts";
import type { Eyes } from "./finding.ts";

/** Consul answers a read in milliseconds; Patroni's own patience with it is ten seconds. */
const readKeyDeadlineMs = 3_000;

const ipDeadlineMs = 2_000;

export async function realEyes(settings: Settings): Promise<Eyes> {
  const tools = await findTools();
  return {
    tools,
    observe: (interfaceName) => observe(tools, interfaceName),
    holdersOf,
    isPromotingSecondaries,
    async readKey(endpoint, key) {
      const client = connectConsul(settings.consul, endpoint);
      const outcome = await client.readKey({ key, deadlineMs: readKeyDeadlineMs });
      client.close();
      return outcome;
    },
  };
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

/** The kernel promotes if either the interface or `all` says so. */
function isPromotingSecondaries(interfaceName: string): boolean | undefined {
  const values = [interfaceName, "all"].map((name) =>
    readNumber(`/proc/sys/net/ipv4/conf/${name}/promote_secondaries`),
  );
  return values.includes(undefined) ? undefined : values.some((value) => value !== 0);
}

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, "utf8").trim());
  } catch {
    return undefined;
  }
}
