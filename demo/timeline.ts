/**
 * Prints what happens, in the order in which it happened, with who holds the key and who the VIP.
 *
 * Events come from several observers with different delays, so each is kept back for a moment and
 * they are printed sorted by their own stamps. Some events are a zero: later ones of the same scene
 * show their distance from it.
 */
import { styleText } from "node:util";

import { monotonicMs, sleepMs } from "../lab/clock.ts";
import type { HostName } from "../lab/network.ts";

// Longer than any observer's delay on a busy machine, too short to be noticed.
const KEPT_BACK_MS = 120;
const TEXT_WIDTH = 56;
const KEY_WIDTH = 4;
// Two hosts, for the few milliseconds in which the old one still has the address.
const HOLDERS_WIDTH = 7;

export type Tone = "key" | "good" | "bad" | "plain";

export type Entry = {
  readonly atMs: number;
  readonly text: string;
  readonly tone?: Tone;
  /** Distances are counted from here on. */
  readonly isZero?: boolean;
  /** The key now names this host; null when it is gone. */
  readonly key?: HostName | null;
  readonly bound?: HostName;
  readonly released?: HostName;
};

const STYLES: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  key: "cyan",
  good: "green",
  bad: "red",
  plain: [],
};

export class Timeline {
  readonly startedAtMs = monotonicMs();
  readonly #holders = new Set<HostName>();
  readonly #timer: NodeJS.Timeout;
  #waiting: Entry[] = [];
  #key: HostName | null = null;
  #zeroAtMs: number | undefined;
  #isMuted = false;

  constructor() {
    this.#timer = setInterval(() => this.#print(monotonicMs() - KEPT_BACK_MS), 20);
    this.#timer.unref();
  }

  add(entry: Entry): void {
    this.#waiting.push(entry);
  }

  /** An event that the demo itself causes, at this moment. */
  now(text: string, more: Omit<Entry, "atMs" | "text"> = {}): void {
    this.add({ atMs: monotonicMs(), text, ...more });
  }

  async heading(text: string): Promise<void> {
    await this.settle();
    this.#zeroAtMs = undefined;
    write("");
    write(styleText("bold", text, { stream: process.stdout }));
  }

  /** Waits until everything that happened up to now is printed. */
  async settle(): Promise<void> {
    await sleepMs(KEPT_BACK_MS + 1);
    this.#print(monotonicMs() - KEPT_BACK_MS);
  }

  /** From here on the world is being taken down, which is no news. */
  mute(): void {
    this.#isMuted = true;
    clearInterval(this.#timer);
  }

  #print(untilMs: number): void {
    const due = this.#waiting.filter(({ atMs }) => atMs <= untilMs);
    this.#waiting = this.#waiting.filter(({ atMs }) => atMs > untilMs);
    for (const entry of due.toSorted((one, other) => one.atMs - other.atMs)) this.#line(entry);
  }

  #line(entry: Entry): void {
    if (entry.key !== undefined) this.#key = entry.key;
    if (entry.bound !== undefined) this.#holders.add(entry.bound);
    if (entry.released !== undefined) this.#holders.delete(entry.released);
    if (entry.isZero === true) this.#zeroAtMs = entry.atMs;
    if (this.#isMuted) return;
    const seconds = ((entry.atMs - this.startedAtMs) / 1e3).toFixed(3).padStart(7);
    const holders = [...this.#holders].toSorted().join("+");
    const key = (this.#key ?? "-").padEnd(KEY_WIDTH);
    const state = `key ${key} VIP ${(holders || "-").padEnd(HOLDERS_WIDTH)}`;
    const distance =
      this.#zeroAtMs === undefined || entry.isZero === true
        ? ""
        : `+${inWords(entry.atMs - this.#zeroAtMs)}`;
    const text = styleText(STYLES[entry.tone ?? "plain"], entry.text.padEnd(TEXT_WIDTH), {
      stream: process.stdout,
    });
    write(`${seconds}  ${state} ${text} ${distance}`.trimEnd());
  }
}

/** Milliseconds as a person reads them: 3.4 ms, 41 ms, 5.21 s. */
export function inWords(durationMs: number): string {
  if (durationMs >= 1_000) return `${(durationMs / 1e3).toFixed(2)} s`;
  return `${durationMs.toFixed(durationMs < 10 ? 1 : 0)} ms`;
}

export function write(line: string): void {
  console.log(line);
}
