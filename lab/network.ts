/**
 * The wires of the lab: one bridge in the sandbox, each host a network namespace with an eth0 on
 * it.
 *
 *   br0  192.168.1.1 (the harness itself)
 *    ├── dcs     .181        ├── db1 .141   ├── db2 .142   ├── db3 .143
 *    ├── dcs1 .191, dcs2 .192, dcs3 .193: the servers of a cluster, in the place of dcs
 *    ├── test-dcs1 .181 …    ├── test-db1 .141 …: whole machines in the places of the above, see
 *    │                       test/hosts/provision; control .12 is where one provisions them from
 *    └── client  .10         └── observer .11, who only asks and takes no part
 *
 * The addresses are those of the reference cluster; each host also has fd00:1::<same number>. MAC
 * addresses end in that number too, so that a capture can be read without a table. Kernel settings
 * that matter to a VIP are written out for every host: a new namespace inherits some of them from
 * the machine, and a test must not depend on what its distribution chose.
 */
import { readdir } from "node:fs/promises";

import { attempt, run } from "./command.ts";
import { waitUntil } from "./clock.ts";

export type HostName = "dcs" | "db1" | "db2" | "db3" | "client" | (string & {});

export const INTERFACE = "eth0";
export const VIP = "192.168.1.140";
export const VIP6 = "fd00:1::140";
export const CLUSTER_HOSTS: readonly HostName[] = ["dcs", "db1", "db2", "db3", "client"];

const BRIDGE = "br0";
const BRIDGE_ADDRESS = "192.168.1.1";
const NETNS_FOLDER = "/run/netns";
const KNOWN_NUMBERS: ReadonlyMap<HostName, number> = new Map([
  ["client", 10],
  ["observer", 11],
  ["control", 12],
  ["db1", 141],
  ["db2", 142],
  ["db3", 143],
  ["dcs", 181],
  ["dcs1", 191],
  ["dcs2", 192],
  ["dcs3", 193],
  ["test-db1", 141],
  ["test-db2", 142],
  ["test-db3", 143],
  ["test-dcs1", 181],
  ["test-dcs2", 182],
  ["test-dcs3", 183],
]);
// Further hosts (a second client, an intruder) are numbered from here on.
const FIRST_FREE_NUMBER = 201;

// No duplicate address detection (it costs a second per address), nothing switched on that would
// answer for other hosts' addresses, and `promote_secondaries` off, the kernel's own default and
// the harder case for a VIP.
const HOST_SETTINGS: readonly (readonly [string, number])[] = [
  ["net/ipv6/conf/all/disable_ipv6", 0],
  ["net/ipv6/conf/IFACE/accept_dad", 0],
  ["net/ipv6/conf/IFACE/accept_ra", 0],
  ["net/ipv4/conf/IFACE/arp_accept", 0],
  ["net/ipv4/conf/IFACE/arp_announce", 0],
  ["net/ipv4/conf/IFACE/arp_ignore", 0],
  ["net/ipv4/conf/IFACE/arp_notify", 0],
  ["net/ipv4/conf/IFACE/rp_filter", 0],
  ["net/ipv4/conf/IFACE/promote_secondaries", 0],
];

const numbers = new Map<HostName, number>();

/**
 * The words that run a command in a host. `nsenter` starts in a fraction of the time that `ip netns
 * exec` needs, since that one mounts a new /sys each time; /sys is thus the sandbox's, not the
 * host's.
 */
export function inHost(host: HostName): readonly string[] {
  return ["nsenter", `--net=${NETNS_FOLDER}/${host}`, "--"];
}

export function numberOf(host: HostName): number {
  const number = numbers.get(host);
  if (number === undefined) throw new Error(`lab: there is no host ${host}`);
  return number;
}

export function addressOf(host: HostName): string {
  return `192.168.1.${numberOf(host)}`;
}

export function address6Of(host: HostName): string {
  return `fd00:1::${numberOf(host)}`;
}

export function macOf(host: HostName): string {
  return `02:00:00:00:00:${numberOf(host).toString(16).padStart(2, "0")}`;
}

/**
 * Builds the bridge and the hosts. What an earlier run in the same sandbox left is removed first.
 */
