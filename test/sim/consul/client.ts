/**
 * Stands in for connectConsul of src/clients/consul.ts: the same port, over a link of the model.
 *
 * Deadline and abort end a question here as they do there, and a status means the same code. The
 * deadline runs on the clock of the process that asks.
 */
import type {
  ConsulClient,
  ConsulCode,
  KeyAnswer,
  KeyQuestion,
} from "../../../src/clients/consul.ts";
import { type Failure, type Outcome, done, failed } from "../../../src/outcome.ts";
import type { SimProcess } from "../process.ts";
import type { Response } from "./cluster.ts";
import type { Link, LinkAnswer } from "./link.ts";

export type SimConsulOptions = {
  readonly name: string;
  readonly process: SimProcess;
  readonly link: Link;
  /** Told of each answer that the agent gets: what was asked when, and what came. */
  readonly onAnswer: (question: KeyQuestion, askedAtMs: number, answer: KeyAnswer) => void;
  /** True time. */
  readonly nowMs: () => number;
};

export class SimConsulClient implements ConsulClient {
  readonly name: string;
  readonly #options: SimConsulOptions;

  constructor(options: SimConsulOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async readKey(question: KeyQuestion): Promise<Outcome<KeyAnswer, ConsulCode>> {
    const { process, link, onAnswer, nowMs } = this.#options;
    const { key, blocking, deadlineMs, signal } = question;
    if (signal?.aborted === true) return aborted;
    const { promise, resolve } = Promise.withResolvers<Outcome<KeyAnswer, ConsulCode>>();
    const askedAtMs = nowMs();
    const request = { kind: "read", key, ...(blocking && { blocking }) } as const;
    const cancel = link.ask(request, (answer) => process.deliver(() => resolve(outcomeOf(answer))));
    const cancelDeadline = process.after(deadlineMs, () => {
      resolve(failed("timeout", `no answer within ${deadlineMs} ms`));
    });
    const onAbort = () => resolve(aborted);
    signal?.addEventListener("abort", onAbort, { once: true });
    const outcome = await promise;
    cancel();
    cancelDeadline();
    signal?.removeEventListener("abort", onAbort);
    if (outcome.ok) onAnswer(question, askedAtMs, outcome.value);
    return outcome;
  }

  close(): void {
    // Nothing is kept open: whoever closes has stopped asking.
  }
}

const aborted: Failure<ConsulCode> = failed("aborted", "no longer wanted");

function outcomeOf(answer: LinkAnswer): Outcome<KeyAnswer, ConsulCode> {
  switch (answer.kind) {
    case "refused":
      return failed("refused", "connect ECONNREFUSED");
    case "broken-off":
      return failed("failed", "the answer broke off");
    case "answered":
      return keyAnswerOf(answer.response);
  }
}

function keyAnswerOf({ status, index, entry }: Response): Outcome<KeyAnswer, ConsulCode> {
  if (index !== undefined && (status === 200 || status === 404)) return done({ entry, index });
  if (status === 403) return failed("forbidden", "HTTP 403");
  if (status === 429) return failed("throttled", "HTTP 429");
  return failed("unavailable", `HTTP ${status}`);
}
