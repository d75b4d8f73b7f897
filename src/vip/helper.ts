/**
 * A program of the host that the agent runs beside itself: the one way to start it.
 *
 * The host may be in trouble just when a helper is needed. Without memory `spawn` throws; without
 * file descriptors it hands out a child that has no pipes; a program that is not there is told by an
 * event, which ends the process where nobody listens. And one that is stuck in the kernel (a dead
 * disk, a driver) outlives SIGKILL: replaced each time, it would fill the host with its copies. So
 * the children that have not ended are counted, and beyond a few there is no further one until the
 * kernel has given one back.
 *
 * A helper is never given the agent's own environment, which may hold its token.
 */
import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type SpawnOptions,
  spawn,
} from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { type Outcome, done, failed } from "../outcome.ts";

export type HelperCode = "missing" | "stuck";

export type HelperOptions = {
  /** For messages: "ip", "nft". */
  readonly name: string;
  readonly path: string;
  /** How many may run at a time, those included that were killed and have not ended. */
  readonly maxRunning?: number;
};

/** With three pipes, which carry UTF-8. */
export type PipedHelper = ChildProcessWithoutNullStreams;

/** What `startMute` takes beside the arguments. */
export type MuteOptions = {
  /** Its abort kills the helper. */
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
};

/** One at work and two that do not end. */
const usualMaxRunning = 3;

export class HelperProgram {
  readonly #name: string;
  readonly #path: string;
  readonly #maxRunning: number;
  readonly #running = new Set<ChildProcess>();

  constructor({ name, path, maxRunning = usualMaxRunning }: HelperOptions) {
    this.#name = name;
    this.#path = path;
    this.#maxRunning = maxRunning;
  }

  /** To be talked with. That the program is not there comes as the child's `error` event. */
  startPiped(args: readonly string[]): Outcome<PipedHelper, HelperCode> {
    const started = this.#start(() => spawn(this.#path, args, { stdio: "pipe", ...apart() }));
    if (!started.ok) return started;
    const child = started.value;
    // Its type does not know that a child can come without pipes.
    const pipes: readonly unknown[] = [child.stdin, child.stdout, child.stderr];
    if (pipes.includes(undefined)) {
      return failed("missing", `${this.#name} could not be started: no file descriptor is free`);
    }
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8");
    // EPIPE of a helper that has ended: its `close` event tells.
    child.stdin.on("error", ignore);
    return done(child);
  }

  /** To be left alone. Without pipes a start costs the least. */
  startMute(
    args: readonly string[],
    { signal, deadlineMs }: MuteOptions,
  ): Outcome<ChildProcess, HelperCode> {
    const limits = { signal, timeout: deadlineMs, killSignal: "SIGKILL" } as const;
    return this.#start(() => spawn(this.#path, args, { stdio: "ignore", ...limits, ...apart() }));
  }

  #start<Child extends ChildProcess>(spawnChild: () => Child): Outcome<Child, HelperCode> {
    if (this.#running.size >= this.#maxRunning) {
      return failed("stuck", `${this.#running.size} processes of ${this.#name} do not end`);
    }
    try {
      const child = spawnChild();
      child.on("error", ignore);
      if (child.pid !== undefined) {
        this.#running.add(child);
        child.once("exit", () => this.#running.delete(child));
      }
      return done(child);
    } catch (error) {
      return failed("missing", `${this.#name} could not be started: ${String(error)}`);
    }
  }
}

/** A start needs a pair for each of its pipes, and one to hear how it went. */
const neededDescriptors = 8;

/**
 * Whether there are file descriptors enough for a start. For libraries that start programs and do
 * not expect a child without pipes: it would end the process.
 */
export function hasFreeDescriptors(): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < neededDescriptors) opened.push(openSync("/dev/null", "r"));
    return true;
  } catch {
    return false;
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** Kills a helper and lets go of its pipes, which one that does not end would keep for ever. */
export function endHelper(child: PipedHelper): void {
  child.kill("SIGKILL");
  child.stdin.destroy();
  child.stdout.destroy();
  child.stderr.destroy();
}

function apart(): Pick<SpawnOptions, "env"> {
  return { env: { LC_ALL: "C" } };
}

/** Whoever cares listens too; without any listener an `error` event would end the process. */
function ignore(): void {}
