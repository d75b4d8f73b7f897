/**
 * The last changes of one VIP's verdict, for whoever asks later how it came to this.
 */
import type { Verdict } from "../../policy/judge.ts";

export type Transition = {
  /** Monotonic. */
  readonly atMs: number;
  readonly verdict: Verdict["kind"];
  readonly reason: Verdict["reason"];
  /** Who the key named; undefined where it named nobody. */
  readonly leader: string | undefined;
};

/** A screen of them; what was before stands in the log. */
const maxTransitions = 32;

export class History {
  #newestFirst: readonly Transition[] = [];

  add(transition: Transition): void {
    this.#newestFirst = [transition, ...this.#newestFirst].slice(0, maxTransitions);
  }

  get newestFirst(): readonly Transition[] {
    return this.#newestFirst;
  }
}
