/**
 * One thing to run on a host: a fixed script for `sh`, its arguments, and what it reads. Only types.
 */
import type { Outcome } from "../../outcome.ts";
import type { CommandResult, ExecutorCode } from "./executor.ts";

/** What is read on stdin; a file is on this machine, and is streamed. */
export type Input = { readonly text: string } | { readonly file: string };

export type Step = {
  /** The same for every call: what differs is in the arguments. */
  readonly script: string;
  /** They can be seen by everybody on the host: never a secret. */
  readonly args: readonly string[];
  readonly stdin?: Input;
  readonly deadlineMs: number;
};

/** A way to run steps on one host as root. */
export type Transport = {
  readonly host: string;
  /** An exit code other than 0 is an answer. Never rejects. */
  readonly run: (step: Step) => Promise<Outcome<CommandResult, ExecutorCode>>;
  readonly forward: (address: string, port: number) => Promise<Outcome<string, ExecutorCode>>;
  readonly close: () => Promise<void>;
};
