/**
 * What a daemon and its children cost: memory and processor time, read from /proc.
 *
 * A daemon that keeps helpers running has their memory too, so they are counted, and named beside
 * it. Private memory is what would be free without the process; resident memory includes pages that
 * it shares with others. Processor time of children that have ended is in their parent's books.
 */
import { readdir, readFile } from "node:fs/promises";

/** USER_HZ: 100 on every Linux that Node runs on. */
const tickMs = 10;

export type ProcessStat = {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** Own, and that of children that have ended and were waited for. */
  readonly cpuMs: number;
};

export type Memory = { readonly residentKb: number; readonly privateKb: number };

export type Family = {
  readonly daemon: Memory;
  readonly children: Memory;
  readonly childNames: readonly string[];
  readonly cpuMs: number;
};

/** The process and all that descend from it, at this moment. */
export async function familyOf(pid: number): Promise<Family> {
  const all = await everyProcess();
  const daemon = all.find((one) => one.pid === pid);
  if (daemon === undefined) throw new Error(`there is no process ${pid}`);
  const children = descendants(all, pid);
  const memories = await Promise.all(children.map((child) => memoryOf(child.pid)));
  return {
    daemon: await memoryOf(pid),
    children: memories.reduce(sum, { residentKb: 0, privateKb: 0 }),
    childNames: children.map(({ name }) => name).toSorted(),
    cpuMs: [daemon, ...children].reduce((total, { cpuMs }) => total + cpuMs, 0),
  };
}

export function descendants(all: readonly ProcessStat[], pid: number): readonly ProcessStat[] {
  const children = all.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child, ...descendants(all, child.pid)]);
}

/** One /proc/PID/stat. The name stands in brackets and may hold spaces and brackets itself. */
export function parseStat(text: string): ProcessStat {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  // Counted from the state: 1 parent, 11 to 14 the times (own user and system, children's).
  const ticks = [11, 12, 13, 14].reduce((total, place) => total + Number(fields[place] ?? 0), 0);
  return {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    parent: Number(fields[1] ?? 0),
    cpuMs: ticks * tickMs,
  };
}

export function parseSmaps(text: string): Memory {
  const kb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "mu").exec(text)?.[1]);
  return {
    residentKb: kb("Rss"),
    privateKb: kb("Private_Clean") + kb("Private_Dirty"),
  };
}

async function everyProcess(): Promise<readonly ProcessStat[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
  const texts = await Promise.all(
    // A process may end between the listing and the reading.
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)),
  );
  return texts.filter((text) => text !== undefined).map(parseStat);
}

async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => undefined);
  return text === undefined ? { residentKb: 0, privateKb: 0 } : parseSmaps(text);
}

function sum(a: Memory, b: Memory): Memory {
  return { residentKb: a.residentKb + b.residentKb, privateKb: a.privateKb + b.privateKb };
}
