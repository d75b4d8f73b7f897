/**
 * What the agent says of itself when it is asked: one plain value, the same for `vip-agent status`,
 * for the page of the listener and for scripts.
 *
 * Version 1 is a promise: fields are added to it, never renamed, removed or given another meaning.
 * Every point in time is an ISO text of this host's clock; every duration has its unit in its name.
 * No field holds a secret.
 */
import type { Verdict } from "../../policy/judge.ts";
import type { Reason } from "../../policy/reasons.ts";
import type { TroubleCause } from "../../policy/sightings.ts";

export type Status = {
  readonly version: 1;
  /** When this was said. */
  readonly at: string;
  readonly agent: AgentStatus;
  /** One for each VIP, in the order of the configuration. */
  readonly vips: readonly VipStatus[];
};

export type AgentStatus = {
  readonly version: string;
  /** Node's version. */
  readonly node: string;
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
  readonly source: "consul" | "patroni";
  /** The file that it was started with; null where flags and variables say all. */
  readonly configFile: string | null;
  /**
   * Twelve hexadecimal digits: equal on the hosts of one cluster when all that they must agree on is
   * (the VIPs and their keys, the safety settings; not names, interfaces, endpoints).
   */
  readonly configHash: string;
  readonly configReadAt: string;
  /** When a reload of it was refused last; null once one has been taken, and before the first. */
  readonly reloadRefusedAt: string | null;
};

/**
 * What is wanted and what is there. `holding`: held, as it should be. `acquiring`: to be held, not
 * there yet. `releasing`: there, and on its way out. `standby`: neither.
 */
export const vipStates = ["holding", "acquiring", "releasing", "standby"] as const;
export type VipState = (typeof vipStates)[number];

export type VipStatus = {
  /** With its prefix length, such as 192.168.1.140/32. */
  readonly vip: string;
  readonly interface: string;
  readonly link: "up" | "down" | "absent" | "unknown";
  readonly key: string;
  readonly member: string;
  readonly state: VipState;
  readonly verdict: Verdict["kind"];
  readonly reason: Reason;
  /** The reason in words. */
  readonly explanation: string;
  /** Since when there has been this verdict with this reason. */
  readonly since: string;
  /** What happens next if nothing changes, and what would change it: one sentence. */
  readonly next: string;
  /** What somebody should look at, a sentence each; empty when all is well. */
  readonly attention: readonly string[];
  readonly isHeld: boolean;
  /** Since when neighbours can reach it here; null where they cannot. */
  readonly reachableSince: string | null;
  readonly lease: LeaseStatus;
  readonly leader: LeaderStatus;
  /** Set while Consul (or Patroni, where it is the source) gives no usable answer. */
  readonly trouble: { readonly cause: TroubleCause; readonly since: string } | null;
  readonly cluster: ClusterStatus;
  /** The Patroni of this host; null where it is not asked or has not answered. */
  readonly patroni: PatroniStatus | null;
  /** The main process of this host's PostgreSQL. */
  readonly postmaster: "unseen" | "running" | "gone";
  /** The MAC of another host that answers for the VIP. */
  readonly conflict: string | null;
  readonly announcedAt: string | null;
  /** The newest first, at most 32. */
  readonly transitions: readonly TransitionStatus[];
};

/** How long the VIP may be held on what is proven. Without an end while it is not to be held. */
export type LeaseStatus = {
  /** How long one proof counts, by the live timings of Patroni; 0 where they leave no time. */
  readonly lengthMs: number;
  readonly until: string | null;
  readonly remainingMs: number | null;
  /** Whether pause or failsafe mode keeps the VIP beyond the lease, as long as they last. */
  readonly isOpenEnded: boolean;
};

export type LeaderStatus = {
  readonly state: "unread" | "missing" | "named";
  /** Who the key names; null where it names nobody. */
  readonly member: string | null;
  readonly isMe: boolean;
  readonly session: string | null;
  readonly createIndex: number | null;
  /** When the question was sent that the newest answer is to, and how long ago. */
  readonly seenAt: string | null;
  readonly ageMs: number | null;
  /** Since when the key says this. */
  readonly since: string | null;
};

/** What the configuration key of the cluster says; defaults of Patroni's before it was read. */
export type ClusterStatus = {
  readonly ttlMs: number;
  readonly loopWaitMs: number;
  readonly retryTimeoutMs: number;
  readonly isPaused: boolean;
  readonly hasFailsafe: boolean;
  readonly isStandby: boolean;
};

export type PatroniStatus = {
  readonly role: string;
  readonly postgres: "running" | "stopped" | "unsure";
  readonly timeline: number | null;
  readonly hasLock: boolean;
  readonly isPaused: boolean;
  readonly isFailsafeActive: boolean;
  readonly ageMs: number;
};

export type TransitionStatus = {
  readonly at: string;
  readonly verdict: Verdict["kind"];
  readonly reason: Reason;
  /** Who the key named at that time; null where it named nobody. */
  readonly leader: string | null;
};
