/**
 * The directory in which Patroni's callbacks leave word: one name per action, role and scope, with
 * the time of its newest coming. It belongs to the host and is there without an agent.
 *
 * Whoever listens is told that something has come, and takes all that is there, in any order. What is
 * done badly on the way (lost, late, twice, made up) is a fault of the host.
 */
import type { CallbackEvent } from "../../../src/callbacks/event.ts";
import type { Cancel, Engine } from "../engine.ts";
import type { Random } from "../random.ts";

/** What is wrong with the callbacks of a host. */
export type CallbackTrouble = "lost" | "late" | "doubled";

/** From the start of a callback to its word in the directory (patroni-consul.md C.4: sh 1 ms). */
const startMs = [1, 10] as const;

/** Callbacks get lost without anybody's fault, too. */
const lostAnyway = 0.02;

/** From the word in the directory to the ear. */
const noticeMs = [0.1, 2] as const;

/** What has lain there for longer is taken away and not told (src/callbacks/ear.ts). */
const oldMs = 10_000;

type Word = { readonly event: CallbackEvent; readonly leftAtMs: number };

export class Spool {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #words = new Map<string, Word>();
  #kill: Cancel = () => undefined;
  #onWord: () => void = () => undefined;
  trouble: CallbackTrouble | undefined;

  constructor(engine: Engine, random: Random) {
    this.#engine = engine;
    this.#random = random;
  }

  /** Patroni runs a callback, and does not wait for it. */
  run(event: CallbackEvent): void {
    const { trouble } = this;
    if (this.#random.chance(trouble === "lost" ? 0.7 : lostAnyway)) return;
    // One that has not done its work when the next one comes is killed, if it can be (C.2).
    if (trouble !== "late") this.#kill();
    const lateMs = trouble === "late" ? this.#random.spread(20, 8_000) : 0;
    const delayMs = this.#random.between(...startMs) + lateMs;
    this.#kill = this.#engine.after(delayMs, () => this.leave(event));
    if (trouble === "doubled") this.#engine.after(delayMs + 50, () => this.leave(event));
  }

  leave(event: CallbackEvent): void {
    const { action, role, scope } = event;
    this.#words.set(`${action}.${role}.${scope}`, { event, leftAtMs: this.#engine.nowMs });
    this.#engine.after(this.#random.between(...noticeMs), () => this.#onWord());
  }

  /** Calls whenever there may be something to take; there may be already. */
  listen(onWord: () => void): Cancel {
    this.#onWord = onWord;
    this.#engine.after(this.#random.between(...noticeMs), onWord);
    return () => {
      if (this.#onWord === onWord) this.#onWord = () => undefined;
    };
  }

  takeAll(): readonly Word[] {
    const sinceMs = this.#engine.nowMs - oldMs;
    const words = [...this.#words.values()].filter(({ leftAtMs }) => leftAtMs >= sinceMs);
    this.#words.clear();
    return this.#random.chance(0.5) ? words : words.toReversed();
  }
}
