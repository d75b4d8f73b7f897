/**
 * No hold without a fresh lease, derived anew from reference patroni-consul.md A.5 and not from the
 * agent's own lease.ts.
 *
 * At the time at which a proof was asked, the lock was at most one loop_wait old, so nobody else can
 * own the key before ttl − loop_wait after it; beyond loop_wait + retry_timeout PostgreSQL stops by
 * itself, and holding has no value. The margin comes off both. With the key missing, the proof is
 * that Consul answers: it reaches as far as two answers can be apart, and no further than twice
 * loop_wait.
 *
 * The word of the host's Patroni may reach further (word.ts).
 *
 * The kernel never gets a lifetime beyond that, and an agent without a dead-man switch lets go by
 * itself. A command that is under way carries on for the deadline of its helper; that much late, and
 * no more, a lifetime may begin.
 */
import type { Settings } from "../../../src/agent/config/settings.ts";
import type { PatroniConfig } from "../patroni/dcs.ts";
import type { Heard, Standing } from "./standing.ts";
import type { HostTruth } from "./truth.ts";
import { Violation, ms } from "./violation.ts";
import { wordUntilMs } from "./word.ts";

/** README: where the lock is safe for that long, short timings do not make the lease shorter. */
const shortestUsefulMs = 8_000;

/** A helper's command may take effect this long after it was decided (ip-batch.ts: its deadline). */
const inFlightMs = 500;

/** Where helpers hang, commands also wait for the ones before them. */
const queuedMs = 2_000;

/** A new process may leave what it finds for five seconds, to read the key first. */
const graceMs = 5_500;

/** The answers of Consul while a key is missing: a wait of a second, the jitter, the slack. */
const missingAnswerMs = (1_000 * 17) / 16 + 1_500;

/** For a hold to end before its proof does (README). */
const leadMs = 1_500;

/** How long after it has taken its last effect a proof is still no breach: scheduling, rounding. */
const slackMs = 20;

/** The length of one proof, from the time of asking. */
export function proofMs(
  { ttl, loop_wait, retry_timeout }: PatroniConfig,
  marginMs: number,
): number {
  const safeMs = (ttl - loop_wait) * 1_000 - marginMs;
  const usefulMs = (loop_wait + retry_timeout) * 1_000 - marginMs;
  return Math.max(0, Math.min(safeMs, Math.max(usefulMs, shortestUsefulMs)));
}

type LeaseSettings = Pick<Settings, "leaseMarginMs" | "consul" | "lifetimeS" | "standbyVip">;

export class LeaseChecker {
  readonly #settings: LeaseSettings;
  readonly #drift: number;
  /** Until when a host was right to hold, before the newest news. */
  readonly #rightUntil = new Map<HostTruth, number>();
  readonly #mayHold = new Map<HostTruth, { readonly version: number; readonly untilMs: number }>();

  constructor(settings: LeaseSettings, drift: number) {
    this.#settings = settings;
    this.#drift = drift;
  }

  /** The agent has given the kernel a lifetime. */
  onBound(truth: HostTruth, lifetimeS: number | "endless"): void {
    const { hostNowMs } = truth;
    this.#checkVerified(truth);
    const untilMs = lifetimeS === "endless" ? hostNowMs : hostNowMs + lifetimeS * 1_000;
    const latenessMs = this.#latenessMs(truth);
    const provenMs = this.provenUntilMs(truth, latenessMs);
    if (untilMs <= provenMs + latenessMs) return;
    const { heard } = truth.standing;
    const sinceMs = ms(hostNowMs - (heard?.heardAtMs ?? -Infinity));
    const beyond = `${truth.member} got ${lifetimeS} s, ${ms(untilMs - provenMs)} beyond its proof`;
    throw new Violation("lease", `${beyond}; heard ${heard?.says ?? "nothing"} ${sinceMs} ago`);
  }

