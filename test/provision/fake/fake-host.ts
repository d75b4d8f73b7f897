/**
 * An executor without a host: it answers from a model, performs on it, and can be cut off.
 *
 * A run that is cut off at its n-th operation has done a number of that operation's stages: none is
 * just before, all is just after. From then on nothing reaches the host, as with a lost connection;
 * another FakeHost on the same model is the next run.
 */
import assert from "node:assert/strict";
import { type Outcome, done, failed } from "../../../src/outcome.ts";
import type {
  CommandResult,
  Executor,
  ExecutorCode,
} from "../../../src/provision/executor/executor.ts";
import type { Operation } from "../../../src/provision/resources/operation.ts";
import { answer } from "./answers.ts";
import { type HostModel, type Surroundings, bareModel } from "./model.ts";
import { Refusal } from "./refusal.ts";
import { type Stage, stagesOf } from "./stages.ts";

export type FakeOptions = {
  readonly host?: string;
  readonly model?: HostModel;
  readonly around?: Surroundings;
  /** The operation, counted from 1, and how many of its stages are done. */
  readonly cutOff?: { readonly at: number; readonly stages: number };
  /** What programs answer. Undefined: there is no such program. */
  readonly ask?: (argv: readonly string[], stdin: string) => CommandResult | undefined;
  readonly forward?: (address: string, port: number) => Outcome<string, ExecutorCode>;
};

export type FakeHost = Executor & {
  readonly model: HostModel;
  /** Those that were done, in order. */
  readonly performed: readonly Operation[];
  /** Of each of these, how many stages it had. */
  readonly stageCounts: readonly number[];
  readonly questionCount: () => number;
};

const emptySurroundings: Surroundings = { repository: new Map(), artefacts: new Map() };

const lost = failed("unreachable", "the connection was lost");

export function fakeHost(options: FakeOptions = {}): FakeHost {
  const { host = "db1", model = bareModel(), around = emptySurroundings, cutOff } = options;
  const performed: Operation[] = [];
  const stageCounts: number[] = [];
  let questions = 0;
  let begun = 0;
  let isLost = false;
  const perform = (operation: Operation): Outcome<void, ExecutorCode> => {
    begun += 1;
    const stages = stagesOf(model, around, operation);
    isLost = cutOff?.at === begun;
    const refusal = run(isLost ? stages.slice(0, cutOff?.stages) : stages);
    if (isLost) return lost;
    if (refusal !== undefined) return failed("failed", refusal);
    performed.push(operation);
    stageCounts.push(stages.length);
    return done(undefined);
  };
  return {
    host,
    model,
    performed,
    stageCounts,
    questionCount: () => questions,
    probe: async (asked) => {
      questions += asked.length;
      return isLost ? lost : done(answer(model, asked));
    },
    perform: async (operation) => (isLost ? lost : perform(operation)),
    ask: async (argv, { stdin = "" } = {}) => {
      if (isLost) return lost;
      const absent = { exitCode: 127, stdout: "", stderr: `${argv[0]}: not found` };
      return done(options.ask?.(argv, stdin) ?? absent);
    },
    forward: async (address, port) => {
      if (isLost) return lost;
      return options.forward?.(address, port) ?? failed("failed", `${address}:${port} is closed`);
    },
    lock: async (owner) => {
      if (isLost) return lost;
      if (model.lockedBy !== undefined) return failed("locked", `locked by ${model.lockedBy}`);
      model.lockedBy = owner;
      return done(undefined);
    },
    unlock: async () => {
      if (!isLost) model.lockedBy = undefined;
    },
    close: async () => {},
  };
}

/** Why a stage was refused. */
function run(stages: readonly Stage[]): string | undefined {
  try {
    for (const stage of stages) stage();
    return undefined;
  } catch (error) {
    assert(error instanceof Refusal, String(error));
    return error.message;
  }
}
