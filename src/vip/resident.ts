/**
 * A helper program that stays: one question goes to its stdin, its answer comes back, and it waits
 * for the next.
 *
 * Starting `ip` or `nft` costs five to ten milliseconds, a line to one that is running half a
 * millisecond; on the way of a takeover that is most of the time. The price is that such a process
 * can hang or die between two questions. So each question has a deadline, a process that misses it
 * is killed, and the next question starts a new one. What a killed process did or did not do is
 * unknown: the caller must observe. One that dies is replaced at once and asked again, so what is asked
 * must bear being done twice.
 */
import { type Outcome, done, failed } from "../outcome.ts";
import { type HelperCode, HelperProgram, type PipedHelper, endHelper } from "./helper.ts";

export type ResidentCode = HelperCode | "died" | "timeout" | "busy" | "late" | "closed";

export type Answer = { readonly stdout: string; readonly stderr: string };

export type Question = {
  /** Sent as it is, and once more to another process if the first one dies; it ends with a newline. */
  readonly text: string;
  /** Whether what has come so far is the whole answer. */
  readonly isComplete: (answer: Answer) => boolean;
  readonly deadlineMs: number;
  /** Asked right before it is sent, also the second time: it may have waited through a stall. */
  readonly isWanted?: () => boolean;
};

export type ResidentOptions = {
  /** For messages: "ip", "nft". */
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
};

/**
 * More questions waiting than this mean that the process is stuck and the caller should hear it.
 */
const maxWaiting = 128;

/** An answer is a page of addresses at most; more is a fault of the helper and is cut. */
const maxAnswerLength = 1_000_000;

export class Resident {
  readonly #options: ResidentOptions;
  readonly #program: HelperProgram;
  #child: PipedHelper | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isClosed = false;

  constructor(options: ResidentOptions) {
    this.#options = options;
    this.#program = new HelperProgram(options);
  }

  /**
   * Starts the process ahead of the first question, so that the first one is not slower than the
   * others.
   */
  warmUp(): void {
    if (!this.#isClosed) this.#start();
  }

  /** One question at a time, in the order of the calls. Never rejects. */
  async ask(question: Question): Promise<Outcome<Answer, ResidentCode>> {
    if (this.#isClosed) return failed("closed", `${this.#options.name} is no longer run`);
    if (this.#waiting >= maxWaiting) {
      return failed("busy", `${this.#waiting} questions wait for ${this.#options.name}`);
    }
    this.#waiting += 1;
    const turn = this.#last.then(async () => {
      try {
        const first = await this.#exchange(question);
        // Somebody may have killed it long before it was needed: a start is all that it costs.
        return !first.ok && first.code === "died" ? await this.#exchange(question) : first;
      } finally {
        this.#waiting -= 1;
      }
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The process is of no use any more: the next question goes to another. */
  replace(): void {
    // After the question that is under way, if there is one.
    this.#last = this.#last.then(() => this.#discard());
  }

  /** Ends the process; later questions fail. */
  close(): void {
    this.#isClosed = true;
    this.#discard();
  }

  async #exchange(question: Question): Promise<Outcome<Answer, ResidentCode>> {
    if (this.#isClosed) return failed("closed", `${this.#options.name} is no longer run`);
    const { name } = this.#options;
    if (question.isWanted?.() === false) return failed("late", `${name} was asked too late`);
    const started = this.#start();
    if (!started.ok) return started;
    const child = started.value;
    const { promise, resolve } = Promise.withResolvers<Outcome<Answer, ResidentCode>>();
    let stdout = "";
    let stderr = "";
    const onData = (stream: "stdout" | "stderr") => (chunk: string) => {
      if (stream === "stdout") stdout = (stdout + chunk).slice(0, maxAnswerLength);
      else stderr = (stderr + chunk).slice(0, maxAnswerLength);
      if (question.isComplete({ stdout, stderr })) resolve(done({ stdout, stderr }));
    };
    const onStdout = onData("stdout");
    const onStderr = onData("stderr");
    const onError = (error: Error) => {
      resolve(failed("missing", `${name} could not be started: ${error.message}`));
    };
    const onClose = () =>
      resolve(failed("died", `${name} ended: ${stderr.trim() || "no message"}`));
    const timer = setTimeout(() => {
      resolve(failed("timeout", `${name} did not answer within ${question.deadlineMs} ms`));
    }, question.deadlineMs);

    child.stdout.on("data", onStdout);
    child.stderr.on("data", onStderr);
    child.once("error", onError);
    child.once("close", onClose);
    child.stdin.write(question.text);
    const outcome = await promise;
    clearTimeout(timer);
    child.stdout.off("data", onStdout);
    child.stderr.off("data", onStderr);
    child.off("error", onError);
    child.off("close", onClose);
    // What a late answer would say belongs to this question; a fresh process cannot mix it with the
    // next.
    if (!outcome.ok) this.#discard();
    return outcome;
  }

  #start(): Outcome<PipedHelper, HelperCode> {
    if (this.#child !== undefined) return done(this.#child);
    const started = this.#program.startPiped(this.#options.args);
    if (!started.ok) return started;
    const child = started.value;
    const forget = () => {
      if (this.#child === child) this.#child = undefined;
    };
    child.on("error", forget);
    child.on("close", forget);
    // Output between two questions belongs to nobody.
    child.stdout.resume();
    child.stderr.resume();
    this.#child = child;
    return started;
  }

  #discard(): void {
    if (this.#child !== undefined) endHelper(this.#child);
    this.#child = undefined;
  }
}