  /** After a stall the key may long name another: it must be asked again before anything is bound. */
  #checkVerified({ thawedAtMs, standing, member, downSinceMs }: HostTruth): void {
    const { heard, word } = standing;
    const newestMs = Math.max(heard?.askedAtMs ?? -Infinity, word?.askedAtMs ?? -Infinity);
    const isVerified = newestMs >= thawedAtMs;
    if (isVerified || downSinceMs !== undefined) return;
    throw new Violation("stall", `${member} binds blindly after it stood still`);
  }

  /** What is about to be heard may end a proof; what was done until now was right all the same. */
  beforeNews(truth: HostTruth): void {
    const wasUntilMs = this.#rightUntil.get(truth) ?? -Infinity;
    const untilMs = Math.min(truth.hostNowMs, this.provenUntilMs(truth));
    this.#rightUntil.set(truth, Math.max(wasUntilMs, untilMs));
  }

  /** A living agent with working helpers holds: it must have a proof, whatever the kernel's clock. */
  onStep(truth: HostTruth): void {
    if (truth.downSinceMs !== undefined) return;
    const lateMs = truth.hostNowMs - this.#mayHoldUntilMs(truth);
    if (lateMs <= 0) return;
    throw new Violation("lease", `${truth.member} holds ${ms(lateMs)} too long after its proof`);
  }

  #mayHoldUntilMs(truth: HostTruth): number {
    const known = this.#mayHold.get(truth);
    if (known?.version === truth.version) return known.untilMs;
    const soundSinceMs = truth.soundSinceOf(["process", "helper", "interface", "pause"]);
    const mayFromMs = truth.hostTimeOf(soundSinceMs + graceMs);
    // With a lifetime the kernel may be the one who ends it.
    const kernelMs = this.#settings.lifetimeS * 1_000 + 400;
    const rightUntilMs = this.#rightUntil.get(truth) ?? -Infinity;
    const provenMs = Math.max(this.provenUntilMs(truth), rightUntilMs, mayFromMs);
    const untilMs = provenMs + inFlightMs + kernelMs;
    this.#mayHold.set(truth, { version: truth.version, untilMs });
    return untilMs;
  }

  /**
   * Until when, in host time, what reached the agent proves that it may hold. What the newest answer
   * has overturned still counts for commands that are under way.
   */
  provenUntilMs(truth: HostTruth, inFlightForMs = 0): number {
    const { knownConfigs, hostNowMs } = truth;
    const standings =
      inFlightForMs === 0 ? [truth.standing] : truth.standingsSince(hostNowMs - inFlightForMs);
    let untilMs = -Infinity;
    for (const standing of standings) {
      for (const config of knownConfigs) {
        untilMs = Math.max(untilMs, this.#provenUntilMs(standing, config, truth));
      }
    }
    return untilMs;
  }

  #provenUntilMs(standing: Standing, config: PatroniConfig, truth: HostTruth): number {
    const byKeyMs = this.#keyUntilMs(standing, config);
    const { heard, word } = standing;
    if (heard?.says === "denied") return byKeyMs;
    const { leadingUntilMs } = truth;
    const consulUntilMs = heard && this.#answerUntilMs(heard);
    const evidence = { leadingUntilMs, consulUntilMs };
    return Math.max(byKeyMs, wordUntilMs(word, config, this.#settings, evidence));
  }

  #keyUntilMs({ heard, proof, gapSinceMs }: Standing, config: PatroniConfig): number {
    const leaseEndMs =
      proof === undefined
        ? -Infinity
        : proof.askedAtMs + proofMs(config, this.#settings.leaseMarginMs);
    if (heard === undefined || heard.says === "mine") return leaseEndMs;
    if (heard.says === "denied" || gapSinceMs === undefined) return heard.heardAtMs;
    const graceEndMs = gapSinceMs + 2 * config.loop_wait * 1_000;
    return Math.min(graceEndMs, this.#answerUntilMs(heard));
  }

  /** How far apart two answers of Consul can be, with the lead. */
  #answerUntilMs({ askedAtMs }: Heard): number {
    const waitMs = (this.#settings.consul.waitMs * 17) / 16;
    return askedAtMs + waitMs + missingAnswerMs + leadMs;
  }

  #latenessMs(truth: HostTruth): number {
    // A short stall goes unnoticed, and what waited for its turn is then done that much later.
    const isQueued = (["helper", "process", "pause"] as const).some((part) => {
      return truth.wasTouchedSince(part, truth.nowMs - queuedMs);
    });
    const driftMs = this.#drift * 2 * 60_000;
    return (isQueued ? queuedMs : inFlightMs) + driftMs + slackMs;
  }
}
