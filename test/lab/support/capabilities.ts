/**
 * What this machine lets a lab test do, tried rather than believed.
 *
 * A test that cannot run says which capability is missing and is skipped with that reason, so that
 * a developer on a small machine still gets a useful run. On CI nothing may be skipped: there a
 * missing capability is an error, since a promise that is not tested there is tested nowhere.
 *
 * The checks share no code with the agent's own: an agent that wrongly finds no guard must fail its
 * tests, not have them skipped.
 */
import { connect, createServer, type AddressInfo } from "node:net";

import { attempt } from "../../../lab/command.ts";
import { findConsul } from "../../../lab/consul.ts";
import { findParts } from "../../../lab/patroni/parts.ts";

export type Capability = keyof typeof checks;

const SOCKET_DEADLINE_MS = 2_000;

// Each throws, or answers false, where the capability is missing.
const checks = {
  "a sandbox (run it by sh lab/sandbox.sh)": () => process.env["LAB_SANDBOX"] === "1",
  "a Consul (npm run setup brings one)": findConsul,
  "ping of iputils": () => hasTool(["ping", "-V"], /iputils/u),
  "arping of iputils": () => hasTool(["arping", "-V"], /iputils/u),
  perl: () => hasTool(["perl", "--version"], /perl/u),
  "ndptool of libndp": () => hasTool(["ndptool", "--help"], /ndptool/u),
  "nftables with reject in prerouting (Linux 5.9)": canReject,
  "ss -K (a kernel with INET_DIAG_DESTROY)": canDestroySockets,
  "PostgreSQL and Patroni": () => findParts(),
  "Patroni 3.1.2": () => findParts("3.1.2"),
} satisfies Readonly<Record<string, () => unknown>>;

export const LAB: readonly Capability[] = [
  "a sandbox (run it by sh lab/sandbox.sh)",
  "a Consul (npm run setup brings one)",
];
export const PROBES: readonly Capability[] = ["ping of iputils"];
export const ANNOUNCEMENTS: readonly Capability[] = [
  "arping of iputils",
  "ndptool of libndp",
  "perl",
];
export const COURTESY: readonly Capability[] = [
  "nftables with reject in prerouting (Linux 5.9)",
  "ss -K (a kernel with INET_DIAG_DESTROY)",
];
export const PATRONI: readonly Capability[] = [...LAB, "PostgreSQL and Patroni"];

// What to give to the `skip` option of a suite: false, or what is missing.
export async function skipWithout(...needed: readonly Capability[]): Promise<string | false> {
  for (const capability of needed) {
    const detail = await problemWith(capability);
    if (detail === undefined) continue;
    if (process.env["CI"] === "true") throw new Error(`CI lacks ${capability}: ${detail}`);
    return `missing: ${capability}: ${detail}`;
  }
  return false;
}

async function problemWith(capability: Capability): Promise<string | undefined> {
  try {
    return (await checks[capability]()) === false ? "not here" : undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
  }
}

async function hasTool(argv: readonly string[], said: RegExp): Promise<boolean> {
  const { stdout, stderr } = await attempt(argv);
  return said.test(stdout + stderr);
}

async function canReject(): Promise<boolean> {
  const rules = `table inet lab_check { chain c {
    type filter hook prerouting priority raw;
    ip daddr 192.0.2.1 meta l4proto tcp reject with tcp reset
  }; }; delete table inet lab_check;`;
  const { exitCode, stderr } = await attempt(["nft", "-f", "-"], { input: rules });
  if (exitCode !== 0) throw new Error(stderr);
  return true;
}

// Ends a connection of its own on the loopback interface and waits for the client to hear it.
async function canDestroySockets(): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, SOCKET_DEADLINE_MS, false);
  const server = createServer((socket) => {
    socket.on("error", () => {});
    const remote = String(socket.remotePort);
    void attempt(["ss", "-K", "-t", "-n", "dst", "127.0.0.1", "dport", "=", remote]);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  // Port 0 was asked for, so the answer is an address with a port, not the path of a pipe.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => resolve(true));
  client.on("close", () => resolve(true));
  const isHeard = await promise;
  clearTimeout(timer);
  client.destroy();
  server.close();
  return isHeard;
}
