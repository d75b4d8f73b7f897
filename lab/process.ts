/**
 * A long-running process in a host: started, listened to line by line, and surely ended.
 *
 * Each line it prints is stamped with the monotonic moment of its arrival. Signals go to the
 * process itself, by its own id, never by name. Should the harness die, the kernel ends its
 * processes with it (the parent-death signal of `setpriv`), so that a crashed test leaves nothing
 * running in the sandbox for the next one.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

import { monotonicMs, waitUntil } from "./clock.ts";
import { Journal } from "./journal.ts";
import { inHost, type HostName } from "./network.ts";

const KILL_DEADLINE_MS = 2_000;
const LAST_LINES_MS = 500;
const LINE_MAX_CHARACTERS = 64 * 1024;

export type Line = {
  readonly atMs: number;
  readonly from: "stdout" | "stderr";
  readonly text: string;
};

export type Exit = {
  readonly atMs: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

export type ProcessOptions = {
  /** How error messages call it. */
  readonly name: string;
  readonly argv: readonly string[];
  /** Left out: the sandbox's own network, where the harness runs. */
  readonly host?: HostName;
  readonly env?: Readonly<Record<string, string>>;
  /** Given, stdout is handed over line by line and not kept. */
  readonly onLine?: (text: string, atMs: number) => void;
  /** Given, both outputs go to this file instead. */
  readonly logFile?: string;
  /** It reads from `write`; otherwise it has no input. */
  readonly isListening?: boolean;
};

export class LabProcess {
  readonly name: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly lines: Journal<Line>;
  /** When what it has said is read, too, or 500 ms later if its outputs stay open. */
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;
  readonly #child: ChildProcess;

  constructor(options: ProcessOptions) {
    this.name = options.name;
    this.lines = new Journal(options.name);
    this.startedAtMs = monotonicMs();
    this.#child = spawnIn(options);
    this.pid = this.#child.pid ?? 0;
    this.#listen(options.onLine);
    // It may end while something is being written to it; its exit tells.
    this.#child.stdin?.on("error", () => undefined);
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.exited = promise;
    const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
      this.exit ??= { atMs: monotonicMs(), code, signal };
      const { exit } = this;
      // Its last lines may be read later than it ends, and never if a child of its own lives on.
      const timer = setTimeout(resolve, LAST_LINES_MS, exit);
      this.#child.once("close", () => {
        clearTimeout(timer);
        resolve(exit);
      });
    };
    this.#child.once("exit", settle);
    this.#child.once("error", (error) => {
      this.lines.append({ atMs: monotonicMs(), from: "stderr", text: error.message });
      settle(127, null);
    });
  }

  get isRunning(): boolean {
    return this.exit === undefined;
  }

  /** Puts a line on its standard input. What has ended hears nothing. */
  write(line: string): void {
    if (this.isRunning) this.#child.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  /**
   * Asks it to end and waits. One that does not is killed, and that is an error: a test that asks
   * for a graceful end means it.
   */
  async stop(signal: NodeJS.Signals = "SIGTERM", deadlineMs = 5_000): Promise<Exit> {
    this.signal(signal);
    const exit = await withinMs(this.exited, deadlineMs);
    if (exit !== undefined) return exit;
    await this.kill();
    throw new Error(`${this.name}: still running ${deadlineMs} ms after ${signal}, killed`);
  }

  async kill(): Promise<Exit> {
    this.signal("SIGKILL");
    const exit = await withinMs(this.exited, KILL_DEADLINE_MS);
    if (exit !== undefined) return exit;
    throw new Error(`${this.name}: process ${this.pid} survives SIGKILL`);
  }

  /** Done when every thread stands still; until then it could still answer. */
  async freeze(): Promise<void> {
    this.signal("SIGSTOP");
    await waitUntil(`${this.name} standing still`, () => isStopped(this.pid), { everyMs: 1 });
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  #listen(onLine: ProcessOptions["onLine"]): void {
    const keep = (from: Line["from"]) => (text: string, atMs: number) => {
      this.lines.append({ atMs, from, text });
    };
    if (this.#child.stdout !== null) eachLine(this.#child.stdout, onLine ?? keep("stdout"));
    if (this.#child.stderr !== null) eachLine(this.#child.stderr, keep("stderr"));
  }
}

function spawnIn({ argv, host, env, logFile, isListening = false }: ProcessOptions): ChildProcess {
  const words = [...(host === undefined ? [] : inHost(host)), ...argv];
  const log = logFile === undefined ? "pipe" : openSync(logFile, "a");
  try {
    return spawn("setpriv", ["--pdeathsig", "KILL", "--", ...words], {
      stdio: [isListening ? "pipe" : "ignore", log, log],
      // Ctrl-C at the terminal is for the harness, which then ends the rest in its own order.
      detached: true,
      env: { ...cleanEnvironment(), ...env },
    });
  } finally {
    if (typeof log === "number") closeSync(log);
  }
}

// Only what every program needs: a developer's own VIP_*, CONSUL_* or NODE_OPTIONS must not
// change what is tested.
function cleanEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LANG: "C.UTF-8", TZ: "UTC" };
}

// The state is the first word behind the program's name, which is in brackets.
export async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    }),
  );
  return states.every((state) => state === "T");
}

function eachLine(stream: NodeJS.ReadableStream, use: (text: string, atMs: number) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const atMs = monotonicMs();
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(-LINE_MAX_CHARACTERS);
    for (const text of lines) use(text, atMs);
  });
}

async function withinMs<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
