/**
 * The agent's only clock: monotonic milliseconds that go on while the host sleeps, and timers on
 * it.
 *
 * `performance.now()` stands still while a laptop or a virtual machine is suspended, and a lease
 * that stands still is a lease that outlives its proof. The uptime of the kernel goes on, but in
 * steps of ten milliseconds; so the first is used, corrected by the second when they part. The wall
 * clock is for log lines only.
 */
import { uptime } from "node:os";

export type Clock = {
  readonly nowMs: () => number;
  /** Calls back at that time, or as soon as possible after it. Returns what takes the call back. */
  readonly at: (atMs: number, callback: () => void) => () => void;
};

/** The two clocks differ by less than this unless the host was suspended. */
const suspendToleranceMs = 500;

/** setTimeout takes no more; waking once in a while for nothing does no harm. */
const maxTimerMs = 60_000;

export function systemClock(): Clock {
  let aheadMs = uptime() * 1_000 - performance.now();
  let suspendedMs = 0;
  const nowMs = () => {
    const monotonicMs = performance.now();
    const driftMs = uptime() * 1_000 - monotonicMs - aheadMs;
    if (driftMs > suspendToleranceMs) {
      suspendedMs += driftMs;
      aheadMs += driftMs;
    }
    return monotonicMs + suspendedMs;
  };
  return {
    nowMs,
    at: (atMs, callback) => {
      const timer = setTimeout(callback, Math.min(Math.max(atMs - nowMs(), 0), maxTimerMs));
      return () => clearTimeout(timer);
    },
  };
}
