/**
 * Notices that the process stood still.
 *
 * SIGSTOP, a paused virtual machine, a live migration or a blocked event loop leave no trace of
 * their own; the first thing that happens afterwards may be an answer that was asked for long
 * before. So a beat is due every half second, and whoever brings news lets the pulse be felt first:
 * a beat that is overdue means that all knowledge is old.
 */
import type { Clock } from "../clock.ts";

const beatEveryMs = 500;

/** Less is an ordinary scheduling delay on a busy host. */
const stallMs = 1_500;

export class Pulse {
  readonly #clock: Clock;
  readonly #onStall: (stalledForMs: number) => void;
  #lastBeatMs: number;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, onStall: (stalledForMs: number) => void) {
    this.#clock = clock;
    this.#onStall = onStall;
    this.#lastBeatMs = clock.nowMs();
  }

  start(): void {
    this.feel();
    this.#cancel = this.#clock.at(this.#clock.nowMs() + beatEveryMs, () => this.start());
  }

  /** Reports a stall if the last beat is too long ago. */
  feel(): void {
    const nowMs = this.#clock.nowMs();
    const sinceMs = nowMs - this.#lastBeatMs;
    this.#lastBeatMs = nowMs;
    if (sinceMs >= stallMs) this.#onStall(sinceMs);
  }

  stop(): void {
    this.#cancel();
  }
}
