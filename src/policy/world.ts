/**
 * All that is known about one VIP, as one plain value.
 *
 * `learn` makes the next world out of a sighting, `judge` and `plan` read it. Each fact keeps the
 * time at which it was asked for, so that the readers can tell how old it is; nobody keeps a timer
 * per fact. Combinations that make no sense cannot be written down: a key is unread, missing, or
 * names a member, and only a named member has a session.
 */
import { defaultTimings } from "./lease.ts";
import type {
  ClusterMode,
  HeldAddress,
  NamedLeader,
  PatroniState,
  Timings,
  TroubleCause,
} from "./sightings.ts";

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
  /** When a VIP may be bound: with the lock, or once PostgreSQL is a primary as well. */
  readonly gate: "lock" | "writable";
  /** A PostgreSQL that has not become primary by then is waited for no longer. */
  readonly gateDeadlineMs: number;
  /** Whether the leader of a standby cluster, which takes no writes, has the VIP too. */
  readonly standbyVip: boolean;
  /** Whether there is a Patroni here that can be told to look at its DCS at once. */
  readonly wake: boolean;
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
  | (NamedLeader & {
      readonly kind: "named";
      readonly askedAtMs: number;
      /** When the first answer of this term came. */
      readonly sinceMs: number;
    })
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

/** The Patroni of this host, as it last answered. */
export type PatroniFact =
  | { readonly kind: "unheard" }
  | { readonly kind: "heard"; readonly askedAtMs: number; readonly state: PatroniState };

/** The main process of this host's PostgreSQL. */
export type PostmasterFact =
  | { readonly kind: "unseen" }
  | {
      readonly kind: "running";
      /** When it was seen first, and last. */
      readonly sinceMs: number;
      readonly atMs: number;
      readonly pid: number;
      /** Whether Patroni called it a running primary since it started, and nothing since denied it. */
      readonly isPrimary: boolean;
    }
  | { readonly kind: "gone"; readonly sinceMs: number };

/** A callback said that the PostgreSQL of this host is no longer, or not yet, a primary. */
export type Demotion = { readonly atMs: number };

export type World = {
  readonly rules: Rules;
  readonly startedAtMs: number;
  readonly timings: Timings;
  readonly mode: ClusterMode;
  readonly leader: LeaderFact;
  /** Set while Consul gives no usable answer: since when, and the newest cause. */
  readonly trouble: { readonly sinceMs: number; readonly cause: TroubleCause } | undefined;
  /** Set from a stall until an answer to a question asked after it. */
  readonly stalledAtMs: number | undefined;
  readonly patroni: PatroniFact;
  readonly postmaster: PostmasterFact;
  readonly demotion: Demotion | undefined;
  /** When the newest callback that is known ran, whatever it said. */
  readonly callbackAtMs: number | undefined;
  /** When Patroni was last told to look. */
  readonly wokenAtMs: number | undefined;
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
    mode: { isPaused: false, hasFailsafe: false, isStandby: false },
    leader: { kind: "unread" },
    trouble: undefined,
    stalledAtMs: undefined,
    patroni: { kind: "unheard" },
    postmaster: { kind: "unseen" },
    demotion: undefined,
    callbackAtMs: undefined,
    wokenAtMs: undefined,
    interface: { kind: "unobserved" },
    reachableSinceMs: undefined,
    conflict: { kind: "unprobed" },
    bindTriedAtMs: undefined,
    announcedAtMs: undefined,
    failedAtMs: undefined,
    isStopping: false,
  };
}

/**
 * What stays known when the rules change: all but what the kernel holds, which is looked at anew, and
 * a probe that nobody waits for any more.
 */
export function inheritedWorld(world: World, rules: Rules): World {
  const { conflict } = world;
  return {
    ...world,
    rules,
    interface: { kind: "unobserved" },
    failedAtMs: undefined,
    conflict: conflict.kind === "probing" ? { ...conflict, kind: "probed" } : conflict,
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
