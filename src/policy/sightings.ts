/**
 * What the policy can be told.
 *
 * A sighting is one piece of evidence with its time. Its names are in the past tense: it reports
 * what was seen, not what should follow. All times are monotonic milliseconds, and the time of an
 * answer is the time at which the question was *sent*: between sending and answering anything may
 * have changed, so only the sending time is safe.
 */

/** Why Consul gave no usable answer. None of them says anything about the key. */
export const troubleCauses = [
  "refused",
  "timeout",
  "forbidden",
  "throttled",
  "unavailable",
  "tls",
  "not-consul",
  "not-patroni",
  "failed",
] as const;
export type TroubleCause = (typeof troubleCauses)[number];

/** One address of the VIP's interface, as the kernel holds it. */
export type HeldAddress = {
  readonly prefixLength: number;
  /** Seconds until the kernel removes it. */
  readonly expiresInS: number | "endless";
};

/** Patroni's timings, from `<namespace>/<scope>/config`. */
export type Timings = {
  readonly ttlMs: number;
  readonly loopWaitMs: number;
  readonly retryTimeoutMs: number;
};

/** What Patroni was told to do with this cluster, from the same key. */
export type ClusterMode = {
  /** Nothing is failed over by itself, and PostgreSQL outlives its Patroni. */
  readonly isPaused: boolean;
  /** A primary that every member can reach goes on without its DCS. */
  readonly hasFailsafe: boolean;
  /** The leader follows another cluster and takes no writes. */
  readonly isStandby: boolean;
};

export type NamedLeader = {
  readonly member: string;
  readonly session: string | undefined;
  /** With the session it tells one term of a leader from the next. */
  readonly createIndex: number;
};

export type LeaderSeen = {
  readonly kind: "leader-seen";
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
  /** What the key holds; undefined when Consul answered that there is no such key. */
  readonly leader: NamedLeader | undefined;
};

export type WatchFailed = {
  readonly kind: "watch-failed";
  readonly atMs: number;
  readonly cause: TroubleCause;
};

export type ConfigSeen = {
  readonly kind: "config-seen";
  readonly timings: Timings;
  readonly mode: ClusterMode;
};

/** What the Patroni of this host says of itself and of its PostgreSQL. */
export type PatroniState = {
  /** As Patroni names it, `master` of its older releases being `primary`. */
  readonly role: string;
  /** `unsure` where Patroni itself could not ask PostgreSQL, or is just starting it. */
  readonly postgres: "running" | "stopped" | "unsure";
  /** Whether it believes that the lock is its own, which it may do for one loop too long. */
  readonly hasLock: boolean;
  readonly isPaused: boolean;
  readonly isFailsafeActive: boolean;
  /** PostgreSQL's timeline, for people; undefined where it does not say. */
  readonly timeline: number | undefined;
  /** When it last reached its DCS; undefined where it does not say. */
  readonly dcsSeenAtMs: number | undefined;
};

export type PatroniSeen = {
  readonly kind: "patroni-seen";
  readonly askedAtMs: number;
  readonly patroni: PatroniState;
};

export type CallbackAction = "on_start" | "on_stop" | "on_role_change";

/** Patroni ran a callback; it may come late, twice, out of order or not at all. */
export type CallbackSeen = {
  readonly kind: "callback-seen";
  /** When the callback ran, not when it was heard. */
  readonly atMs: number;
  readonly action: CallbackAction;
  /** As Patroni names it, `master` of its older releases being `primary`. */
  readonly role: string;
};

export type PostmasterSeen = {
  readonly kind: "postmaster-seen";
  readonly atMs: number;
  /** Undefined when one that was there has ended. */
  readonly pid: number | undefined;
};

/** The Patroni of this host was told to look at its DCS now. */
export type PatroniWoken = { readonly kind: "patroni-woken"; readonly atMs: number };

export type InterfaceSeen = {
  readonly kind: "interface-seen";
  readonly askedAtMs: number;
  readonly interface:
    | { readonly kind: "absent" }
    | {
        readonly kind: "present";
        /** Administratively up, and with a carrier. */
        readonly isUp: boolean;
        /** Every address equal to the VIP, whatever its prefix length. */
        readonly held: readonly HeldAddress[];
      };
};

/** The link was down for a moment at least: neighbours may have forgotten what they were told. */
export type LinkLost = { readonly kind: "link-lost" };

/**
 * The process stood still (SIGSTOP, a paused VM, a blocked event loop): what it knew may be long
 * untrue.
 */
export type StallSeen = { readonly kind: "stall-seen"; readonly atMs: number };

export type StopAsked = { readonly kind: "stop-asked" };

/** A bind was tried, whatever came of it. */
export type BindTried = { readonly kind: "bind-tried"; readonly atMs: number };

export type Announced = { readonly kind: "announced"; readonly atMs: number };

/** The wire is being asked whether another host answers for the VIP. */
export type ProbeBegun = { readonly kind: "probe-begun"; readonly atMs: number };

export type ConflictSeen = {
  readonly kind: "conflict-seen";
  readonly askedAtMs: number;
  /** The MAC of another host that answered; undefined when nobody did. */
  readonly holder: string | undefined;
};

/**
 * An action was tried, and no observation shows that it worked: what the kernel holds now is
 * unknown.
 */
export type ActionFailed = { readonly kind: "action-failed"; readonly atMs: number };

export type Sighting =
  | LeaderSeen
  | WatchFailed
  | ConfigSeen
  | PatroniSeen
  | CallbackSeen
  | PostmasterSeen
  | PatroniWoken
  | InterfaceSeen
  | StallSeen
  | StopAsked
  | LinkLost
  | BindTried
  | Announced
  | ProbeBegun
  | ConflictSeen
  | ActionFailed;
