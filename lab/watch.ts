/**
 * Observers: what the kernel of a host does to the VIP and to its guard, and which announcements
 * reach a client. They look from outside, so they hold for any agent.
 *
 * Where the tool gives the time of an event (the kernel's for packets, `ip`'s own for addresses),
 * it is taken from there and translated to the monotonic clock; `nft monitor` gives none, so its
 * events carry the moment of their arrival, which is later by the delay of a pipe.
 *
 * An observer is ready when the kernel says so: its netlink socket has joined a group, or the
 * listener says that it listens. Nothing that happens afterwards is missed.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { monotonicFromWallMs, waitUntil } from "./clock.ts";
import { run } from "./command.ts";
import { Journal, type Happening } from "./journal.ts";
import { addressesOf, inHost, INTERFACE, VIP, VIP6, type HostName } from "./network.ts";
import { LabProcess } from "./process.ts";

const LISTENER = fileURLToPath(new URL("programs/listener.pl", import.meta.url));
const LOOPBACK = "lo";

let marksLeft = 0;

export type AddressEvent = Happening & {
  readonly kind: "added" | "refreshed" | "deleted";
  /** With its prefix length, as in 192.168.1.140/32. */
  readonly address: string;
  readonly interface: string;
  /** Undefined stands for "forever". */
  readonly validS: number | undefined;
};

export type GuardEvent = Happening & {
  /** An element that runs out does so without a word of the kernel: only `timeoutMs` tells. */
  readonly kind: "raised" | "lifted";
  readonly address: string;
  readonly timeoutMs: number | undefined;
};

export type Announcement = Happening & {
  readonly address: string;
  readonly mac: string;
  readonly form: "request" | "reply" | "advertisement";
  /**
   * Sender and target are the VIP: what arping sends. A request for somebody else in the VIP's
   * name updates neighbours too, and an answer to the client's own question is just that.
   */
  readonly isGratuitous: boolean;
  readonly isBroadcast: boolean;
};

export type NeighbourEvent = Happening & {
  readonly address: string;
  readonly mac: string | undefined;
  readonly state: string;
};

export type Watch<E extends Happening> = {
  readonly events: Journal<E>;
  readonly close: () => Promise<void>;
};

type Mark = Happening & { readonly address: string };

type WatchOptions<E extends Happening> = {
  readonly name: string;
  readonly host: HostName;
  readonly argv: readonly string[];
  readonly parse: (text: string, atMs: number) => readonly E[];
  readonly catchUp?: () => Promise<void>;
};

/**
 * Additions, refreshes and removals of addresses in a host: of the two VIPs unless told otherwise.
 */
export async function watchAddresses(
  host: HostName,
  addresses: readonly string[] = [VIP, VIP6],
): Promise<Watch<AddressEvent>> {
  const present = new Set(await addressesOf(host));
  const marks = new Journal<Mark>(`marks in ${host}`);
  const catchUp = async (): Promise<void> => {
    const mark = await leaveMark(host);
    await marks.next(mark, ({ address }) => address === mark);
  };
  const parse = (text: string): readonly AddressEvent[] => {
    const match = /^\[(\S+)\] (Deleted )?\d+: (\S+)\s+inet6? (\S+) .*valid_lft (\w+)/u.exec(text);
    if (match === null) return [];
    const [, stamp = "", deleted, name = "", address = "", valid = ""] = match;
    if (name === LOOPBACK) marks.append({ atMs: fromStamp(stamp), address });
    if (!addresses.includes(address.split("/")[0] ?? "")) return [];
    const wasPresent = present.has(address);
    if (deleted === undefined) present.add(address);
    else present.delete(address);
    const kind = deleted === undefined ? (wasPresent ? "refreshed" : "added") : "deleted";
    const validS = valid === "forever" ? undefined : Number.parseInt(valid, 10);
    return [{ atMs: fromStamp(stamp), kind, address, interface: name, validS }];
  };
  const argv = ["ip", "-o", "-ts", "monitor", "address"];
  return await netlinkWatch({ name: `addresses of ${host}`, host, argv, parse, catchUp });
}

/**
 * Elements of the guard's sets. A transaction counts by its outcome: an element that is added and
 * deleted within one (as is done where a plain delete could fail) was never there for a packet.
 */
export async function watchGuard(host: HostName): Promise<Watch<GuardEvent>> {
  const pending = new Map<string, GuardEvent>();
  const parse = (text: string, atMs: number): readonly GuardEvent[] => {
    const event = parseGuard(text, atMs);
    if (event !== undefined) pending.set(event.address, event);
    if (!text.startsWith("# new generation")) return [];
    const outcome = [...pending.values()];
    pending.clear();
    return outcome;
  };
  const argv = ["nft", "monitor"];
  return await netlinkWatch({ name: `guard of ${host}`, host, argv, parse });
}

/** The neighbour entries that a host keeps. */
export async function watchNeighbours(host: HostName): Promise<Watch<NeighbourEvent>> {
  const argv = ["ip", "-o", "-ts", "monitor", "neigh"];
  return await netlinkWatch({ name: `neighbours of ${host}`, host, argv, parse: parseNeighbour });
}