export async function createNetwork(hosts: readonly HostName[]): Promise<void> {
  if (process.env["LAB_SANDBOX"] !== "1") {
    throw new Error("the lab changes networks: run it inside a sandbox, sh lab/sandbox.sh COMMAND");
  }
  await removeNetwork();
  const batch = [
    `link add ${BRIDGE} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`,
    `link set ${BRIDGE} addrgenmode none`,
    `link set ${BRIDGE} up`,
    `address add ${BRIDGE_ADDRESS}/24 dev ${BRIDGE}`,
    `address add fd00:1::1/64 dev ${BRIDGE} nodad`,
  ];
  await run(["ip", "-batch", "-"], { input: batch.join("\n") });
  await Promise.all(hosts.map(addHost));
}

export async function removeNetwork(): Promise<void> {
  const present = await readdir(NETNS_FOLDER).catch(() => []);
  await Promise.all(present.map(removeHost));
  await attempt(["ip", "link", "delete", BRIDGE]);
  numbers.clear();
}

export async function addHost(host: HostName): Promise<void> {
  const number = KNOWN_NUMBERS.get(host) ?? FIRST_FREE_NUMBER + numbers.size;
  numbers.set(host, number);
  await run(["ip", "netns", "add", host]);
  const veth = `type veth peer name ${INTERFACE} address ${macOf(host)} netns ${host}`;
  await run(["ip", "-batch", "-"], {
    input: `link add ${portOf(host)} ${veth}\nlink set ${portOf(host)} master ${BRIDGE} up`,
  });
  const settings = HOST_SETTINGS.flatMap(([path, value]) =>
    ["all", "default", INTERFACE].map((name) => {
      return `echo ${value} > /proc/sys/${path.replace("IFACE", name)}`;
    }),
  );
  const addresses = [
    "link set lo up",
    `link set ${INTERFACE} up`,
    `address add ${addressOf(host)}/24 dev ${INTERFACE}`,
    `address add ${address6Of(host)}/64 dev ${INTERFACE} nodad`,
    `route add default via ${BRIDGE_ADDRESS}`,
  ];
  const script = ["set -e", ...settings, "ip -batch - <<END", ...addresses, "END", ""];
  await run([...inHost(host), "sh", "-s"], { input: script.join("\n") });
}

/**
 * Ends whatever still runs in the host (helpers of a daemon that was killed, say), then removes it.
 */
export async function removeHost(host: HostName): Promise<void> {
  await endProcessesIn(host);
  await attempt(["ip", "link", "delete", portOf(host)]);
  await attempt(["ip", "netns", "delete", host]);
  numbers.delete(host);
}

export async function linkDown(host: HostName): Promise<void> {
  await run([...inHost(host), "ip", "link", "set", INTERFACE, "down"]);
}

/**
 * Down, the kernel dropped the routes and the IPv6 addresses; a real host's network set-up puts
 * its own ones back.
 */
export async function linkUp(host: HostName): Promise<void> {
  await run([...inHost(host), "ip", "-batch", "-"], {
    input: [
      `link set ${INTERFACE} up`,
      `address replace ${address6Of(host)}/64 dev ${INTERFACE} nodad`,
      `route replace default via ${BRIDGE_ADDRESS}`,
    ].join("\n"),
  });
}

/**
 * Pulls the plug at the switch: the host keeps its interface and its addresses, and nobody hears
 * it.
 */
export async function unplug(host: HostName): Promise<void> {
  await run(["ip", "link", "set", portOf(host), "nomaster"]);
}

export async function plugIn(host: HostName): Promise<void> {
  await run(["ip", "link", "set", portOf(host), "master", BRIDGE]);
}

/** All addresses of the host's eth0 with their prefix length, as the kernel lists them. */
export async function addressesOf(host: HostName): Promise<readonly string[]> {
  const output = await run([...inHost(host), "ip", "-o", "address", "show", "dev", INTERFACE]);
  return [...output.matchAll(/ inet6? (\S+)/gu)].map((match) => match[1] ?? "");
}

export async function processesIn(host: HostName): Promise<readonly number[]> {
  const { stdout } = await attempt(["ip", "netns", "pids", host]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

/** Kills everything in a host, whoever started it; the host itself stays. */
export async function endProcessesIn(host: HostName): Promise<void> {
  await waitUntil(`end of all processes in ${host}`, async () => {
    const pids = await processesIn(host);
    for (const pid of pids) kill(pid);
    return pids.length === 0;
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself since the list was made.
  }
}

/** The bridge's end of the host's cable. */
export function portOf(host: HostName): string {
  return `to-${host}`;
}
