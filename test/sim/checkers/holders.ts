/**
 * Never two holders beyond the stated bound.
 *
 * A host is denied from the moment at which the key names another, until it names this one again. At
 * most one host is not denied, so whenever two answer for a VIP, one of them is denied and has
 * outstayed. How long it may depends on what keeps it:
 *
 * | what keeps it                              | bound                                            |
 * |--------------------------------------------|--------------------------------------------------|
 * | nothing: a live agent, Consul in reach     | 300 ms                                           |
 * | its process is dead or stands still        | lifetime + 0.4 s, + 0.5 s for a command under way|
 * | cut off from Consul, its lock expired      | 0: the lease ends before anybody can own the key |
 * | cut off, its lock was not renewed in time  | the lease (a hung Patroni: issue 5)              |
 * | cut off, its lock was ended by force       | the lease                                        |
 * | cut off while the key was missing          | two answers' distance (lease.ts)                 |
 * | the key was another's, unseen, and is gone | twice loop_wait, from when it is back in reach   |
 * | its helpers fail                           | lifetime + 0.4 s, + their deadlines              |
 * | somebody adds the address by hand          | until the agent has looked: 5 s                  |
 *
 * The cut-off ones and the helpers follow from one rule, which lease.ts checks at every change: the kernel never gets a
 * lifetime beyond the proof. Here the first three are checked against the key itself, and every
 * overlap is measured.
 */
import type { Settings } from "../../../src/agent/config/settings.ts";
import type { PatroniConfig } from "../patroni.ts";
import { proofMs } from "./lease.ts";
import type { HostTruth } from "./truth.ts";
import { Violation, ms } from "./violation.ts";

/** From the key's change to the address's end: travel, guard, reset, removal, on a busy host. */
export const promptMs = 300;

/**
 * After a fault is over it takes an agent this long to hear from Consul again: the question under
 * way runs into its deadline, the back-off of a second passes, and plain questions need an answer.
 */
export const recoveryMs = 9_500;

const kernelLatenessMs = 400;
const inFlightMs = 500;

/** A renewal is at most loop_wait old, plus the time that a loop takes. */
const loopMs = 1_000;

const pauseMemoryMs = 60_000;

export const causes = [
  "live and in reach of Consul",
  "agent dead or standing still",
  "host paused",
  "cut off, Patroni sound",
  "cut off, lock not renewed in time",
  "cut off, lock ended by force",
  "cut off in a gap",
  "a gap taken for one's own",
  "helpers failing",
  "somebody else at the interface",
  "several faults at once",
] as const;
export type Cause = (typeof causes)[number];

type Running = {
  readonly sinceMs: number;
  readonly outstayed: Map<HostTruth, number>;
};

export type Overlap = { readonly cause: Cause; readonly lastedMs: number };

export class HoldersChecker {
  readonly #settings: Pick<Settings, "lifetimeS" | "leaseMarginMs">;
  readonly #nowMs: () => number;
  /** By VIP: since when two have answered, if they do, and who of them outstayed since when. */
  readonly #running = new Map<string, Running>();
  /** When a host last stood in a gap that it took for its own. */
  readonly #unseenAtMs = new Map<HostTruth, number>();
  readonly overlaps: Overlap[] = [];
  /** How long a host had been silent when another came to own its lock, which had expired. */
  readonly sparesMs: number[] = [];

  constructor(settings: Pick<Settings, "lifetimeS" | "leaseMarginMs">, nowMs: () => number) {
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
    const { proof, heard } = truth.standing;
    if (loss !== "expired" || proof?.renewalAgeMs === undefined || heard?.says !== "mine") return;
    if (proof.renewalAgeMs > loopWaitMs + loopMs || this.#settings.lifetimeS === 0) return;
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
    if (lateMs <= promptMs) return;
    throw new Violation("holders", `${member} answers ${ms(lateMs)} after the key has left it`);
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
    if (!isCutOff) return "live and in reach of Consul";
    if (truth.standing.heard?.says === "missing") return "cut off in a gap";
    if (truth.loss === "ended") return "cut off, lock ended by force";
    const ageMs = truth.standing.proof?.renewalAgeMs ?? Infinity;
    return ageMs > loopWaitMs + loopMs
      ? "cut off, lock not renewed in time"
      : "cut off, Patroni sound";
  }
}

export const boundsInWords: Readonly<Record<Cause, string>> = {
  "live and in reach of Consul": "300 ms",
  "agent dead or standing still": "lifetime + 0.9 s",
  "host paused": "9.8 s after it goes on",
  "cut off, Patroni sound": "0",
  "cut off, lock not renewed in time": "the lease + 0.9 s",
  "cut off, lock ended by force": "the lease + 0.9 s",
  "cut off in a gap": "the lease + 0.9 s",
  "a gap taken for one's own": "2 loop_wait + 9.8 s",
  "helpers failing": "lifetime, or 9.5 s, + 0.9 s",
  "somebody else at the interface": "lifetime, or 9.5 s, + 0.9 s",
  "several faults at once": "the lease, or lifetime, + 9.5 s",
};

/** Whether the host was told that the key is missing after another had it, and was never told that. */
function hasUnseenOwner(truth: HostTruth, deniedSinceMs: number): boolean {
  const { heard, gapSinceMs } = truth.standing;
  if (heard === undefined || gapSinceMs === undefined) return false;
  if (heard.askedAtMs < truth.hostTimeOf(deniedSinceMs)) return false;
  return truth.soundSinceMs >= deniedSinceMs - recoveryMs;
}

/** How long a VIP is kept while the key is missing: twice loop_wait. */
function longestGraceMs(configs: readonly PatroniConfig[]): number {
  return Math.max(...configs.map(({ loop_wait }) => 2 * loop_wait * 1_000));
}

/** The longest that any overlap of this cause may last. */
export function boundMs(
  cause: Cause,
  settings: Pick<Settings, "lifetimeS" | "leaseMarginMs">,
  configs: readonly PatroniConfig[],
): number {
  const lifetimeMs = settings.lifetimeS === 0 ? Infinity : settings.lifetimeS * 1_000;
  const proofsMs = configs.map((config) => proofMs(config, settings.leaseMarginMs));
  const leaseMs = Math.max(...proofsMs) + kernelLatenessMs + inFlightMs;
  switch (cause) {
    case "live and in reach of Consul":
      return promptMs;
    case "agent dead or standing still":
      return lifetimeMs + kernelLatenessMs + inFlightMs;
    case "host paused":
      return recoveryMs + promptMs;
    case "a gap taken for one's own":
      return recoveryMs + promptMs + longestGraceMs(configs);
    case "cut off, Patroni sound":
      return 0;
    case "cut off, lock not renewed in time":
    case "cut off, lock ended by force":
    case "cut off in a gap":
      return leaseMs;
    case "helpers failing":
    case "somebody else at the interface":
      return Math.max(recoveryMs, lifetimeMs) + kernelLatenessMs + inFlightMs;
    case "several faults at once":
      return Math.max(leaseMs, lifetimeMs) + recoveryMs;
  }
}
