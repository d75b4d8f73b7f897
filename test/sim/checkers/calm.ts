/**
 * What must be so when nothing is wrong: exactly the host that the key names holds the VIP, soon
 * after the last fault is over, and nothing moves any more. And what must never be: a VIP that is
 * lost although nothing made it necessary.
 */
import { promptMs, recoveryMs } from "./holders.ts";
import type { HostTruth } from "./truth.ts";
import { Violation, ms } from "./violation.ts";

/** From the key to the bind, on a cluster without faults: travel, a probe, a retry, the helpers. */
const takeOverMs = 2_000;

export class CalmChecker {
  readonly #truths: readonly HostTruth[];
  readonly #nowMs: () => number;
  /** Whether the timings of this hour leave any time to hold. */
  readonly isHoldable: boolean;
  /** Since when the key has named the same host, or nobody. */
  #namedSinceMs = 0;
  #wasSettled = false;
  #settledAtMs = 0;
  #version = -1;
  #knownDueMs = 0;
  /** The VIPs that have come to a host since then. */
  readonly #takenOver = new Set<string>();
  readonly takeOversMs: number[] = [];

  constructor(truths: readonly HostTruth[], isHoldable: boolean, nowMs: () => number) {
    this.#truths = truths;
    this.isHoldable = isHoldable;
    this.#nowMs = nowMs;
  }

  onNamed(): void {
    this.#namedSinceMs = this.#nowMs();
    this.#wasSettled = false;
    this.#takenOver.clear();
  }

  /** A host has begun to answer: how long it took, where nothing was wrong from the key on. */
  onAnswering(truth: HostTruth, vip: string): void {
    if (this.#takenOver.has(vip)) return;
    this.#takenOver.add(vip);
    const wasSound = this.#truths.every(({ soundSinceMs }) => {
      return soundSinceMs <= this.#namedSinceMs - recoveryMs;
    });
    if (!truth.isNamed || !wasSound) return;
    this.takeOversMs.push(this.#nowMs() - this.#namedSinceMs);
  }

  /** After each step: whoever is named must hold by now. */
  onStep(vip: string, answering: readonly HostTruth[]): void {
    const dueMs = this.#dueMs();
    if (this.#nowMs() <= dueMs) {
      this.#wasSettled = false;
      return;
    }
    const named = this.isHoldable ? this.#truths.find(({ isNamed }) => isNamed) : undefined;
    if (isRight(named, answering)) {
      if (!this.#wasSettled) this.#settledAtMs = this.#nowMs();
      this.#wasSettled = true;
      return;
    }
    const who = answering.map(({ member }) => member).join(", ") || "nobody";
    const lateMs = ms(this.#nowMs() - dueMs);
    const what = this.#wasSettled ? `calm since ${ms(this.#settledAtMs)}, but` : `${lateMs} late,`;
    const checker = this.#wasSettled ? "calm" : "take-over";
    throw new Violation(checker, `${what} ${who} holds ${vip}, not ${named?.member ?? "nobody"}`);
  }

  #dueMs(): number {
    let version = 0;
    for (const truth of this.#truths) version += truth.version;
    if (version !== this.#version) {
      const soundMs = Math.max(...this.#truths.map((truth) => truth.soundSinceMs));
      this.#knownDueMs = Math.max(soundMs + recoveryMs, this.#namedSinceMs) + takeOverMs + promptMs;
      this.#version = version;
    }
    return this.#knownDueMs;
  }
}

/** While the key is missing, the host that it named last may keep the VIP. */
function isRight(named: HostTruth | undefined, answering: readonly HostTruth[]): boolean {
  const [first] = answering;
  if (answering.length > 1) return false;
  return named === undefined ? first?.deniedSinceMs === undefined : first === named;
}
