/**
 * All that is known about one VIP, as one plain value.
 *
 * `learn` makes the next world out of a sighting, `judge` and `plan` read it. Each fact keeps the
 * time at which it was asked for, so that the readers can tell how old it is; nobody keeps a timer
 * per fact. Combinations that make no sense cannot be written down: a key is unread, missing, or
 * names a member, and only a named member has a session.
 */
import { defaultTimings } from "./lease.ts";
import type { HeldAddress, Timings, TroubleCause } from "./sightings.ts";

/** The settings that decide; they do not change while the agent runs. */
export type Rules = {
  /** The value of the leader key that means this host. */
  readonly member: string;
  readonly prefixLength: number;
  readonly requireSession: boolean;
  readonly leaseMarginMs: number;
  /** What follows when Consul gives no usable answer: the lease runs on, or the VIP goes at once. */
  readonly onDcsLoss: "lease" | "release";
  /** Lifetime given to the kernel, in whole seconds; 0 means endless. */
  readonly lifetimeS: number;
  /** The greatest age that the newest answer reaches while Consul is well. */
  readonly longestAnswerAgeMs: number;
  /** Whether a bind is announced to the neighbours. */
  readonly announce: boolean;
  /** Another host answers for the VIP: tell and go on, or bind only when nobody does. */
  readonly onConflict: OnConflict;
};

/** `ignore`: the wire is not asked, because the operator says so or because there is no way to. */
export type OnConflict = "warn" | "wait" | "ignore";

/**
 * What a gap means for this host. `mine`: the key gave it the VIP, and Consul has answered all
 * through the gap that nobody took it. `lost`: it did, but for a while nobody could tell; someone
 * may have held the key meanwhile. `none`: it did not.
 */
export type GapClaim = "mine" | "lost" | "none";

export type LeaderFact =
  | { readonly kind: "unread" }
  | {
      readonly kind: "named";
      readonly member: string;
      readonly session: string | undefined;
      readonly askedAtMs: number;
    }
  | {
      readonly kind: "missing";
      readonly askedAtMs: number;
      /** When the first answer without the key came: the key may have gone just before. */
      readonly sinceMs: number;
      readonly claim: GapClaim;
    };

export type InterfaceFact =
  | { readonly kind: "unobserved" }
  | { readonly kind: "absent"; readonly askedAtMs: number }
  | {
      readonly kind: "present";
      readonly askedAtMs: number;
      readonly isUp: boolean;
      readonly held: readonly HeldAddress[];
    };

export type ConflictFact =
  | { readonly kind: "unprobed" }
  | {
      /** While a probe is under way, what the one before it found still counts. */
      readonly kind: "probing" | "probed";
      readonly askedAtMs: number;
      /** The MAC of another host that answers for the VIP. */
      readonly holder: string | undefined;
    };

export type World = {
  readonly rules: Rules;
  readonly startedAtMs: number;
  readonly timings: Timings;
  readonly leader: LeaderFact;
  /** Set while Consul gives no usable answer: since when, and the newest cause. */
  readonly trouble: { readonly sinceMs: number; readonly cause: TroubleCause } | undefined;
  /** Set from a stall until an answer to a question asked after it. */
  readonly stalledAtMs: number | undefined;
  readonly interface: InterfaceFact;
  /** Since when neighbours can reach the VIP here: it is bound and the interface is up. */
  readonly reachableSinceMs: number | undefined;
  readonly conflict: ConflictFact;
  readonly bindTriedAtMs: number | undefined;
  /** When the neighbours were last told. */
  readonly announcedAtMs: number | undefined;
  /** When an action last failed; a failure is not repeated at once. */
  readonly failedAtMs: number | undefined;
  readonly isStopping: boolean;
};

export function initialWorld(rules: Rules, nowMs: number): World {
  return {
    rules,
    startedAtMs: nowMs,
    timings: defaultTimings,
    leader: { kind: "unread" },
    trouble: undefined,
    stalledAtMs: undefined,
    interface: { kind: "unobserved" },
    reachableSinceMs: undefined,
    conflict: { kind: "unprobed" },
    bindTriedAtMs: undefined,
    announcedAtMs: undefined,
    failedAtMs: undefined,
    isStopping: false,
  };
}

/** Whether the key, as last read, gives this host the VIP. */
export function isNamed(world: World): boolean {
  const { leader, rules } = world;
  if (leader.kind !== "named" || leader.member !== rules.member) return false;
  return leader.session !== undefined || !rules.requireSession;
}

/** The address that this agent binds: exact, with the configured prefix length. */
export function boundAddress({
  interface: seen,
  rules,
}: Pick<World, "interface" | "rules">): HeldAddress | undefined {
  if (seen.kind !== "present") return undefined;
  return seen.held.find(({ prefixLength }) => prefixLength === rules.prefixLength);
}
