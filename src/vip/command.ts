/**
 * Runs one program to its end, with a deadline.
 *
 * C locale, no stdin, no shell, bounded output. A program that misses its deadline is killed: what
 * it did by then is unknown, and the caller must observe.
 */
import { execa } from "execa";
import { type Outcome, done, failed } from "../outcome.ts";
import { hasFreeDescriptors } from "./helper.ts";

export type CommandCode = "missing" | "timeout" | "exit" | "signal";

export type CommandOutput = { readonly stdout: string; readonly stderr: string };

export type Command = {
  readonly path: string;
  readonly args: readonly string[];
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** Exit codes beside 0 that are an answer, not a failure. */
  readonly answerCodes?: readonly number[];
  /** Beside LC_ALL and PATH, which are all that a program gets otherwise. */
  readonly env?: Readonly<Record<string, string>>;
};

const maxOutputLength = 1_000_000;

/**
 * Never rejects; an exit code other than 0 is a failure whose detail quotes the first line of
 * stderr.
 */
export async function runCommand(command: Command): Promise<Outcome<CommandOutput, CommandCode>> {
  const { path, args, deadlineMs, signal, env, answerCodes = [] } = command;
  if (!hasFreeDescriptors()) {
    return failed("missing", `${path} could not be started: no file descriptor is free`);
  }
  const result = await execa(path, args, {
    reject: false,
    stdin: "ignore",
    timeout: deadlineMs,
    killSignal: "SIGKILL",
    maxBuffer: maxOutputLength,
    extendEnv: false,
    env: { ...env, LC_ALL: "C", PATH: process.env["PATH"] ?? "" },
    ...(signal && { cancelSignal: signal }),
  });
  // What could not be started has no output, whatever its type says.
  // oxlint-disable-next-line typescript/no-useless-default-assignment
  const { stdout = "", stderr = "" } = result;
  const isAnswer = result.exitCode !== undefined && answerCodes.includes(result.exitCode);
  if (!result.failed || isAnswer) return done({ stdout, stderr });
  const firstLine = stderr.split("\n", 1)[0]?.trim() || "no message";
  if (result.timedOut) return failed("timeout", `${path} took more than ${deadlineMs} ms`);
  if (result.exitCode !== undefined) {
    return failed("exit", `${path} exited with ${result.exitCode}: ${firstLine}`);
  }
  if (result.signal !== undefined) return failed("signal", `${path} ended by ${result.signal}`);
  return failed("missing", `${path} could not be started: ${result.originalMessage ?? firstLine}`);
}
