/**
 * The one clock of the lab: CLOCK_MONOTONIC in milliseconds, the same in every process of a
 * machine.
 *
 * A move of the VIP is seen by half a dozen processes (the harness, the client, a packet listener,
 * `ip monitor`); their stamps can be subtracted only if they come from one clock. Tools that print
 * wall time are translated by an offset measured here. The wall clock may be slewed meanwhile, so
 * the offset is measured again when it is older than a few seconds: 500 ppm over 5 s is 2.5 ms at
 * worst and some microseconds in practice.
 */
import { setTimeout as delay } from "node:timers/promises";

const OFFSET_MAX_AGE_MS = 5_000;

let offset: { readonly valueMs: number; readonly measuredAtMs: number } | undefined;

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Turns wall-clock milliseconds (with a fraction) into those of the monotonic clock. */
export function monotonicFromWallMs(wallMs: number): number {
  const nowMs = monotonicMs();
  if (offset === undefined || nowMs - offset.measuredAtMs > OFFSET_MAX_AGE_MS) {
    offset = { valueMs: measureOffsetMs(), measuredAtMs: nowMs };
  }
  return wallMs + offset.valueMs;
}

// Node's wall clock has whole milliseconds only, so wait for one to begin: at that moment it is
// exact. It costs at most a millisecond of busy waiting.
function measureOffsetMs(): number {
  const before = Date.now();
  let wallMs = before;
  while (wallMs === before) wallMs = Date.now();
  return monotonicMs() - wallMs;
}

export async function sleepMs(durationMs: number): Promise<void> {
  await delay(durationMs);
}

/**
 * Repeats a question until its answer is neither undefined nor false; the error names what was
 * waited for, so that a timeout in a test explains itself.
 */
export async function waitUntil<T>(
  what: string,
  question: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 5 } = {},
): Promise<NonNullable<T>> {
  const giveUpAtMs = monotonicMs() + timeoutMs;
  for (;;) {
    const answer = await question();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (monotonicMs() >= giveUpAtMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(everyMs);
  }
}
