/**
 * What the process is asked to do by signal, one wish after the other.
 *
 * Signals are caught from the very start, so that one that comes while the agent is still starting
 * is not lost. A reload may be asked for again and again, and of those that wait one is enough. After
 * the first wish to end, another such signal ends the process at once: whoever insists is obeyed,
 * and the kernel's lifetime on the VIP makes even that safe.
 */
export type StopWish = { readonly kind: "release" | "hand-over"; readonly signal: string };
export type Wish = StopWish | { readonly kind: "reload"; readonly signal: string };

const stops = {
  SIGTERM: "release",
  SIGINT: "release",
  SIGUSR2: "hand-over",
} as const satisfies Record<string, StopWish["kind"]>;

export class Wishes {
  #waiting: readonly Wish[] = [];
  #isEnding = false;
  #tell: () => void = () => undefined;

  /** Begins to listen. */
  static ofProcess(): Wishes {
    const wishes = new Wishes();
    const onStop = (signal: keyof typeof stops) => wishes.#end({ kind: stops[signal], signal });
    process.on("SIGTERM", onStop);
    process.on("SIGINT", onStop);
    process.on("SIGUSR2", onStop);
    process.on("SIGHUP", () => wishes.#add({ kind: "reload", signal: "SIGHUP" }));
    return wishes;
  }

  /** The next wish; one that ends comes before all others. Never two callers at a time. */
  async next(): Promise<Wish> {
    for (;;) {
      const wish = this.#waiting.find(({ kind }) => kind !== "reload") ?? this.#waiting[0];
      if (wish !== undefined) {
        this.#waiting = this.#waiting.filter((other) => other !== wish);
        return wish;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#tell = resolve;
      await promise;
    }
  }

  #end(wish: StopWish): void {
    if (this.#isEnding) process.exit(1);
    this.#isEnding = true;
    this.#add(wish);
  }

  #add(wish: Wish): void {
    if (this.#waiting.some(({ kind }) => kind === wish.kind)) return;
    this.#waiting = [...this.#waiting, wish];
    this.#tell();
  }
}
