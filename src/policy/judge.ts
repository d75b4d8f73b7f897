/**
 * Should this host hold the VIP now? One verdict, with its reason and the moment until which it
 * stands.
 *
 * The whole present world is read, never the edge of an event, so that nothing depends on one
 * message having arrived.
 *
 *                      the key names me and is locked
 *          ┌──────────────────────────────────────────────────┐
 *          │                                                  ▼
 *     ┌─────────┐   other-leader · no-session    ┌───────────────────────────┐
 *     │  YIELD  │◄───────────────────────────────│ HOLD leader               │
 *     └─────────┘                                └───────────────────────────┘
 *       ▲  ▲  ▲                          Consul fails │ ▲ answers    gone │ ▲ back
 *       │  │  │                                       ▼ │                 │ │
 *       │  │  │   lease-over · dcs-lost  ┌────────────────────┐           │ │
 *       │  │  └──────────────────────────│ HOLD lease-running │           │ │
 *       │  │                             └────────────────────┘           ▼ │
 *       │  │  other-leader · gap-too-long · lost-in-gap      ┌──────────────────┐
 *       │  └─────────────────────────────────────────────────│ HOLD key-missing │
 *       └─ at any time: stopping · demoted · standby-cluster └──────────────────┘
 *
 * Where the lease or the gap would end a hold, Patroni's own modes may keep it (HOLD failsafe, HOLD
 * paused: patroni.ts), and a bind may have to wait (HOLD probing, conflict, promoting).
 *
 * The rules stand in the order of their precedence. Losing the VIP is always safe, so in doubt the
 * verdict is yield.
 */
import { bindObstacle } from "./conflict.ts";
import { gapGraceMs, leaseLengthMs, releaseLeadMs, shortestLeaseMs } from "./lease.ts";
import type { HoldReason, YieldReason } from "./reasons.ts";
import {
  type LongerProof,
  demotedUntilMs,
  gateUntilMs,
  isDemoted,
  isStandbyCluster,
  isKnownStopped,
  lockedUntilMs,
  proofBeyondLease,
  verifyingUntilMs,
} from "./patroni.ts";
import { isNamed, type LeaderFact, type World } from "./world.ts";

export type Hold = {
  readonly kind: "hold";
  readonly reason: HoldReason;
  /** Monotonic time at which to judge again if nothing was seen before. */
  readonly untilMs: number;
  /**
   * What is proven ends here: the kernel must not keep the VIP for longer without another proof.
   */
  readonly provenUntilMs: number;
  /** Whether a VIP that is not there may be bound; otherwise one that is there is only kept. */
  readonly mayBind: boolean;
};

export type Yield = {
  readonly kind: "yield";
  readonly reason: YieldReason;
  /** A yield stands until something is seen. */
  readonly untilMs: number;
};

export type Verdict = Hold | Yield;

/**
 * The longest sensible wait for the first answer; a VIP found at the start is left alone until
 * then.
 */
const startGraceMs = 5_000;

export function judge(world: World, nowMs: number): Verdict {
  const { leader } = world;
  if (world.isStopping) return yielding("stopping");
  switch (leader.kind) {
    case "unread":
      return judgeUnread(world, nowMs);
    case "named":
      return judgeNamed(world, leader, nowMs);
    case "missing":
      return judgeMissing(world, leader, nowMs);
  }
}

/**
 * A VIP that is there at the start may be ours from before a restart: dropping it unasked would
 * cost an outage.
 */
function judgeUnread(world: World, nowMs: number): Verdict {
  const proof = proofBeyondLease(world, nowMs);
  if (proof !== undefined) return beyondLease(proof, world, nowMs);
  const untilMs = world.startedAtMs + startGraceMs;
  return nowMs < untilMs ? untouched("starting", untilMs, nowMs) : yielding("never-seen");
}

