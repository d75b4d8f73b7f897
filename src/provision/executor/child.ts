/**
 * Runs the program that carries a step: ssh, or `sh` itself.
 *
 * The time is watched from outside. A program that is killed may have given its pipes to others (an
 * ssh gives them to the one that holds the connection), and who waits for those to close waits for
 * as long as they live.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { type Outcome, done, failed } from "../../outcome.ts";
import type { Ended } from "./envelope.ts";
import type { Input, Step } from "./step.ts";

/** The host itself ends a step at its deadline; this is for the news of it. */
const graceMs = 20_000;
const maxOutputBytes = 16_000_000;

export type ChildOptions = {
  /** All that it gets; left out: what this program has. */
  readonly env?: Readonly<Record<string, string>>;
};

/** `failed`: it could not be run, or says too much. */
export async function runChild(
  argv: readonly string[],
  { stdin, deadlineMs }: Step,
  { env }: ChildOptions = {},
): Promise<Outcome<Ended, "timeout" | "failed">> {
  const [program = "", ...args] = argv;
  const child = execa(program, args, {
    ...inputOption(stdin),
    ...(env !== undefined && { env, extendEnv: false }),
    reject: false,
    // Ctrl-C is for this program, which ends things in its own order.
    detached: true,
    stripFinalNewline: false,
    maxBuffer: maxOutputBytes,
  });
  const watch = new AbortController();
  const late = sleep(deadlineMs + graceMs, undefined, { signal: watch.signal }).catch(() => {});
  const result = await Promise.race([child, late]);
  watch.abort();
  if (result === undefined) {
    child.kill("SIGKILL");
    return failed("timeout", `no answer within ${(deadlineMs + graceMs) / 1_000} s`);
  }
  if (result.isMaxBuffer) return failed("failed", `it says more than ${maxOutputBytes / 1e6} MB`);
  if (result.exitCode === undefined && result.signal === undefined) {
    return failed("failed", result.originalMessage ?? `${program} could not be run`);
  }
  return done(endedOf(result));
}

type Result = { readonly exitCode?: number; readonly stdout?: string; readonly stderr?: string };

/** What could not be started has no output, whatever its type says. */
function endedOf({ exitCode, stdout = "", stderr = "" }: Result): Ended {
  return { exitCode, stdout, stderr };
}

function inputOption(input: Input | undefined) {
  if (input === undefined) return { stdin: "ignore" } as const;
  return "text" in input ? { input: input.text } : { inputFile: input.file };
}
