/**
 * What the word of this host's Patroni is worth, beside that of the key.
 *
 * Nothing here makes a host hold against a key that names another. Patroni's word may do three
 * things: let the VIP go early (a callback says that PostgreSQL has stopped), keep it for longer
 * than the lease where Patroni itself keeps its primary (pause, failsafe mode), and delay a bind
 * until PostgreSQL takes writes. Patroni may hang, and its REST API keeps the answer of a lock that
 * another has taken meanwhile for up to a loop; so each word counts for a short time only.
 */
import { gapGraceMs, releaseLeadMs } from "./lease.ts";
import type { PatroniState } from "./sightings.ts";
import { type PatroniFact, type Rules, type World, boundAddress } from "./world.ts";

/** Patroni is asked each second with a deadline of two: a few answers may be lost. */
const shortestWordMs = 5_000;

/** Patroni's own loop may be late by this much and is still well. */
const lateLoopMs = 3_000;

/** After a stall the answers that come are awaited for so long before the facts count as gone. */
const verifyMs = 2_500;

export type LongerProof = {
  readonly reason: "paused" | "failsafe";
  readonly provenUntilMs: number;
  /** Whether it is enough to bind a VIP that is not there. */
  readonly mayBind: boolean;
};

/** How long one answer of Patroni counts; its own modes are decided anew once per loop. */
function wordMs({ timings }: World): number {
  return Math.max(shortestWordMs, timings.loopWaitMs);
}

type Heard = Extract<PatroniFact, { kind: "heard" }>;

/** Patroni's word as long as it counts, and only if it was asked for after the last stall. */
function freshWord(world: World, nowMs: number): Heard | undefined {
  const { patroni, stalledAtMs } = world;
  if (patroni.kind === "unheard" || nowMs >= patroni.askedAtMs + wordMs(world)) return undefined;
  const isVerified = stalledAtMs === undefined || patroni.askedAtMs >= stalledAtMs;
  return isVerified ? patroni : undefined;
}

/** Whether this role is the one whose host has the VIP. */
export function isLeadingRole(role: string, { standbyVip }: Rules): boolean {
  return role === "primary" || (standbyVip && role === "standby_leader");
}

export function isRunningLeader({ role, postgres }: PatroniState, rules: Rules): boolean {
  return isLeadingRole(role, rules) && postgres === "running";
}

/** What lets the VIP stay although the lease is over, the key is gone or was never read. */
export function proofBeyondLease(world: World, nowMs: number): LongerProof | undefined {
  const proof = pausedProof(world, nowMs) ?? failsafeProof(world, nowMs);
  return proof !== undefined && nowMs < proof.provenUntilMs - releaseLeadMs ? proof : undefined;
}

/**
 * In pause nobody is promoted, and PostgreSQL goes on when its Patroni is stopped: then the process
 * that Patroni last called a running primary is the evidence. While Consul answers, it says itself
 * whether the cluster is paused, and whether another has taken the key; otherwise Patroni has to.
 */
function pausedProof(world: World, nowMs: number): LongerProof | undefined {
  if (!world.mode.isPaused || world.postmaster.kind === "gone") return undefined;
  const wordEndMs = pausedWordEndMs(world, nowMs);
  if (wordEndMs === undefined) return undefined;
  return { reason: "paused", provenUntilMs: wordEndMs, mayBind: false };
}

function pausedWordEndMs(world: World, nowMs: number): number | undefined {
  const { postmaster, rules } = world;
  const answerEndMs = consulEndMs(world);
  const word = freshWord(world, nowMs);
  if (word !== undefined && word.state.postgres !== "unsure") {
    if (!isRunningLeader(word.state, rules)) return undefined;
    const wordEndMs = word.askedAtMs + wordMs(world);
    if (answerEndMs !== undefined) return Math.min(wordEndMs, answerEndMs);
    return word.state.isPaused ? wordEndMs : undefined;
  }
  if (postmaster.kind !== "running" || !postmaster.isPrimary) return undefined;
  if (answerEndMs === undefined) return undefined;
  return Math.min(postmaster.atMs + wordMs(world), answerEndMs);
}

/** Until when Consul's last answer says that nobody has taken the key; undefined in trouble. */
function consulEndMs({ leader, trouble, stalledAtMs, rules }: World): number | undefined {
  if (leader.kind === "unread" || trouble !== undefined || stalledAtMs !== undefined) {
    return undefined;
  }
  return leader.askedAtMs + rules.longestAnswerAgeMs + releaseLeadMs;
}

/**
 * Patroni turns failsafe on only when its own attempts have failed, up to retry_timeout after the
 * lease has ended. Until the lock could be another's, a primary that believes in it is enough; from
 * then on only failsafe itself, since then every member has promised not to take over.
 */
