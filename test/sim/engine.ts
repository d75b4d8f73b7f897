/**
 * Virtual time: one queue of events, and a clock that jumps from each to the next.
 *
 * The daemon under test is asynchronous, so an event is over only when every promise that it settled
 * has run its course. Node drains all microtasks between two immediates of one phase; so each event
 * is an immediate of its own, and they are queued in batches because a phase of its own for each
 * would cost ten times as much. After each event, with everything settled, the observer looks.
 *
 * Nothing here or below it reads a real clock or draws real chance: the order of events is a
 * function of the seed.
 */
export type Cancel = () => void;

type Event = { readonly atMs: number; readonly turn: number; run: (() => void) | undefined };

const batchSize = 256;

export class Engine {
  #nowMs = 0;
  #turns = 0;
  #steps = 0;
  #failure: { readonly error: unknown } | undefined;
  readonly #queue: Event[] = [];
  /** Called after each event. */
  onStep: () => void = () => undefined;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have happened. */
  get steps(): number {
    return this.#steps;
  }

  /** At that time, or at once where it has passed; in the order of the calls where times are equal. */
  at(atMs: number, run: () => void): Cancel {
    if (atMs === Number.POSITIVE_INFINITY) return () => undefined;
    this.#turns += 1;
    const event: Event = { atMs: Math.max(atMs, this.#nowMs), turn: this.#turns, run };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.at(this.#nowMs + delayMs, run);
  }

  /** Ends the run with this error once the present event is over; the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Lets everything happen up to that time. Rejects with the first error that an event throws. */
  async run(untilMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isOver = false;
    const step = () => {
      if (isOver) return;
      try {
        this.onStep();
        if (this.#failure !== undefined) throw this.#failure.error;
        const event = this.#next(untilMs);
        if (event === undefined) {
          isOver = true;
          this.#nowMs = Math.max(this.#nowMs, untilMs);
          resolve();
          return;
        }
        this.#nowMs = event.atMs;
        this.#steps += 1;
        event.run?.();
      } catch (error) {
        isOver = true;
        reject(error);
      }
    };
    const batch = () => {
      if (isOver) return;
      for (let count = 0; count < batchSize; count += 1) setImmediate(step);
      setImmediate(batch);
    };
    batch();
    await promise;
  }

  /** The next event that is still wanted; undefined where none is due by then. */
  #next(untilMs: number): Event | undefined {
    for (;;) {
      const first = this.#queue[0];
      if (first === undefined || (first.run !== undefined && first.atMs > untilMs))
        return undefined;
      this.#pop();
      if (first.run !== undefined) return first;
    }
  }

  #push(event: Event): void {
    const queue = this.#queue;
    let place = queue.length;
    queue.push(event);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = queue[above];
      if (parent === undefined || !isBefore(event, parent)) break;
      queue[place] = parent;
      place = above;
    }
    queue[place] = event;
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop();
    if (last === undefined || queue.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      const left = queue[below];
      if (left === undefined) break;
      const right = queue[below + 1];
      let child = left;
      if (right !== undefined && isBefore(right, left)) {
        child = right;
        below += 1;
      }
      if (!isBefore(child, last)) break;
      queue[place] = child;
      place = below;
    }
    queue[place] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn);
}