function judgeNamed(world: World, leader: LeaderFact & { kind: "named" }, nowMs: number): Verdict {
  if (leader.member !== world.rules.member) return yielding("other-leader");
  // A key without a session was written by hand or by a tool: it expires with nobody, so it proves
  // nothing.
  if (!isNamed(world)) return yielding("no-session");
  const unfit = unfitness(world, nowMs);
  if (unfit !== undefined) return unfit;
  const leaseMs = leaseLengthMs(world.timings, world.rules.leaseMarginMs);
  if (leaseMs < shortestLeaseMs) return yielding("no-time");
  if (world.trouble !== undefined && world.rules.onDcsLoss === "release") {
    return yielding("dcs-lost");
  }
  const unrenewedMs = world.trouble === undefined ? Number.POSITIVE_INFINITY : lockedUntilMs(world);
  const leaseEndMs = Math.min(leader.askedAtMs + leaseMs, unrenewedMs);
  if (nowMs >= leaseEndMs - releaseLeadMs) return judgeBeyondLease(world, "lease-over", nowMs);
  // After a stall the key may long name somebody else, and a refresh of a VIP that the kernel has
  // removed would put it back. Until a question asked after the stall is answered, the kernel's
  // clock decides.
  if (world.stalledAtMs !== undefined) {
    return untouched("verifying", leaseEndMs - releaseLeadMs, nowMs);
  }
  const obstacle = bindObstacle(world, nowMs);
  if (obstacle !== undefined) return holding(obstacle, leaseEndMs, false);
  const gateMs = gateUntilMs(world, nowMs);
  if (gateMs !== undefined) {
    const waiting = holding("promoting", leaseEndMs, false);
    return { ...waiting, untilMs: Math.min(waiting.untilMs, gateMs) };
  }
  if (world.trouble === undefined) return holding("leader", leaseEndMs, true);
  return holding("lease-running", leaseEndMs, true);
}

/** Why a leader does not get the VIP although it has the lock. */
function unfitness(world: World, nowMs: number): Yield | undefined {
  if (isDemoted(world, nowMs)) {
    return { ...yielding("demoted"), untilMs: demotedUntilMs(world, nowMs) };
  }
  if (!world.rules.standbyVip && isStandbyCluster(world, nowMs)) {
    return yielding("standby-cluster");
  }
  return undefined;
}

/** The lease has ended or nothing is known of the key: Patroni's own modes may keep the VIP. */
function judgeBeyondLease(world: World, otherwise: YieldReason, nowMs: number): Verdict {
  const proof = proofBeyondLease(world, nowMs);
  if (proof !== undefined) return beyondLease(proof, world, nowMs);
  const untilMs = verifyingUntilMs(world);
  return nowMs < untilMs ? untouched("verifying", untilMs, nowMs) : yielding(otherwise);
}

/** While Consul answers, the key decides on a bind: with it gone another may take it at any moment. */
function beyondLease(proof: LongerProof, world: World, nowMs: number): Hold {
  const { leader, trouble } = world;
  const mayBind = proof.mayBind && trouble !== undefined && leader.kind !== "missing";
  const obstacle = mayBind ? bindObstacle(world, nowMs) : undefined;
  if (obstacle !== undefined) return holding(obstacle, proof.provenUntilMs, false);
  return holding(proof.reason, proof.provenUntilMs, mayBind);
}

/**
 * A missing key is not a fail-over: Patroni itself lets it go for milliseconds to seconds while the
 * leader stays.
 */
function judgeMissing(
  world: World,
  leader: LeaderFact & { kind: "missing" },
  nowMs: number,
): Verdict {
  const isMine = leader.claim !== "none";
  const unfit = isMine ? unfitness(world, nowMs) : undefined;
  if (unfit !== undefined) return unfit;
  if (isMine && isKnownStopped(world, leader.sinceMs, nowMs)) return yielding("demoted");
  if (!isMine) return judgeBeyondLease(world, "no-leader", nowMs);
  // With the key gone, anyone may take it at any moment; only an answering Consul would tell.
  if (leader.claim === "lost") return judgeBeyondLease(world, "lost-in-gap", nowMs);
  const graceEndMs = leader.sinceMs + gapGraceMs(world.timings);
  const answerEndMs = leader.askedAtMs + world.rules.longestAnswerAgeMs + releaseLeadMs;
  if (nowMs >= graceEndMs - releaseLeadMs) return judgeBeyondLease(world, "gap-too-long", nowMs);
  if (nowMs >= answerEndMs - releaseLeadMs) return judgeBeyondLease(world, "lost-in-gap", nowMs);
  return holding("key-missing", Math.min(graceEndMs, answerEndMs), false);
}

function holding(reason: HoldReason, provenUntilMs: number, mayBind: boolean): Hold {
  const untilMs = provenUntilMs - releaseLeadMs;
  return { kind: "hold", reason, untilMs, provenUntilMs, mayBind };
}

function untouched(reason: HoldReason, untilMs: number, nowMs: number): Hold {
  return { kind: "hold", reason, untilMs, provenUntilMs: nowMs, mayBind: false };
}

function yielding(reason: YieldReason): Yield {
  return { kind: "yield", reason, untilMs: Number.POSITIVE_INFINITY };
}
