/**
 * The locks of a run on all its hosts.
 *
 * A run that was killed may have left a step going on: each of them ends by itself, so it is waited for,
 * and a person is told of it.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Outcome } from "../../outcome.ts";
import { longestStepMs } from "../../provision/executor/alone.ts";
import type { Executor, ExecutorCode } from "../../provision/executor/executor.ts";
import type { Finding } from "../../provision/phases/events.ts";
import type { Run } from "../../provision/phases/run.ts";

/** A host asked for its lock answers after some seconds only, while a step goes on there. */
const againAfterMs = 200;

type Waiting = Pick<Run, "clock" | "tell" | "signal">;

/** Those that could not be had, each with whose it is. */
export async function lockAll(
  executors: readonly Executor[],
  owner: string,
  waiting: Waiting,
): Promise<readonly Finding[]> {
  const refusals = await Promise.all(
    executors.map(async (executor): Promise<readonly Finding[]> => {
      const lock = await lockOne(executor, owner, waiting);
      return lock.ok ? [] : [refusal(executor.host, lock.code, lock.detail)];
    }),
  );
  return refusals.flat();
}

export async function unlockAll(executors: readonly Executor[]): Promise<void> {
  await Promise.all(executors.map(async (one) => one.unlock()));
}

async function lockOne(
  executor: Executor,
  owner: string,
  { clock, tell, signal }: Waiting,
): Promise<Outcome<void, ExecutorCode>> {
  const untilMs = clock.nowMs() + longestStepMs;
  for (let isTold = false; ; isTold = true) {
    const lock = await executor.lock(owner);
    const isOver = signal.aborted || clock.nowMs() >= untilMs;
    if (lock.ok || lock.code !== "busy" || isOver) return lock;
    if (!isTold) tell({ kind: "obstacles", findings: [waitingFor(executor.host, lock.detail)] });
    await sleep(againAfterMs);
  }
}

function waitingFor(host: string, finding: string): Finding {
  const minutes = longestStepMs / 60_000;
  const remedy = `nothing: this run begins when it is over, within ${minutes} minutes`;
  return { severity: "warning", host, code: "busy", finding, remedy };
}

function refusal(host: string, code: ExecutorCode, finding: string): Finding {
  const remedy = code === "busy" ? { remedy: "run again when it is over: it ends by itself" } : {};
  return { severity: "error", host, code, finding, ...remedy };
}
