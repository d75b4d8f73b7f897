/**
 * The locks of a run on all its hosts.
 */
import type { Executor } from "../../provision/executor/executor.ts";
import type { Finding } from "../../provision/phases/events.ts";

/** Those that could not be had, each with whose it is. */
export async function lockAll(
  executors: readonly Executor[],
  owner: string,
): Promise<readonly Finding[]> {
  const locked = await Promise.all(
    executors.map(async (executor) => ({ host: executor.host, lock: await executor.lock(owner) })),
  );
  return locked.flatMap(({ host, lock }): readonly Finding[] => {
    return lock.ok ? [] : [{ severity: "error", host, code: lock.code, finding: lock.detail }];
  });
}

export async function unlockAll(executors: readonly Executor[]): Promise<void> {
  await Promise.all(executors.map(async (one) => one.unlock()));
}
