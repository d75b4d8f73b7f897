/**
 * Reports everything that is done to a host or asked of it, without its secrets.
 *
 * Around an executor, so that whichever way the scripts go, the transcript is the same. What a failure
 * says is masked for the caller too, since it ends in a report sooner or later; what was asked for is
 * not, since the caller has to work with it.
 */
import type { Outcome } from "../../outcome.ts";
import type { Operation } from "../resources/operation.ts";
import type { Secret } from "../secrets/secrets.ts";
import type { Executor, ExecutorCode } from "./executor.ts";
import { type Mask, masking } from "./masking.ts";
import { commandLine } from "./shell.ts";

export type TranscriptEntry = {
  readonly host: string;
  /** What was done, in one line. */
  readonly command: string;
  readonly tookMs: number;
  /** "done", or the code of the failure. */
  readonly result: "done" | ExecutorCode;
  /** What a command printed, or what a failure says. */
  readonly output: string;
};

export type TranscriptOptions = {
  readonly secrets: readonly Secret[];
  readonly report: (entry: TranscriptEntry) => void;
  readonly nowMs: () => number;
};

/** Of an output; the beginning tells the most. */
const maxOutputLength = 4_000;

export function withTranscript(executor: Executor, options: TranscriptOptions): Executor {
  const { nowMs, report } = options;
  const mask = masking(options.secrets);
  const { host } = executor;
  const told = async <T>(
    command: string,
    act: () => Promise<Outcome<T, ExecutorCode>>,
    outputOf: (value: T) => string = () => "",
  ): Promise<Outcome<T, ExecutorCode>> => {
    const startedAtMs = nowMs();
    const outcome = masked(await act(), mask);
    report({
      host,
      command: mask(command),
      tookMs: nowMs() - startedAtMs,
      result: outcome.ok ? "done" : outcome.code,
      output: outcome.ok ? mask(outputOf(outcome.value)).slice(0, maxOutputLength) : outcome.detail,
    });
    return outcome;
  };
  return {
    host,
    probe: (questions) =>
      told(`look at ${questions.length} things`, () => executor.probe(questions)),
    perform: (operation) => told(operationText(operation), () => executor.perform(operation)),
    ask: (argv, askOptions) =>
      told(
        commandLine(argv),
        () => executor.ask(argv, askOptions),
        ({ exitCode, stdout, stderr }) => {
          const code = exitCode === 0 ? "" : `exit code ${exitCode}`;
          return [stdout, stderr, code].filter((text) => text !== "").join("\n");
        },
      ),
    forward: (address, port) =>
      told(`forward to ${address}:${port}`, () => executor.forward(address, port)),
    lock: (owner) => told(`lock for ${owner}`, () => executor.lock(owner)),
    unlock: () => executor.unlock(),
    close: () => executor.close(),
  };
}

function masked<T>(outcome: Outcome<T, ExecutorCode>, mask: Mask): Outcome<T, ExecutorCode> {
  return outcome.ok ? outcome : { ...outcome, detail: mask(outcome.detail) };
}

/** One line, with the text of no file in it. */
export function operationText(operation: Operation): string {
  switch (operation.kind) {
    case "write-file":
    case "set-access":
    case "make-directory": {
      const { kind, path, owner, group, mode } = operation;
      return `${kind} ${commandLine([path])} ${owner}:${group} ${mode}`;
    }
    case "write-text":
      return `${operation.kind} ${commandLine([operation.path])}`;
    case "make-user":
    case "join-groups":
      return `${operation.kind} ${commandLine([operation.name, ...operation.groups])}`;
    case "install-packages":
      return `${operation.kind} ${commandLine(operation.names)}`;
    case "install-package-file":
      return `${operation.kind} ${commandLine([operation.name])} from ${operation.artefact.from}`;
    case "install-program":
      return `${operation.kind} ${commandLine([operation.path])} from ${operation.artefact.from}`;
    case "make-venv":
      return `${operation.kind} ${commandLine([operation.path, ...operation.requirements])}`;
    case "set-link":
      return `${operation.kind} ${commandLine([operation.path])} to ${commandLine([operation.target])}`;
    case "mask-unit":
    case "enable-unit":
    case "start-unit":
    case "restart-unit":
    case "reload-unit":
    case "stop-unit":
    case "disable-unit":
    case "unmask-unit":
    case "remove-package":
      return `${operation.kind} ${operation.name}`;
    case "remove-file":
    case "remove-directory":
    case "remove-environment":
    case "remove-data":
      return `${operation.kind} ${commandLine([operation.path])}`;
    case "make-volume": {
      const { kind, group, name, disk, serial } = operation;
      return `${kind} ${group}/${name} on ${disk} (serial ${serial})`;
    }
    case "make-filesystem":
      return `${operation.kind} ${operation.group}/${operation.name}`;
    case "mount":
      return `${operation.kind} ${operation.group}/${operation.name} on ${operation.mountPoint}`;
  }
}
