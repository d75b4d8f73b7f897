/** A host that answers everything in the same way. */
import { type Outcome, failed } from "../../../../src/outcome.ts";
import type {
  CommandResult,
  Executor,
  ExecutorCode,
} from "../../../../src/provision/executor/executor.ts";

export type BareAnswers = {
  readonly ask?: Outcome<CommandResult, ExecutorCode>;
  readonly perform?: Outcome<void, ExecutorCode>;
};

export function bareExecutor({ ask, perform }: BareAnswers): Executor {
  const nothing = failed("failed", "nobody thought of this");
  return {
    host: "db1",
    probe: () => Promise.resolve(nothing),
    perform: () => Promise.resolve(perform ?? nothing),
    ask: () => Promise.resolve(ask ?? nothing),
    forward: () => Promise.resolve(nothing),
    lock: () => Promise.resolve(nothing),
    unlock: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
