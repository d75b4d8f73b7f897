/**
 * No more than so many at once; the others wait for their turn.
 */
export class Limit {
  #slots: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#slots = slots;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#slots) this.#running += 1;
    else await this.#turn();
    try {
      return await task();
    } finally {
      this.#pass();
    }
  }

  /** To one less than run now, for who was refused; false where nobody else runs. */
  lower(): boolean {
    if (this.#running <= 1) return false;
    this.#slots = Math.max(1, Math.min(this.#slots, this.#running) - 1);
    return true;
  }

  #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** The place goes to the next one without becoming free in between. */
  #pass(): void {
    const next = this.#running > this.#slots ? undefined : this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
