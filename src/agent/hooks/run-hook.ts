/**
 * Runs one command of the operator's to its end.
 *
 * Unlike the helpers of the agent it may be anything: it may hang, write without end, or leave a
 * child behind that keeps its pipes open. So it has a process group of its own, of which nothing is
 * left once its deadline is over; and it is over when it ends, whatever its children still do.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { setPriority } from "node:os";
import type { Clock } from "../../clock.ts";
import { hasFreeDescriptors } from "../../vip/helper.ts";
import { Tail } from "./tail.ts";

export type HookCommand = {
  /** The program, with its path, and its arguments. */
  readonly argv: readonly string[];
  /** All that it gets: it inherits nothing. */
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  /** Its abort ends the command at once. */
  readonly signal: AbortSignal;
};

export type HookEnd = {
  readonly result: "done" | "failed" | "timeout";
  /** How it ended, as a phrase that follows the name of the hook. */
  readonly detail: string;
  readonly exitCode: number | undefined;
  /** The last line that it wrote to stderr, fit to be shown. */
  readonly lastLine: string;
};

/** Never rejects. */
export type RunHook = (command: HookCommand) => Promise<HookEnd>;

/** After SIGTERM, until SIGKILL. */
const termGraceMs = 2_000;

/** After SIGKILL: what has not ended by then is stuck in the kernel. */
const killGraceMs = 1_000;

/** What was written before the end is in the pipe by then; a child may hold it open for ever. */
const drainMs = 100;

/** More of them than can be by accident: further ones would fill the host. */
const maxStuck = 3;

export function createRunHook(clock: Clock): RunHook {
  const stuck = new Set<ChildProcess>();
  return async (command) => {
    if (stuck.size >= maxStuck) return unstarted(`${stuck.size} earlier commands do not end`);
    if (!hasFreeDescriptors()) return unstarted("no file descriptor is free");
    try {
      const child = start(command);
      const end = await attend(child, command, clock);
      if (child.exitCode === null && child.signalCode === null) {
        stuck.add(child);
        child.once("exit", () => stuck.delete(child));
      }
      return end;
    } catch (error) {
      return unstarted(error instanceof Error ? error.message : String(error));
    }
  };
}

function unstarted(problem: string): HookEnd {
  const detail = `could not be started: ${problem}`;
  return { result: "failed", detail, exitCode: undefined, lastLine: "" };
}

function start({ argv, env }: HookCommand): ChildProcess {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    cwd: "/",
    env,
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  if (child.pid !== undefined) treatAsOthers(child.pid);
  return child;
}

/**
 * The agent is to be the last that dies for memory, and the first that runs; what it starts inherits
 * both.
 */
function treatAsOthers(pid: number): void {
  writeFile(`/proc/${pid}/oom_score_adj`, "0").catch(ignore);
  try {
    setPriority(pid, 0);
  } catch {
    // It has ended.
  }
}

type Exit = { readonly exitCode: number | null; readonly bySignal: string | null };

/** Who ended it before it ended by itself. */
type Ending = { cut: "timeout" | "abort" | undefined };

/** Rejects where the program could not be started. */
async function attend(child: ChildProcess, command: HookCommand, clock: Clock): Promise<HookEnd> {
  const { deadlineMs, signal } = command;
  const tail = new Tail(child.stderr);
  const timer = new Timer(clock);
  const ending: Ending = { cut: undefined };
  const { promise: ended, resolve, reject } = Promise.withResolvers<Exit | "stuck">();
  child.on("error", reject);
  child.once("exit", (exitCode, bySignal) => resolve({ exitCode, bySignal }));
  const kill = () => {
    killGroup(child, "SIGKILL");
    timer.set(killGraceMs, () => resolve("stuck"));
  };
  const onAbort = () => {
    ending.cut ??= "abort";
    kill();
  };
  timer.set(deadlineMs, () => {
    ending.cut ??= "timeout";
    killGroup(child, "SIGTERM");
    timer.set(termGraceMs, kill);
  });
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    const exit = await ended;
    timer.cancel();
    // It may have obeyed where its children have not.
    if (ending.cut !== undefined) killGroup(child, "SIGKILL");
    const lastLine = await tail.lastLine(drainMs);
    return { ...endOf(exit, ending, deadlineMs), lastLine };
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
    tail.close();
  }
}

function endOf(
  exit: Exit | "stuck",
  { cut }: Ending,
  deadlineMs: number,
): Omit<HookEnd, "lastLine"> {
  const exitCode = exit === "stuck" ? undefined : (exit.exitCode ?? undefined);
  const yet = exit === "stuck" ? ", and does not end" : "";
  if (cut === "timeout") {
    const detail = `took more than ${deadlineMs} ms and was ended${yet}`;
    return { result: "timeout", detail, exitCode };
  }
  if (cut === "abort") {
    return { result: "failed", detail: `was ended, since the agent ends${yet}`, exitCode };
  }
  if (exitCode === 0) return { result: "done", detail: "is done", exitCode };
  const signal = exit === "stuck" ? null : exit.bySignal;
  const detail = exitCode === undefined ? `was ended by ${signal}` : `exited with ${exitCode}`;
  return { result: "failed", detail, exitCode };
}

/** Calls back once, unless it is set anew or cancelled before. */
class Timer {
  readonly #clock: Clock;
  #cancel: () => void = ignore;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(afterMs: number, callback: () => void): void {
    this.cancel();
    const atMs = this.#clock.nowMs() + afterMs;
    // The clock calls early where the wait is long.
    const onTime = () => {
      if (this.#clock.nowMs() < atMs) wait();
      else callback();
    };
    const wait = () => {
      this.#cancel = this.#clock.at(atMs, onTime);
    };
    wait();
  }

  cancel(): void {
    this.#cancel();
  }
}

/** Whoever is left of the command's process group. */
function killGroup({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left.
  }
}

function ignore(): void {}
