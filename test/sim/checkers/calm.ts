/**
 * What must be so when nothing is wrong: exactly the host that the key names holds the VIP, soon
 * after the last fault is over, and nothing moves any more. And what must never be: a VIP that is
 * lost although nothing made it necessary.
 */
import type { Settings } from "../../../src/agent/config/settings.ts";
import type { PatroniConfig } from "../patroni/dcs.ts";
import { promptMs, recoveryMs } from "./bounds.ts";
import type { HostTruth } from "./truth.ts";
import { Violation, ms } from "./violation.ts";

/** From the key to the bind, on a cluster without faults: travel, a probe, a retry, the helpers. */
const takeOverMs = 2_000;

/** Patroni demotes and promotes within a loop of its own, in which each request may be slow. */
const ownLoopMs = 5_000;

/** The configuration is waited for so long (cluster-config.ts: a minute, and the server's sixteenth). */
const configWaitMs = 66_000;

export type CalmOptions = {
  /** Whether the timings of this hour leave any time to hold. */
  readonly isHoldable: boolean;
  readonly settings: Pick<Settings, "source" | "gate" | "gateDeadlineMs" | "standbyVip">;
  readonly timings: PatroniConfig;
};

export class CalmChecker {
  readonly #truths: readonly HostTruth[];
  readonly #nowMs: () => number;
  readonly #options: CalmOptions;
  #isStandby = false;
  /** From when on everybody knows whether the cluster follows another. */
  #roleReadyMs = 0;
  /** Since when the key has named the same host, or nobody. */
  #namedSinceMs = 0;
  #wasSettled = false;
  #settledAtMs = 0;
  #version = -1;
  #knownDueMs = 0;
  /** The VIPs that have come to a host since then. */
  readonly #takenOver = new Set<string>();
  readonly takeOversMs: number[] = [];

  constructor(truths: readonly HostTruth[], options: CalmOptions, nowMs: () => number) {
    this.#truths = truths;
    this.#options = options;
    this.#nowMs = nowMs;
  }

  get isHoldable(): boolean {
    return this.#options.isHoldable;
  }

  /** The cluster has begun or ceased to follow another: the leader's Patroni does its part first. */
  onStandby({ standby_cluster, loop_wait }: PatroniConfig): void {
    this.#isStandby = standby_cluster !== undefined;
    this.#wasSettled = false;
    this.#version = -1;
    this.#roleReadyMs = this.#nowMs() + loop_wait * 1_000 + ownLoopMs;
    // A deposed Consul server may answer the question that was waiting, at the end of its wait, with
    // what it knew; and by REST the configuration is read once a minute.
    const memoryMs = this.#nowMs() - configWaitMs;
    const isLate = this.#truths.some((truth) => truth.wasTouchedSince("network", memoryMs));
    if (isLate || this.#options.settings.source === "patroni") this.#roleReadyMs += configWaitMs;
  }

  onNamed(): void {
    this.#namedSinceMs = this.#nowMs();
    this.#wasSettled = false;
    this.#version = -1;
    this.#takenOver.clear();
  }

  /** A host has begun to answer: how long it took, where nothing was wrong from the key on. */
  onAnswering(truth: HostTruth, vip: string): void {
    if (this.#takenOver.has(vip)) return;
    this.#takenOver.add(vip);
    const wasSound = this.#truths.every((one) => {
      const soundSinceMs = Math.max(one.soundSinceMs, one.soundSinceOf(["patroni"]));
      return soundSinceMs <= this.#namedSinceMs - recoveryMs;
    });
    const { source, gate } = this.#options.settings;
    // These wait for Patroni as well.
    const waits = this.#isStandby || source === "patroni" || gate === "writable" || truth.isStopped;
    if (!truth.isNamed || !wasSound || waits) return;
    if (this.#roleReadyMs > this.#namedSinceMs) return;
    this.takeOversMs.push(this.#nowMs() - this.#namedSinceMs);
  }

  /** After each step: whoever is named must hold by now. */
  onStep(vip: string, answering: readonly HostTruth[]): void {
    const dueMs = this.#dueMs();
    if (this.#nowMs() <= dueMs) {
      this.#wasSettled = false;
      return;
    }
    const isBarred = this.#isStandby && !this.#options.settings.standbyVip;
    const hasNobody = !this.isHoldable || isBarred;
    const named = hasNobody ? undefined : this.#truths.find(({ isNamed }) => isNamed);
    if (isBarred ? answering.length === 0 : isRight(named, answering)) {
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
      const readyMs = Math.max(
        soundMs + recoveryMs,
        this.#namedSinceMs,
        this.#roleReadyMs,
        this.#patroniReadyMs(),
      );
      this.#knownDueMs = readyMs + this.#gateMs() + takeOverMs + promptMs;
      this.#version = version;
    }
    return this.#knownDueMs;
  }

  /** From when on nothing that Patroni said, or failed to say, keeps the VIP away any more. */
  #patroniReadyMs(): number {
    const { settings, timings } = this.#options;
    const touchedMs = Math.max(...this.#truths.map((truth) => truth.soundSinceOf(["patroni"])));
    const loopMs = (timings.loop_wait + (4 / 3) * timings.retry_timeout) * 1_000 + ownLoopMs;
    // A callback that nobody denies counts for twice loop_wait.
    const silenceMs = Math.max(2 * timings.loop_wait * 1_000, recoveryMs);
    return touchedMs + (settings.source === "patroni" ? Math.max(loopMs, silenceMs) : silenceMs);
  }

  /** How long a bind waits for PostgreSQL at most. */
  #gateMs(): number {
    const { gate, gateDeadlineMs } = this.#options.settings;
    return gate === "writable" ? gateDeadlineMs : 0;
  }
}

/** While the key is missing, the host that it named last may keep the VIP. */
function isRight(named: HostTruth | undefined, answering: readonly HostTruth[]): boolean {
  const [first] = answering;
  if (answering.length > 1) return false;
  if (named?.isStopped === true) return first === undefined || first === named;
  return named === undefined ? first?.deniedSinceMs === undefined : first === named;
}
