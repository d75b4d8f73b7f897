/**
 * The port to the hosts: what is asked of one, and what is done to it. Only types.
 *
 * Behind it are the system's OpenSSH, the host on which the tool runs, or a fake one in tests.
 */
import type { Outcome } from "../../outcome.ts";
import type { Facts, Question } from "../resources/facts.ts";
import type { Operation } from "../resources/operation.ts";

export type ExecutorCode =
  /** No connection: refused, unknown host key, no login. */
  | "unreachable"
  /** Connected, and may not become root. */
  | "sudo"
  /** The lock is somebody else's. */
  | "locked"
  /** It may be had when a step is over that an earlier run has begun. */
  | "busy"
  | "timeout"
  /** The script of an operation, or a command, has failed. */
  | "failed";

export type CommandResult = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type Executor = {
  /** The host's name in the cluster file. */
  readonly host: string;
  /** Changes nothing. */
  readonly probe: (questions: readonly Question[]) => Promise<Outcome<Facts, ExecutorCode>>;
  readonly perform: (operation: Operation) => Promise<Outcome<void, ExecutorCode>>;
  /**
   * Runs a program as root, for looks, and for steps of the cluster as a whole that have to be taken
   * from a host (SQL). An exit code other than 0 is an answer too.
   */
  readonly ask: (
    argv: readonly string[],
    options?: { readonly stdin?: string; readonly deadlineMs?: number },
  ) => Promise<Outcome<CommandResult, ExecutorCode>>;
  /**
   * A socket on this machine that leads to a port of the host's loopback or own address, as long as
   * the executor is open.
   */
  readonly forward: (address: string, port: number) => Promise<Outcome<string, ExecutorCode>>;
  /** For this run; another run's is told with its owner and age. */
  readonly lock: (owner: string) => Promise<Outcome<void, ExecutorCode>>;
  readonly unlock: () => Promise<void>;
  readonly close: () => Promise<void>;
};
