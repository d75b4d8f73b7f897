/**
 * How long one proof of leadership may be trusted.
 *
 * A guard keeps the gate open only while he still remembers the last order. The order here is a
 * consistent read of the leader key that names this member; it counts from the moment the read was
 * *sent*. Consul keeps a leader's lock until ttl after its last renewal, and Patroni renews each
 * loop_wait, so at the time of the read the lock was at most loop_wait old: nobody else can own the
 * key before `ttl − loop_wait` later. Holding longer than `loop_wait + retry_timeout` has no value
 * either, since Patroni then stops PostgreSQL by itself. The lease is the smaller of the two, less
 * a margin for the release itself, for scheduling and for clocks that drift.
 *
 * Not built: a fixed number of failed reads. A count says nothing about time, and time is what the
 * other side counts.
 */
import assert from "node:assert/strict";
import type { Timings } from "./sightings.ts";

/** Patroni's own defaults; they count until the live ones have been read. */
export const defaultTimings: Timings = {
  ttlMs: 30_000,
  loopWaitMs: 10_000,
  retryTimeoutMs: 10_000,
};

/**
 * A lease that ends between two ordinary answers of Consul would drop the VIP for nothing. Where the
 * lock is safe for that long, short Patroni timings do not make the lease shorter than this.
 */
const shortestUsefulMs = 8_000;

/** Length of the lease in milliseconds for these timings; 0 where they leave no time to hold safely. */
export function leaseLengthMs(timings: Timings, marginMs: number): number {
  const { ttlMs, loopWaitMs, retryTimeoutMs } = timings;
  assert(marginMs >= 0, `the lease margin must not be negative, it is ${marginMs} ms`);
  const safeMs = Math.max(0, ttlMs - loopWaitMs - marginMs);
  const usefulMs = Math.max(shortestUsefulMs, loopWaitMs + retryTimeoutMs - marginMs);
  return Math.min(safeMs, usefulMs);
}

/**
 * How long the VIP is kept when the key is missing while Consul answers. Twice loop_wait: a leader
 * whose Patroni hung was measured to take its key back after 12.0 s at loop_wait 10, so that one
 * loop is just too short.
 */
export function gapGraceMs(timings: Timings): number {
  return 2 * timings.loopWaitMs;
}
