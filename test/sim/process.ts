/**
 * One process of a host: its clock, and the gate through which everything reaches it.
 *
 * Whatever happens to a process (a timer, an answer, a line of a pipe) comes through here. A process
 * that stands still gets nothing, while the world goes on; when it goes on, all that has piled up
 * arrives at once: timers in their order, answers in theirs, and between the two any order, since a
 * real event loop may have been stopped anywhere. A process that is dead gets nothing any more.
 *
 * Its clock has its own beginning and its own pace.
 */
import type { Clock } from "../../src/clock.ts";
import type { Cancel, Engine } from "./engine.ts";
import type { Random } from "./random.ts";

/** As src/agent/clock.ts: a timer wakes after a minute at the latest, for nothing if need be. */
const maxTimerMs = 60_000;

/** Node makes a timer of less a timer of this. */
const minTimerMs = 1;

/** A process that wakes more often than this in a second goes round in circles. */
const mostWakes = 100;

/** Two things that arrive "at once" are still one after the other. */
const instantMs = 0.001;

export type ProcessOptions = {
  readonly engine: Engine;
  readonly random: Random;
  /** How fast its clock runs: 1 is true time, 1.0002 is 200 ppm fast. */
  readonly rate: number;
  /** For messages. */
  readonly name: string;
};

export class SimProcess implements Clock {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #rate: number;
  readonly #name: string;
  #originMs: number;
  /** How many reasons there are to stand still: a SIGSTOP and a paused host can overlap. */
  #stops = 0;
  #wakes = 0;
  #wakesSecond = 0;
  #isDead = false;
  #timersDue: (() => void)[] = [];
  #arrived: (() => void)[] = [];

  constructor({ engine, random, rate, name }: ProcessOptions) {
    this.#name = name;
    this.#engine = engine;
    this.#random = random;
    this.#rate = rate;
    this.#originMs = engine.nowMs - random.between(0, 1e6);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isRunning(): boolean {
    return !this.#isDead && this.#stops === 0;
  }

  readonly nowMs = (): number => (this.#engine.nowMs - this.#originMs) * this.#rate;

  /** What its clock showed, or would have shown if it had always run as it does, at a true time. */
  timeOf(trueMs: number): number {
    return (trueMs - this.#originMs) * this.#rate;
  }

  readonly at = (atMs: number, callback: () => void): Cancel => {
    const delayMs = Math.min(atMs - this.nowMs(), maxTimerMs);
    return this.#arm(this.nowMs() + Math.max(delayMs, minTimerMs), callback);
  };

  /** A bare timer, as deadlines have it: however long. */
  after(delayMs: number, callback: () => void): Cancel {
    return this.#arm(this.nowMs() + delayMs, callback);
  }

  #arm(dueMs: number, callback: () => void): Cancel {
    let isCancelled = false;
    let cancel: Cancel = () => undefined;
    const arm = () => {
      // A little late, as timers are: rounding must never wake anybody a hair too early.
      const atTrueMs = this.#originMs + dueMs / this.#rate + instantMs;
      cancel = this.#engine.at(atTrueMs, () => this.#due(fire));
    };
    const fire = () => {
      if (isCancelled) return;
      // A clock that stood still with its host makes the timer later.
      if (this.nowMs() < dueMs) {
        arm();
        return;
      }
      this.#countWake();
      callback();
    };
    arm();
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** Something reaches the process from outside: an answer, a signal, a line of a pipe. */
  deliver(receive: () => void): void {
    if (this.#isDead) return;
    if (this.#stops > 0) this.#arrived.push(receive);
    else receive();
  }

  /** SIGSTOP, a blocked loop, a host that stands still. */
  stall(): void {
    this.#stops += 1;
  }

  thaw(): void {
    this.#stops -= 1;
    if (this.#stops > 0 || this.#isDead) return;
    const timers = this.#timersDue;
    const arrived = this.#arrived;
    this.#timersDue = [];
    this.#arrived = [];
    // Whichever is first may end up first; within each the order stays.
    let turn = 0;
    while (timers.length + arrived.length > 0) {
      const isTimer = this.#random.chance(timers.length / (timers.length + arrived.length));
      const next = isTimer ? timers.shift() : arrived.shift();
      if (next === undefined) continue;
      turn += 1;
      const again = isTimer ? () => this.#due(next) : () => this.deliver(next);
      this.#engine.after(turn * instantMs, again);
    }
  }

  /** Its clock stood still for that long, as a paused virtual machine's does. */
  loseTime(lostMs: number): void {
    this.#originMs += lostMs;
  }

  /** kill -9: not one instruction more. */
  kill(): void {
    this.#isDead = true;
    this.#timersDue = [];
    this.#arrived = [];
  }

  #countWake(): void {
    const second = Math.floor(this.#engine.nowMs / 1_000);
    this.#wakes = second === this.#wakesSecond ? this.#wakes + 1 : 1;
    this.#wakesSecond = second;
    if (this.#wakes > mostWakes)
      throw new Error(`${this.#name} woke ${mostWakes} times in a second`);
  }

  #due(fire: () => void): void {
    if (this.#isDead) return;
    if (this.#stops > 0) this.#timersDue.push(fire);
    else fire();
  }
}
