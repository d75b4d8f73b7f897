/**
 * When to ask the wire whether another host answers for the VIP, and what its answer changes.
 *
 * The key decides who holds the VIP, so a conflict never takes it away: it is a fault of somebody
 * else (a second manager, an address left by hand, a host that hangs) that a person must hear of,
 * and meanwhile the neighbours are told again whose it is. Only where the operator prefers no VIP
 * to two holders (`on-conflict: wait`) does a bind wait for silence on the wire.
 */
import { type World, boundAddress } from "./world.ts";

/** After a takeover the other host may need a moment to release. */
const firstAfterMs = 1_000;

/** An intruder serves clients for so long before anybody hears of it. */
const everyMs = 10_000;

/** While somebody else answers, neighbours are told again this often. */
const everyInConflictMs = 5_000;

/** Where a bind waits for it, the wire is asked this often, and its silence counts for as long. */
const waitingEveryMs = 1_000;

/** A neighbour answers within a millisecond; the rest is the start of the program that asks. */
const shortDeadlineMs = 300;

const deadlineMs = 1_000;

export type ProbeTime = {
  readonly atMs: number;
  /** How long to wait for an answer. */
  readonly deadlineMs: number;
};

const never: ProbeTime = { atMs: Number.POSITIVE_INFINITY, deadlineMs };

/** When the next probe is due, if this host should hold the VIP. */
export function nextProbe(world: World, nowMs: number): ProbeTime {
  const { rules, conflict } = world;
  if (rules.onConflict === "ignore" || conflict.kind === "probing") return never;
  const lastMs = conflict.kind === "unprobed" ? Number.NEGATIVE_INFINITY : conflict.askedAtMs;
  if (boundAddress(world) === undefined) {
    if (rules.onConflict === "warn") return never;
    return { atMs: Math.max(nowMs, lastMs + waitingEveryMs), deadlineMs: shortDeadlineMs };
  }
  if (world.reachableSinceMs === undefined) return never;
  const firstAtMs = world.reachableSinceMs + firstAfterMs;
  if (lastMs < firstAtMs) return { atMs: firstAtMs, deadlineMs };
  const pauseMs = otherHolder(world) === undefined ? everyMs : everyInConflictMs;
  return { atMs: lastMs + pauseMs, deadlineMs };
}

/** Why a bind has to wait; undefined when it has not. */
export function bindObstacle(world: World, nowMs: number): "conflict" | "probing" | undefined {
  const { rules, conflict } = world;
  if (rules.onConflict !== "wait" || boundAddress(world) !== undefined) return undefined;
  if (otherHolder(world) !== undefined) return "conflict";
  const isSilent = conflict.kind === "probed" && nowMs - conflict.askedAtMs < waitingEveryMs;
  return isSilent ? undefined : "probing";
}

/** Whether neighbours must be told again, since another host has answered them. */
export function isContested(world: Pick<World, "conflict" | "announcedAtMs">): boolean {
  const { conflict, announcedAtMs } = world;
  if (conflict.kind !== "probed" || conflict.holder === undefined) return false;
  return conflict.askedAtMs > (announcedAtMs ?? Number.NEGATIVE_INFINITY);
}

/** The MAC of another host that answered when the wire was last asked. */
export function otherHolder({ conflict }: Pick<World, "conflict">): string | undefined {
  return conflict.kind === "unprobed" ? undefined : conflict.holder;
}
