/**
 * The executor of a host, whichever way its scripts get there.
 *
 * Looks need no lock and leave no trace. Nothing is performed without it: whoever forgot to lock could
 * restart Consul on two hosts at once with somebody else.
 */
import { randomUUID } from "node:crypto";

import { type Outcome, done, failed } from "../../outcome.ts";
import type { Operation } from "../resources/operation.ts";
import { aloneStep } from "./alone.ts";
import type { Artefacts } from "./artefacts.ts";
import type { CommandResult, Executor, ExecutorCode } from "./executor.ts";
import { lockOutcome, lockStep, unlockStep } from "./lock.ts";
import { parseFacts, probeStep } from "./probe.ts";
import { stepOf } from "./scripts.ts";
import type { Step, Transport } from "./step.ts";

const askDeadlineMs = 30_000;

/** Of what a script says, for a person. */
const maxDetailLength = 2_000;

export function hostExecutor(transport: Transport, artefacts: Artefacts): Executor {
  const { host } = transport;
  let held: { readonly owner: string; readonly run: string } | undefined;
  return {
    host,
    probe: async (questions) => {
      const answer = await succeeded(transport, probeStep(questions), "the probe");
      if (!answer.ok) return answer;
      return parseFacts(answer.value.stdout, questions);
    },
    perform: async (operation) => {
      if (held !== undefined) return perform(transport, artefacts, operation, held.run);
      return failed("locked", `${host} is not locked by this run: ${operation.kind} was not begun`);
    },
    ask: (argv, { stdin, deadlineMs = askDeadlineMs } = {}) =>
      transport.run({
        script: 'exec "$@"',
        args: argv,
        ...(stdin !== undefined && { stdin: { text: stdin } }),
        deadlineMs,
      }),
    forward: (address, port) => transport.forward(address, port),
    lock: async (owner) => {
      const run = randomUUID();
      const answer = await transport.run(lockStep(owner, run));
      const locked = answer.ok ? lockOutcome(answer.value, host) : answer;
      if (locked.ok) held = { owner, run };
      return locked;
    },
    unlock: async () => {
      if (held !== undefined) await transport.run(unlockStep(held.owner));
      held = undefined;
    },
    close: () => transport.close(),
  };
}

async function perform(
  transport: Transport,
  artefacts: Artefacts,
  operation: Operation,
  run: string,
): Promise<Outcome<void, ExecutorCode>> {
  const material = await artefacts.materialOf(operation);
  if (!material.ok) return failed("failed", material.detail);
  const step = aloneStep(stepOf(operation, material.value), run);
  const answer = await succeeded(transport, step, operation.kind);
  return answer.ok ? done(undefined) : answer;
}

async function succeeded(
  transport: Transport,
  step: Step,
  what: string,
): Promise<Outcome<CommandResult, ExecutorCode>> {
  const answer = await transport.run(step);
  if (!answer.ok || answer.value.exitCode === 0) return answer;
  const { exitCode, stdout, stderr } = answer.value;
  const words = (stderr.trim() || stdout.trim()).slice(-maxDetailLength);
  return failed("failed", `${what} ended with ${exitCode}: ${words || "without a word"}`);
}
