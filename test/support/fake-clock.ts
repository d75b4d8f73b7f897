/**
 * A clock that stands until a test moves it.
 */
import type { Clock } from "../../src/clock.ts";

export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  readonly nowMs = (): number => this.#nowMs;

  readonly at = (atMs: number, callback: () => void): (() => void) => {
    const timer = { atMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Moves on step by step, calling what is due at its own time and letting promises settle. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs);
      const next = due.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await settle();
    }
    this.#nowMs = endMs;
  }

  /** Moves on without calling anything, as if the process had been stopped meanwhile. */
  freeze(durationMs: number): void {
    this.#nowMs += durationMs;
  }
}

/** Lets everything happen that waits for promises only. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}
