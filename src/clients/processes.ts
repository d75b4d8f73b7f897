/**
 * The process table, as far as it concerns the main process of PostgreSQL: which one it is, and
 * whether it lives.
 *
 * The agent may not read the data directory with its postmaster.pid, but everybody may read with
 * which arguments a process was started. Patroni starts `postgres -D <data directory> …`; the other
 * processes of PostgreSQL are its children and bear titles of their own, once they have got that
 * far. A process number is used again, so a process is known by its start as well.
 *
 * Reading `/proc` blocks; so a table of thousands is read in slices, and of each process no more
 * than a page.
 */
import { closeSync, openSync, readSync, readdirSync, realpathSync } from "node:fs";
import { basename, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

export type Processes = {
  /**
   * The process number of the postmaster of this data directory, or of the only one where none is
   * given; undefined where there is none, or more than one that it could be.
   */
  readonly findPostmaster: (dataDirectory: string | undefined) => Promise<number | undefined>;
  /** Whether the process that was found under this number lives; one that waits for its parent does not. */
  readonly isAlive: (pid: number) => boolean;
};

/** A process is read in 3 to 10 µs (measured): a slice takes 2 ms at most. */
const sliceLength = 200;

/** The kernel allows four million; beyond this many no host of a database is well. */
const maxProcesses = 50_000;

/** Patroni's command line is a few hundred bytes, and the data directory comes first. */
const pageBytes = 4_096;

export function systemProcesses(procDirectory = "/proc"): Processes {
  const table = new ProcessTable(procDirectory);
  let found: ProcessStat | undefined;
  return {
    findPostmaster: async (dataDirectory) => {
      const candidates = await findCandidates(table, dataDirectory);
      const pids = new Set(candidates.map(({ pid }) => pid));
      // A child that was just forked still has its parent's arguments.
      const mains = candidates.filter(({ parentPid }) => !pids.has(parentPid));
      found = mains.length === 1 ? mains[0] : undefined;
      return found?.pid;
    },
    isAlive: (pid) => {
      const stat = table.statOf(pid);
      // Where nothing could be read for want of descriptors or the like, nothing has been learnt.
      if (stat === "unreadable") return true;
      if (stat === undefined || isOver(stat)) return false;
      return found?.pid !== pid || found.startedAt === stat.startedAt;
    },
  };
}

async function findCandidates(
  table: ProcessTable,
  dataDirectory: string | undefined,
): Promise<readonly ProcessStat[]> {
  const wanted = dataDirectory === undefined ? undefined : realPath(dataDirectory);
  const candidates: ProcessStat[] = [];
  const pids = table.pids();
  for (let start = 0; start < pids.length; start += sliceLength) {
    if (start > 0) await nextTurn();
    for (const pid of pids.slice(start, start + sliceLength)) {
      const directory = postmasterDirectory(table.argumentsOf(pid));
      if (directory === undefined) continue;
      if (wanted !== undefined && realPath(directory) !== wanted) continue;
      const stat = table.statOf(pid);
      if (stat !== undefined && stat !== "unreadable" && !isOver(stat)) candidates.push(stat);
    }
  }
  return candidates;
}

/** Where these are the arguments of a postmaster: its data directory. */
export function postmasterDirectory(argv: readonly string[]): string | undefined {
  const [program, ...options] = argv;
  if (program === undefined || !/^(postgres|postmaster)$/.test(basename(program))) return undefined;
  // A single-user recovery, the question for one setting, and the like are no servers.
  if (options[0]?.startsWith("--single") || options[0]?.startsWith("--boot")) return undefined;
  if (options.some((option) => /^(-C|--check|--describe-config$|--version$|-V$)/.test(option))) {
    return undefined;
  }
  const at = options.findIndex((option) => option.startsWith("-D"));
  if (at === -1) return undefined;
  return options[at] === "-D" ? options[at + 1] : options[at]?.slice(2);
}

/** Without symbolic links, as far as they can be followed. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

type ProcessStat = {
  readonly pid: number;
  readonly parentPid: number;
  /** The kernel's letter, Z for one that has ended and waits for its parent. */
  readonly state: string;
  /** In ticks since the start of the host. */
  readonly startedAt: string;
};

function isOver({ state }: ProcessStat): boolean {
  return state === "Z" || state === "X";
}

class ProcessTable {
  readonly #directory: string;
  readonly #page = Buffer.alloc(pageBytes);

  constructor(directory: string) {
    this.#directory = directory;
  }

  pids(): readonly number[] {
    try {
      const names = readdirSync(this.#directory).filter((name) => /^\d+$/.test(name));
      return names.slice(0, maxProcesses).map(Number);
    } catch {
      return [];
    }
  }

  argumentsOf(pid: number): readonly string[] {
    const text = this.#read(`${pid}/cmdline`);
    return typeof text === "string" ? text.split("\0") : [];
  }

  statOf(pid: number): ProcessStat | "unreadable" | undefined {
    const text = this.#read(`${pid}/stat`);
    if (typeof text !== "string") return isGone(text) ? undefined : "unreadable";
    // The name stands in brackets and may hold anything, brackets too.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state = "", parentPid = ""] = fields;
    return { pid, state, parentPid: Number(parentPid), startedAt: fields[19] ?? "" };
  }

  /** The first page of a file; the error's code where that does not work. */
  #read(name: string): string | { readonly code: unknown } {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(`${this.#directory}/${name}`, "r");
      const length = readSync(descriptor, this.#page, 0, pageBytes, 0);
      return this.#page.toString("utf8", 0, length);
    } catch (error) {
      return { code: error instanceof Error && "code" in error ? error.code : undefined };
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

function isGone({ code }: { readonly code: unknown }): boolean {
  return code === "ENOENT" || code === "ESRCH";
}
