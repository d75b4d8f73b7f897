/**
 * The reset: ends the established connections of a VIP, so that each client hears it now and not by
 * its own timeout.
 *
 * It must come before the address goes; afterwards the kernel has no way left to tell the client.
 * Starting `ss` costs milliseconds that a release does not have, so one is always started ahead:
 * `ss -K -F -` reads its filter from stdin and does nothing until that is closed. It is closed by
 * the end of the agent too, and to `ss` an empty filter means every connection of the host. So the
 * filter begins on the command line with a parenthesis that only our text closes: anything less is a
 * syntax error, which ends nothing.
 *
 * An `ss` that fails is followed by another at once, and one that takes long gets another beside it:
 * it may stand still, or be at work on thousands of connections (12 µs each on an idle host), where
 * two of them share the work and do no harm to each other.
 */
import { type Outcome, done, failed } from "../outcome.ts";
import type { IpAddress } from "./address.ts";
import { type HelperCode, HelperProgram, type PipedHelper, endHelper } from "./helper.ts";

/** For those who try whether this host's `ss` understands it. */
export const filterArgs = ["-F", "-", "("] as const;

const args = ["-K", "-t", "-n", "-H", ...filterArgs] as const;

export type ResetCode = HelperCode | "timeout" | "refused";

type Ended = Outcome<void, ResetCode>;

/** A usual reset takes ten milliseconds. */
const secondAfterMs = 200;

/** Nothing is accepted any more, but the address is still here: a release must not wait for long. */
const deadlineMs = 800;

export class ConnectionReset {
  readonly #program: HelperProgram;
  #armed: PipedHelper | undefined;
  #arming: NodeJS.Timeout | undefined;

  constructor(path: string) {
    // Two at work, one that is armed meanwhile, and two that do not end.
    this.#program = new HelperProgram({ name: "ss", path, maxRunning: 5 });
  }

  /** Starts the `ss` that the next `run` will use, now or after so many milliseconds. */
  arm(afterMs = 0): void {
    clearTimeout(this.#arming);
    if (afterMs > 0) this.#arming = setTimeout(() => this.#armNow(), afterMs).unref();
    else this.#armNow();
  }

  #armNow(): void {
    if (this.#armed !== undefined) return;
    const started = this.#start();
    if (!started.ok) return;
    const child = started.value;
    const forget = () => {
      if (this.#armed === child) this.#armed = undefined;
    };
    child.on("error", forget);
    child.on("close", forget);
    this.#armed = child;
  }

  /** Ends every established connection whose local address this is. */
  async run(address: IpAddress): Promise<Ended> {
    const over = new AbortController();
    const first = this.#reset(address, over.signal);
    let outcome = await within(secondAfterMs, first);
    if (outcome?.ok !== true) {
      const second = this.#reset(address, over.signal);
      outcome = await within(deadlineMs - secondAfterMs, eitherOf(first, second));
    }
    over.abort();
    return outcome ?? failed("timeout", `ss took more than ${deadlineMs} ms`);
  }

  close(): void {
    clearTimeout(this.#arming);
    if (this.#armed !== undefined) endHelper(this.#armed);
    this.#armed = undefined;
  }

  async #reset(address: IpAddress, signal: AbortSignal): Promise<Ended> {
    const started = this.#armed === undefined ? this.#start() : done(this.#armed);
    if (!started.ok) return started;
    this.#armed = undefined;
    const child = started.value;
    const { promise, resolve } = Promise.withResolvers<Ended>();
    let stderr = "";
    child.stderr.on("data", (chunk: string) => (stderr += chunk.slice(0, 1_000)));
    child.once("error", (error) => resolve(failed("missing", `ss: ${error.message}`)));
    child.once("close", (code, killedBy) => {
      const isDone = code === 0 && stderr === "";
      const problem = stderr.trim() || `ended with ${killedBy ?? code}`;
      resolve(isDone ? done(undefined) : failed("refused", `ss: ${problem}`));
    });
    signal.addEventListener("abort", () => endHelper(child), { once: true });
    child.stdin.end(`${filterOf(address)}\n`);
    return promise;
  }

  #start(): Outcome<PipedHelper, HelperCode> {
    const started = this.#program.startPiped(args);
    // The list of ended connections may be long; nobody reads it.
    if (started.ok) started.value.stdout.resume();
    return started;
  }
}

/** The success of either one; a failure only when both have failed. */
async function eitherOf(first: Promise<Ended>, second: Promise<Ended>): Promise<Ended> {
  const earlier = await Promise.race([first, second]);
  if (earlier.ok) return earlier;
  const both = await Promise.all([first, second]);
  return both.find(({ ok }) => ok) ?? earlier;
}

/** Undefined when it took longer. */
async function within<T>(durationMs: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: deadline, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, durationMs, undefined);
  const result = await Promise.race([work, deadline]);
  clearTimeout(timer);
  return result;
}

function filterOf({ family, text }: IpAddress): string {
  return family === "ipv4" ? `src ${text} )` : `src [${text}] )`;
}
