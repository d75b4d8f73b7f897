/**
 * Never two holders beyond the stated bound.
 *
 * A host is denied from the moment at which the key names another, until it names this one again. At
 * most one host is not denied, so whenever two answer for a VIP, one of them is denied and has
 * outstayed. How long it may depends on what keeps it: bounds.ts.
 *
 * The bounds of the cut-off ones and of the helpers follow from one rule, which lease.ts checks at
 * every change: the kernel never gets a lifetime beyond the proof. Here the others are checked
 * against the key itself, and every overlap is measured.
 */
import {
  type Cause,
  type HoldersSettings,
  boundMs,
  inFlightMs,
  kernelLatenessMs,
  longestBeliefMs,
  longestGraceMs,
  promptMs,
  recoveryMs,
  unawareMs,
} from "./bounds.ts";
import type { HostTruth } from "./truth.ts";
import { Violation, ms } from "./violation.ts";

/** A renewal is at most loop_wait old, plus the time that a loop takes. */
const loopMs = 1_000;

/** A loop of Patroni may be late by three seconds and is still taken for well. */
const unwellMarginMs = 4_000;

const pauseMemoryMs = 60_000;

type Running = {
  readonly sinceMs: number;
  readonly outstayed: Map<HostTruth, number>;
};

export type Overlap = { readonly cause: Cause; readonly lastedMs: number };

export class HoldersChecker {
  readonly #settings: HoldersSettings;
  readonly #nowMs: () => number;
  /** By VIP: since when two have answered, if they do, and who of them outstayed since when. */
  readonly #running = new Map<string, Running>();
  /** When a host last stood in a gap that it took for its own. */
  readonly #unseenAtMs = new Map<HostTruth, number>();
  /** What kept a host beyond its lease when the key came to name another. */
  readonly #keptBy = new Map<HostTruth, Cause | undefined>();
  readonly overlaps: Overlap[] = [];
  /** How long a host had been silent when another came to own its lock, which had expired. */
  readonly sparesMs: number[] = [];