/**
 * Every packet that reaches a host and says at which MAC a VIP is: ARP whose sender is the VIP, and
 * neighbour advertisements for the IPv6 one.
 */
export async function watchAnnouncements(
  host: HostName = "client",
  addresses: readonly string[] = [VIP, VIP6],
): Promise<Watch<Announcement>> {
  const argv = ["perl", LISTENER, INTERFACE, ...addresses];
  const name = `announcements at ${host}`;
  const { events, process } = begin({ name, host, argv, parse: parseAnnouncement });
  await process.lines.next("sign that it listens", ({ text }) => text === "listening");
  return { events, close: () => end(process) };
}

/**
 * An address that comes and goes where no agent looks. The kernel tells of changes in their order, so
 * that whoever has heard of this one has heard of all before it.
 */
async function leaveMark(host: HostName): Promise<string> {
  marksLeft += 1;
  const mark = `127.77.${marksLeft >> 8}.${marksLeft & 255}/32`;
  const input = ["add", "delete"].map((verb) => `address ${verb} ${mark} dev ${LOOPBACK}`);
  await run([...inHost(host), "ip", "-batch", "-"], { input: input.join("\n") });
  return mark;
}

function parseGuard(text: string, atMs: number): GuardEvent | undefined {
  const match = /^(add|delete) element inet vip_agent gone[46] \{ (\S+)(.*)\}/u.exec(text);
  if (match === null) return undefined;
  const [, verb = "", address = "", rest = ""] = match;
  const timeout = /timeout (\w+)/u.exec(rest)?.[1];
  const kind = verb === "add" ? "raised" : "lifted";
  return { atMs, kind, address, timeoutMs: timeout === undefined ? undefined : spanMs(timeout) };
}

function parseNeighbour(text: string): readonly NeighbourEvent[] {
  const match = /^\[(\S+)\] (?:Deleted )?(\S+) dev \S+ (?:lladdr (\S+) )?.*?(\S+)\s*$/u.exec(text);
  if (match === null) return [];
  const [, stamp = "", address = "", mac, state = ""] = match;
  return [{ atMs: fromStamp(stamp), address, mac, state }];
}

function parseAnnouncement(text: string): readonly Announcement[] {
  const match = /^(\d+) (\S+) (\S+) (request|reply|advertisement) (\S+) (\S+)$/u.exec(text);
  if (match === null) return [];
  const [, micros = "", mac = "", to = "", form = "", address = "", target = ""] = match;
  const isBroadcast = to === "ff:ff:ff:ff:ff:ff" || to.startsWith("33:33:");
  return [
    {
      atMs: monotonicFromWallMs(Number(micros) / 1e3),
      address,
      mac,
      form: form === "request" || form === "reply" ? form : "advertisement",
      isGratuitous: isBroadcast && (form === "reply" || target === address),
      isBroadcast,
    },
  ];
}

function begin<E extends Happening>({
  name,
  host,
  argv,
  parse,
  catchUp,
}: WatchOptions<E>): {
  events: Journal<E>;
  process: LabProcess;
} {
  const events = new Journal<E>(name, catchUp);
  const onLine = (text: string, atMs: number): void => {
    for (const event of parse(text, atMs)) events.append(event);
  };
  return { events, process: new LabProcess({ name, host, argv, onLine }) };
}

async function netlinkWatch<E extends Happening>(options: WatchOptions<E>): Promise<Watch<E>> {
  const { events, process } = begin(options);
  await waitUntil(`${options.name}: monitor is ready`, () => hasJoinedGroup(process));
  return { events, close: () => end(process) };
}

// Columns of /proc/PID/net/netlink: socket, protocol, port id (the process id), groups in hex …
async function hasJoinedGroup(process: LabProcess): Promise<boolean> {
  if (!process.isRunning) {
    const said = process.lines.entries.map(({ text }) => text).join("\n");
    throw new Error(`${process.name}: ended with ${process.exit?.code}: ${said}`);
  }
  const table = await readFile(`/proc/${process.pid}/net/netlink`, "utf8").catch(() => "");
  return table.split("\n").some((row) => {
    const [, , portId, groups = "0"] = row.trim().split(/\s+/u);
    return portId === String(process.pid) && !/^0+$/u.test(groups);
  });
}

async function end(process: LabProcess): Promise<void> {
  await process.kill();
}

// `ip -ts` prints local time without a zone; lab processes run in UTC.
function fromStamp(stamp: string): number {
  const [date = "", micros = "0"] = stamp.split(".");
  return monotonicFromWallMs(Date.parse(`${date}Z`) + Number(micros) / 1e3);
}

// nft writes time spans as 1h2m3s4ms.
function spanMs(span: string): number {
  const units: Readonly<Record<string, number>> = { d: 864e5, h: 36e5, m: 6e4, s: 1e3, ms: 1 };
  const parts = [...span.matchAll(/(\d+)(ms|[dhms])/gu)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}
