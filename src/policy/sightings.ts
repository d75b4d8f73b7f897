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

export type LeaderSeen = {
  readonly kind: "leader-seen";
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
  /** What the key holds; undefined when Consul answered that there is no such key. */
  readonly leader: { readonly member: string; readonly session: string | undefined } | undefined;
};

export type WatchFailed = {
  readonly kind: "watch-failed";
  readonly atMs: number;
  readonly cause: TroubleCause;
};

export type TimingsSeen = { readonly kind: "timings-seen"; readonly timings: Timings };

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
  | TimingsSeen
  | InterfaceSeen
  | StallSeen
  | StopAsked
  | LinkLost
  | BindTried
  | Announced
  | ProbeBegun
  | ConflictSeen
  | ActionFailed;