function failsafeProof(world: World, nowMs: number): LongerProof | undefined {
  const word = freshWord(world, nowMs);
  if (word === undefined || world.postmaster.kind === "gone") return undefined;
  if (!isRunningLeader(word.state, world.rules) || !word.state.hasLock) return undefined;
  const wordEndMs = word.askedAtMs + wordMs(world);
  if (word.state.isFailsafeActive) {
    return { reason: "failsafe", provenUntilMs: wordEndMs, mayBind: true };
  }
  const { dcsSeenAtMs } = word.state;
  if (!world.mode.hasFailsafe || dcsSeenAtMs === undefined) return undefined;
  const beliefEndMs = dcsSeenAtMs + world.timings.ttlMs - world.rules.leaseMarginMs;
  const provenUntilMs = Math.min(wordEndMs, beliefEndMs);
  return { reason: "failsafe", provenUntilMs, mayBind: false };
}

/** Until when to wait for Patroni's word after a stall, where that word has kept the VIP. */
export function verifyingUntilMs({ mode, patroni, stalledAtMs }: World): number {
  const isKeptByPatroni = patroni.kind === "heard" && (mode.isPaused || mode.hasFailsafe);
  if (!isKeptByPatroni || stalledAtMs === undefined) return Number.NEGATIVE_INFINITY;
  return stalledAtMs + verifyMs;
}

/**
 * Until when the lock is surely this member's, if Patroni was not well when the key was last read;
 * without limit where it was, or where it is never asked.
 *
 * A lease counts on a lock that was renewed within the last loop. A Patroni that hangs renews
 * nothing, and the key names it all the same until it expires.
 */
export function lockedUntilMs({ patroni, leader, timings, rules }: World): number {
  if (patroni.kind === "unheard" || leader.kind !== "named") return Number.POSITIVE_INFINITY;
  const { dcsSeenAtMs } = patroni.state;
  if (dcsSeenAtMs === undefined) return Number.POSITIVE_INFINITY;
  const isWell = leader.askedAtMs - dcsSeenAtMs <= timings.loopWaitMs + lateLoopMs;
  if (isWell) return Number.POSITIVE_INFINITY;
  return dcsSeenAtMs + timings.ttlMs - timings.loopWaitMs - rules.leaseMarginMs;
}

/**
 * Whether a callback took the VIP away. The key is the authority: if it still names this member
 * after the time in which Patroni gives a lock back or takes it again, the callback was wrong, lost
 * its successor, or meant another PostgreSQL. Only Patroni itself can confirm it for longer.
 */
export function isDemoted(world: World, nowMs: number): boolean {
  const { demotion } = world;
  if (demotion === undefined) return false;
  if (nowMs < demotion.atMs + gapGraceMs(world.timings)) return true;
  const word = freshWord(world, nowMs);
  return word !== undefined && !isRunningLeader(word.state, world.rules);
}

/** When `isDemoted` may change by the passing of time alone. */
export function demotedUntilMs(world: World, nowMs: number): number {
  const { demotion, patroni } = world;
  const graceEndMs = (demotion?.atMs ?? nowMs) + gapGraceMs(world.timings);
  if (nowMs < graceEndMs || patroni.kind === "unheard") return graceEndMs;
  return patroni.askedAtMs + wordMs(world);
}

/**
 * Whether the PostgreSQL of this host is known to be stopped, or to be no primary, now that the key
 * has been gone since `sinceMs`. A leader that has just got the lock is still a replica: only a word
 * from within the gap says that it stayed one.
 */
export function isKnownStopped(world: World, sinceMs: number, nowMs: number): boolean {
  if (world.postmaster.kind === "gone") return true;
  const word = freshWord(world, nowMs);
  if (word === undefined) return false;
  const { postgres, role } = word.state;
  if (postgres === "stopped") return true;
  const isReplica = postgres === "running" && !isLeadingRole(role, world.rules);
  return isReplica && word.askedAtMs >= sinceMs;
}

export function isStandbyCluster(world: World, nowMs: number): boolean {
  return world.mode.isStandby || freshWord(world, nowMs)?.state.role === "standby_leader";
}

/** Until when a bind waits for a primary that takes writes; undefined when it need not wait. */
export function gateUntilMs(world: World, nowMs: number): number | undefined {
  const { rules, leader } = world;
  if (rules.gate === "lock" || leader.kind !== "named") return undefined;
  if (boundAddress(world) !== undefined) return undefined;
  const word = freshWord(world, nowMs);
  if (word !== undefined && isRunningLeader(word.state, world.rules)) return undefined;
  const untilMs = leader.sinceMs + rules.gateDeadlineMs;
  return nowMs < untilMs ? untilMs : undefined;
}
