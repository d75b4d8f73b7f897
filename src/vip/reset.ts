/**
 * The reset: ends the established connections of a VIP, so that each client hears it now and not by
 * its own timeout.
 *
 * It must come before the address goes; afterwards the kernel has no way left to tell the client.
 * Starting `ss` costs milliseconds that a release does not have, so one is always started ahead:
 * `ss -K -F -` reads its filter from stdin and does nothing until that is closed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { type Outcome, done, failed } from "../outcome.ts";
import type { IpAddress } from "./address.ts";

export type ResetCode = "missing" | "timeout" | "refused";

const deadlineMs = 300;

export class ConnectionReset {
  readonly #path: string;
  #armed: ChildProcessWithoutNullStreams | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Starts the `ss` that the next `run` will use. */
  arm(): void {
    this.#armed ??= this.#startOrNot();
  }

  /** Ends every established connection whose local address this is. */
  async run(address: IpAddress): Promise<Outcome<void, ResetCode>> {
    const child = this.#armed ?? this.#startOrNot();
    if (child === undefined) return failed("missing", "ss could not be started");
    this.#armed = undefined;
    const { promise, resolve } = Promise.withResolvers<Outcome<void, ResetCode>>();
    let stderr = "";
    child.stderr.on("data", (chunk: string) => (stderr += chunk.slice(0, 1_000)));
    child.once("error", (error) => resolve(failed("missing", `ss: ${error.message}`)));
    child.once("close", (code) => {
      const isDone = code === 0 && stderr === "";
      resolve(isDone ? done(undefined) : failed("refused", `ss: ${stderr.trim() || code}`));
    });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      resolve(failed("timeout", `ss took more than ${deadlineMs} ms`));
    }, deadlineMs);
    child.stdin.end(`${filterOf(address)}\n`);
    const outcome = await promise;
    clearTimeout(timer);
    return outcome;
  }

  close(): void {
    this.#armed?.kill("SIGKILL");
    this.#armed = undefined;
  }

  /** A host without memory or file descriptors makes `spawn` throw, or leaves the pipes out. */
  #startOrNot(): ChildProcessWithoutNullStreams | undefined {
    try {
      return this.#start();
    } catch {
      return undefined;
    }
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn(this.#path, ["-K", "-t", "-n", "-H", "-F", "-"], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { LC_ALL: "C" },
    });
    const forget = () => {
      if (this.#armed === child) this.#armed = undefined;
    };
    child.on("error", forget);
    child.on("close", forget);
    child.stderr.setEncoding("utf8");
    child.stdout.resume(); // The list of ended connections may be long; nobody reads it.
    child.stdin.on("error", () => undefined); // EPIPE of a dead ss: its `close` event tells.
    return child;
  }
}

function filterOf({ family, text }: IpAddress): string {
  return family === "ipv4" ? `src ${text}` : `src [${text}]`;
}