  constructor(settings: HoldersSettings, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  /** While a host answers; an address that a stranger has added is not the agent's to end. */
  onStep(truth: HostTruth, isStrangers: boolean): void {
    this.#checkLive(truth);
    if (!isStrangers) this.#checkDeadMan(truth);
  }

  /**
   * The key has just come to name another. Where its lock had expired although it was renewed in
   * time until this host was cut off, the VIP must be gone by now.
   */
  onDenied(truth: HostTruth, loopWaitMs: number, isServing: boolean): void {
    const { loss, silentSinceMs, member } = truth;
    const keptBy = keeperOf(truth);
    this.#keptBy.set(truth, keptBy);
    const { proof, heard } = truth.standing;
    if (loss !== "expired" || proof?.renewalAgeMs === undefined || heard?.says !== "mine") return;
    const isLate = proof.renewalAgeMs > loopWaitMs + loopMs;
    if (isLate && !this.#mustBeAware(truth)) return;
    if (this.#settings.lifetimeS === 0 || keptBy !== undefined) return;
    if (this.#settings.leaseMarginMs < loopMs + kernelLatenessMs) return;
    // A host whose clocks stood still with it counts its lease too long; nothing local can know.
    if (truth.wasTouchedSince("pause", this.#nowMs() - pauseMemoryMs)) return;
    if (isServing) {
      throw new Violation("holders", `${member} still answers when another owns its expired lock`);
    }
    const heldOnProof =
      silentSinceMs !== undefined && truth.hostTimeOf(silentSinceMs) > proof.askedAtMs;
    if (heldOnProof) this.sparesMs.push(this.#nowMs() - silentSinceMs);
  }

  /** Whether an agent that is well has had the time to see that Consul is silent, and Patroni unwell. */
  #mustBeAware(truth: HostTruth): boolean {
    const silentMs = unawareMs(this.#settings) + promptMs;
    const { heard } = truth.standing;
    if (heard === undefined || truth.hostNowMs - heard.heardAtMs <= silentMs) return false;
    const wellSinceMs = truth.soundSinceOf(["process", "helper", "interface", "pause"]);
    return wellSinceMs < this.#nowMs() - silentMs && this.#wasKnownUnwell(truth);
  }

  /** Whether the agent could tell, from what Patroni said last, that the lock was not renewed. */
  #wasKnownUnwell({ standing: { word, proof } }: HostTruth): boolean {
    if (word?.dcsSeenAtMs === undefined || proof?.renewalAgeMs === undefined) return false;
    // A Patroni that reads its DCS and does not renew has a fault that nobody sees from outside.
    const renewedAtMs = proof.askedAtMs - proof.renewalAgeMs;
    const isMarginEnough = this.#settings.leaseMarginMs >= unwellMarginMs;
    return isMarginEnough && renewedAtMs >= word.dcsSeenAtMs - loopMs;
  }

  /** Which hosts answer for a VIP has changed, or whom the key names. */
  onAnswering(vip: string, answering: readonly HostTruth[]): void {
    if (answering.length < 2) {
      this.#running.delete(vip);
      return;
    }
    const running = this.#running.get(vip) ?? { sinceMs: this.#nowMs(), outstayed: new Map() };
    this.#running.set(vip, running);
    const denied = answering.filter(({ deniedSinceMs }) => deniedSinceMs !== undefined);
    if (answering.length - denied.length > 1) {
      throw new Violation("holders", "two hosts answer, and the key has left neither");
    }
    for (const truth of denied) running.outstayed.set(truth, truth.deniedSinceMs ?? 0);
  }

  /** Before a host stops answering. */
  beforeEnd(vip: string, answering: readonly HostTruth[], loopWaitMs: number): void {
    const running = this.#running.get(vip);
    if (running === undefined || answering.length !== 2) return;
    const lastedMs = this.#nowMs() - running.sinceMs;
    const judged = [...running.outstayed].map(([truth, sinceMs]) => {
      const cause = this.#causeOf(truth, sinceMs, loopWaitMs);
      return { cause, longestMs: boundMs(cause, this.#settings, truth.knownConfigs) };
    });
    const worst = judged.toSorted((a, b) => b.longestMs - a.longestMs)[0];
    if (worst === undefined) return;
    const { cause, longestMs } = worst;
    this.overlaps.push({ cause, lastedMs });
    if (lastedMs <= longestMs) return;
    const hosts = answering.map(({ member }) => member).join(" and ");
    throw new Violation(
      "holders",
      `${hosts} both answered for ${ms(lastedMs)}, the bound is ${ms(longestMs)}: ${cause}`,
    );
  }

  #checkLive(truth: HostTruth): void {
    const { deniedSinceMs, member } = truth;
    if (deniedSinceMs === undefined) return;
    const soundSinceMs = truth.soundSinceMs;
    const reachableMs = Math.max(deniedSinceMs, soundSinceMs + recoveryMs);
    if (this.#mayBeUnseen(truth, reachableMs)) this.#unseenAtMs.set(truth, this.#nowMs());
    const lateMs = this.#nowMs() - Math.max(reachableMs, this.#unseenAtMs.get(truth) ?? 0);
    if (lateMs <= promptMs || lateMs <= this.#unaskedMs(truth)) return;
    throw new Violation("holders", `${member} answers ${ms(lateMs)} after the key has left it`);
  }

  /** Without Consul a paused Patroni that hangs or is cut off keeps the VIP as long as it does. */
  #unaskedMs({ knownConfigs }: HostTruth): number {
    if (this.#settings.source === "consul") return 0;
    if (knownConfigs.some(({ pause }) => pause === true)) return Infinity;
    return longestBeliefMs(knownConfigs);
  }

  /**
   * While a host was out of reach the key became another's and went again: the host takes the gap
   * that it finds for its own, and nothing that Consul says tells it apart. The grace bounds it.
   */
  #mayBeUnseen(truth: HostTruth, reachableMs: number): boolean {
    if (!hasUnseenOwner(truth, truth.deniedSinceMs ?? 0)) return false;
    return this.#nowMs() <= reachableMs + longestGraceMs(truth.knownConfigs);
  }

  #checkDeadMan({ downSinceMs, hostNowMs, member }: HostTruth): void {
    const { lifetimeS } = this.#settings;
    if (downSinceMs === undefined || lifetimeS === 0) return;
    const lateMs = hostNowMs - (downSinceMs + lifetimeS * 1_000);
    if (lateMs <= kernelLatenessMs + inFlightMs) return;
    throw new Violation(
      "holders",
      `${member} answers ${ms(lateMs)} beyond its dead agent's lifetime`,
    );
  }

  #causeOf(truth: HostTruth, deniedSinceMs: number, loopWaitMs: number): Cause {
    const sinceMs = deniedSinceMs - recoveryMs;
    if (hasUnseenOwner(truth, deniedSinceMs)) return "a gap taken for one's own";
    const isCutOff = truth.wasTouchedSince("network", sinceMs);
    const keptBy = this.#keptBy.get(truth);
    const isUnasked = this.#settings.source === "patroni";
    if ((isCutOff || isUnasked) && keptBy !== undefined) return keptBy;
    const isPaused = truth.wasTouchedSince("pause", sinceMs);
    const isMeddledWith = truth.wasTouchedSince("interface", sinceMs);
    const isDown = truth.wasTouchedSince("process", sinceMs);
    const hasBadHelpers = truth.wasTouchedSince("helper", sinceMs);
    const count = [isCutOff, isPaused, isDown, hasBadHelpers, isMeddledWith].filter(Boolean).length;
    if (count > 1) return "several faults at once";
    if (isPaused) return "host paused";
    if (isMeddledWith) return "somebody else at the interface";
    if (isDown) return "agent dead or standing still";
    if (hasBadHelpers) return "helpers failing";
    if (isUnasked) return "no Consul to ask";
    if (!isCutOff) return "live and in reach of Consul";
    if (truth.standing.heard?.says === "missing") return "cut off in a gap";
    if (truth.loss === "ended") return "cut off, lock ended by force";
    const ageMs = truth.standing.proof?.renewalAgeMs ?? Infinity;
    if (ageMs <= loopWaitMs + loopMs) return "cut off, Patroni sound";
    return this.#wasKnownUnwell(truth)
      ? "cut off, Patroni known to be unwell"
      : "cut off, lock not renewed in time";
  }
}

/** Not the lease keeps it, but a Patroni that is paused or in failsafe mode. */
function keeperOf({ standing, leadingUntilMs, config }: HostTruth): Cause | undefined {
  const { word } = standing;
  if (word?.isFailsafeActive === true) return "cut off, kept in failsafe mode";
  const isPaused = word?.isPaused === true || config.pause === true;
  return isPaused && leadingUntilMs === Infinity ? "cut off, kept by a paused Patroni" : undefined;
}

/** Whether the host was told that the key is missing after another had it, and was never told that. */
function hasUnseenOwner(truth: HostTruth, deniedSinceMs: number): boolean {
  const { heard, gapSinceMs } = truth.standing;
  if (heard === undefined || gapSinceMs === undefined) return false;
  if (heard.askedAtMs < truth.hostTimeOf(deniedSinceMs)) return false;
  return truth.soundSinceMs >= deniedSinceMs - recoveryMs;
}
