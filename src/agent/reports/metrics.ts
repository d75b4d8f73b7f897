/**
 * What can be counted, and the words by which it is: every verdict by its reason, every answer of
 * Consul by its result, every fault by its name.
 *
 * All words belong to closed unions, so that each series is there before it ever happened. What is
 * the case now (held, lease, conflict) is not told here: it is read from the status when somebody
 * asks (prometheus/gauges.ts).
 */
import type { Verdict } from "../../policy/judge.ts";
import type { Action } from "../../policy/plan.ts";
import type { TroubleCause } from "../../policy/sightings.ts";

/** What the agent does; each can fail, or work with a complaint. */
export const actionKinds = [
  "observe",
  "bind",
  "refresh",
  "release",
  "remove-stray",
  "announce",
  "probe",
  "wake",
] as const satisfies readonly Action["kind"][];

/** Whatever can go wrong beside Consul: the topics of the log's complaints, and what befalls a VIP. */
export const faultNames = [
  ...actionKinds,
  "stall",
  "vanished",
  "conflict",
  "interface",
  "monitor",
  "callback",
  "hook",
  "listener",
] as const;
export type FaultName = (typeof faultNames)[number];

/** Whom the agent asks. */
export const serviceNames = ["consul", "patroni"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Patroni's callbacks and roles; whatever else is heard counts as `other`. */
export const callbackActions = [
  "on_start",
  "on_stop",
  "on_restart",
  "on_reload",
  "on_role_change",
  "other",
] as const;
export const callbackRoles = ["primary", "replica", "standby_leader", "demoted", "other"] as const;

export const hookNames = ["on-acquire", "on-release"] as const;
export type HookName = (typeof hookNames)[number];

/** `dropped`: the VIP moved on before its turn came. */
export const hookResults = ["done", "failed", "timeout", "dropped"] as const;
export type HookResult = (typeof hookResults)[number];

export const reloadResults = ["done", "refused"] as const;
export type ReloadResult = (typeof reloadResults)[number];

/** `vip` is the address, without its prefix length. */
export type Metrics = {
  /** From now on there are these VIPs, and no others. */
  readonly follow: (vips: readonly string[]) => void;
  /** The verdict has changed. */
  readonly judged: (vip: string, verdict: Verdict) => void;
  readonly acted: (kind: Action["kind"], isDone: boolean, tookMs: number) => void;
  /** The VIP is bound, so long after the first answer that gave it to this member. */
  readonly tookOver: (afterMs: number) => void;
  /** One announcement went out. */
  readonly announced: (vip: string) => void;
  /** Another host answers for the VIP. */
  readonly contested: (vip: string) => void;
  readonly asked: (service: ServiceName, result: TroubleCause | "answered") => void;
  /** How long Consul took for an answer that it did not hold back. */
  readonly consulTook: (tookMs: number) => void;
  /** A callback was heard; its words are as they came. */
  readonly heard: (action: string, role: string) => void;
  readonly fault: (name: FaultName) => void;
  readonly hooked: (hook: HookName, result: HookResult) => void;
  readonly reloaded: (result: ReloadResult) => void;
};

const nothing = () => undefined;

export const noMetrics: Metrics = {
  follow: nothing,
  judged: nothing,
  acted: nothing,
  tookOver: nothing,
  announced: nothing,
  contested: nothing,
  asked: nothing,
  consulTook: nothing,
  heard: nothing,
  fault: nothing,
  hooked: nothing,
  reloaded: nothing,
};
