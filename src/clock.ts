/**
 * The agent's only clock: monotonic milliseconds that go on while the host sleeps, and timers on
 * it.
 *
 * `performance.now()` stands still while a laptop or a virtual machine is suspended, and a lease
 * that stands still is a lease that outlives its proof. The uptime of the kernel goes on, but in
 * steps of ten milliseconds; so the first is used, corrected by the second when they part. It is
 * read from a file, which costs more than all the rest of a wake-up, so not more often than it
 * steps. The wall clock is for log lines only.
 */
import { uptime } from "node:os";

export type Clock = {
  readonly nowMs: () => number;
  /** Calls back at that time, or as soon as possible after it. Returns what takes the call back. */
  readonly at: (atMs: number, callback: () => void) => () => void;
};

/** The two clocks differ by less than this unless the host was suspended. */
const suspendToleranceMs = 500;

/** The grain of the uptime. A host that was suspended right after a look is that late to notice. */
const lookEveryMs = 10;

/** setTimeout takes no more; waking once in a while for nothing does no harm. */
const maxTimerMs = 60_000;

/** `uptimeS` is the kernel's uptime in seconds. */
export function systemClock(uptimeS: () => number = uptime): Clock {
  let aheadMs = uptimeS() * 1_000 - performance.now();
  let suspendedMs = 0;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  const nowMs = () => {
    const monotonicMs = performance.now();
    if (monotonicMs - lookedAtMs < lookEveryMs) return monotonicMs + suspendedMs;
    lookedAtMs = monotonicMs;
    const driftMs = uptimeS() * 1_000 - monotonicMs - aheadMs;
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
