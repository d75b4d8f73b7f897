/**
 * Which parts of a host faults have touched, and when.
 */
/** The parts of a host, or on its way to Consul, without which no agent can follow the key. */
const needed = ["process", "helper", "network", "interface", "pause"] as const;

/** The parts that a fault can touch. What an agent hears of its Patroni comes on top of the key. */
export const touchables = [...needed, "patroni"] as const;
export type Touchable = (typeof touchables)[number];

export class Touches {
  readonly #nowMs: () => number;
  readonly #touches = new Map<Touchable, { count: number; lastMs: number }>();
  #soundSinceMs = -Infinity;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    for (const part of touchables) this.#touches.set(part, { count: 0, lastMs: -Infinity });
  }

  /** Something is wrong with that part from now on; returns what ends it. */
  begin(part: Touchable): () => void {
    const touch = this.#touches.get(part) ?? { count: 0, lastMs: 0 };
    touch.count += 1;
    this.#touches.set(part, touch);
    this.#soundSinceMs = this.soundSinceOf(needed);
    return () => {
      touch.count -= 1;
      touch.lastMs = this.#nowMs();
      this.#soundSinceMs = this.soundSinceOf(needed);
    };
  }

  /** Since when nothing has been wrong with what is needed; Infinity while something is. */
  get soundSinceMs(): number {
    return this.#soundSinceMs;
  }

  /** The same for some parts. */
  soundSinceOf(parts: readonly Touchable[]): number {
    let sinceMs = -Infinity;
    for (const part of parts) {
      const touch = this.#touches.get(part);
      if (touch === undefined) continue;
      sinceMs = Math.max(sinceMs, touch.count > 0 ? Infinity : touch.lastMs);
    }
    return sinceMs;
  }
}
