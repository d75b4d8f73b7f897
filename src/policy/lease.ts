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
 * A hold ends this long before its proof does. Lifetimes are whole seconds, rounded down, and are
 * not renewed for less than half a second; without the lead the kernel could take the VIP away, in
 * silence, before the agent releases it with a reset for each client.
 */
export const releaseLeadMs = 1_500;

/** A lease shorter than this cannot be kept up by answers, however often Consul is asked. */
export const shortestLeaseMs = 3_000;

/** The shortest wait of a blocking query: asking more often would only be a load. */
const shortestWaitMs = 250;

/**
 * Room for what Consul does now and then: an election is over within three seconds, and an endpoint
 * that falls silent costs 1.5 s beyond its wait before another one is asked.
 */
const hiccupMs = 3_000;

/** Time for a question to travel, on a bad day. */
const travelMs = 500;

/**
 * How long one blocking query may wait, so that the next answer always comes before the hold of the
 * last one ends, a hiccup of Consul included: the newest answer's age reaches one wait, to which the
 * server adds up to a sixteenth.
 */
export function longestWaitMs(timings: Timings, marginMs: number): number {
  const heldMs = leaseLengthMs(timings, marginMs) - releaseLeadMs - travelMs - hiccupMs;
  return Math.max(shortestWaitMs, Math.floor((heldMs * 16) / 17));
}

/**
 * How long the VIP is kept when the key is missing while Consul answers. Twice loop_wait: a leader
 * whose Patroni hung was measured to take its key back after 12.0 s at loop_wait 10, so that one
 * loop is just too short.
 */
export function gapGraceMs(timings: Timings): number {
  return 2 * timings.loopWaitMs;
}
