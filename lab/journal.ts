/**
 * A list of things that happened, each with the moment at which it did, that can be waited on.
 *
 * Tests ask two questions of every observer: "what did you see between these moments?" and "wait
 * until you see such a thing". Both are answered from the same list, so that an event that came
 * before the test got round to waiting for it is not missed. The list is bounded: a process that
 * floods its output costs its oldest entries, not the memory of the test run.
 */
import { monotonicMs } from "./clock.ts";

const ENTRIES_MAX = 200_000;
const ENTRIES_TO_DROP = 50_000;

export type Happening = { readonly atMs: number };

type Waiter<E> = {
  readonly matches: (entry: E) => boolean;
  readonly sinceMs: number;
  readonly resolve: (entry: E) => void;
};

export type Patience = {
  /** Only entries from this moment on count; everything counts when it is left out. */
  readonly sinceMs?: number;
  readonly timeoutMs?: number;
};

export class Journal<E extends Happening> {
  readonly name: string;
  readonly entries: E[] = [];
  readonly #waiters = new Set<Waiter<E>>();
  readonly #listeners: ((entry: E) => void)[] = [];
  readonly #catchUp: (() => Promise<void>) | undefined;

  /** `catchUp`: until all that has happened before the call is an entry, where that can be known. */
  constructor(name: string, catchUp?: () => Promise<void>) {
    this.name = name;
    this.#catchUp = catchUp;
  }

  append(entry: E): void {
    if (this.entries.length >= ENTRIES_MAX) this.entries.splice(0, ENTRIES_TO_DROP);
    this.entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
    for (const waiter of this.#waiters) {
      if (entry.atMs < waiter.sinceMs || !waiter.matches(entry)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(entry);
    }
  }

  /** The first entry that matches, whether it is there already or comes within the time given. */
  async next(
    what: string,
    matches: (entry: E) => boolean = () => true,
    { sinceMs = -Infinity, timeoutMs = 10_000 }: Patience = {},
  ): Promise<E> {
    const present = this.entries.find((entry) => entry.atMs >= sinceMs && matches(entry));
    if (present !== undefined) return present;
    const { promise, resolve, reject } = Promise.withResolvers<E>();
    const waiter: Waiter<E> = { matches, sinceMs, resolve };
    const timer = setTimeout(() => {
      this.#waiters.delete(waiter);
      reject(new Error(this.#disappointment(what, timeoutMs)));
    }, timeoutMs);
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Calls back for each entry to come. */
  onEach(use: (entry: E) => void): void {
    this.#listeners.push(use);
  }

  between(fromMs: number, toMs: number): readonly E[] {
    return this.entries.filter((entry) => entry.atMs >= fromMs && entry.atMs <= toMs);
  }

  /**
   * All that has happened from a moment until now. `entries` lags behind, by a second where the
   * machine is busy: only this shows that something did not happen.
   */
  async upToNow(sinceMs = -Infinity): Promise<readonly E[]> {
    if (this.#catchUp === undefined)
      throw new Error(`${this.name}: it has no way to know how far it has come`);
    await this.#catchUp();
    return this.between(sinceMs, Infinity);
  }

  #disappointment(what: string, timeoutMs: number): string {
    const nowMs = monotonicMs();
    const last = this.entries.slice(-8).map((entry) => {
      const { atMs, ...rest } = entry;
      return `  ${(atMs - nowMs).toFixed(1)} ms: ${JSON.stringify(rest)}`;
    });
    const seen = last.length === 0 ? "  nothing at all" : last.join("\n");
    return `${this.name}: no ${what} within ${timeoutMs} ms; last seen, counted from now:\n${seen}`;
  }
}
