/**
 * What has happened, counted: every verdict by its reason, every answer of Consul by its result,
 * every fault by its name.
 *
 * All label values are words of closed unions and stand at zero from the start, so that a dashboard
 * can list a fault before it ever happened and `increase()` sees the first one. Where no port is
 * set, nothing is counted and the library is not loaded: it would cost memory for nobody.
 */
import type { Counter as PromCounter, Gauge as PromGauge } from "prom-client";
import type { Verdict } from "../../policy/judge.ts";
import type { Action } from "../../policy/plan.ts";
import { holdReasons, yieldReasons } from "../../policy/reasons.ts";
import { type TroubleCause, troubleCauses } from "../../policy/sightings.ts";

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

export type Metrics = {
  /** The verdict has changed. */
  readonly judged: (vip: string, verdict: Verdict) => void;
  readonly held: (vip: string, isHeld: boolean) => void;
  readonly acted: (kind: Action["kind"], isDone: boolean) => void;
  readonly asked: (service: ServiceName, result: TroubleCause | "answered") => void;
  /** A callback was heard; its words are as they came. */
  readonly heard: (action: string, role: string) => void;
  readonly fault: (name: FaultName) => void;
};

export const noMetrics: Metrics = {
  judged: () => undefined,
  held: () => undefined,
  acted: () => undefined,
  asked: () => undefined,
  heard: () => undefined,
  fault: () => undefined,
};

export type MetricsPage = Metrics & {
  readonly contentType: string;
  /** All of them, as Prometheus reads them. */
  readonly page: () => Promise<string>;
};

/** `vips` are the addresses that will be told of. */
export async function createMetrics(vips: readonly string[]): Promise<MetricsPage> {
  const { Counter, Gauge, Registry } = await import("prom-client");
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `vipagent_${name}`, help, labelNames, registers });
  const transitions = counter("transitions_total", "Changes of the verdict, by what it became.", [
    "vip",
    "to",
    "reason",
  ]);
  const requests = {
    consul: counter("consul_requests_total", "Questions to Consul, by their result.", ["result"]),
    patroni: counter("patroni_requests_total", "Questions to Patroni, by their result.", [
      "result",
    ]),
  };
  const callbacks = counter("callbacks_total", "Callbacks of Patroni, by action and role.", [
    "action",
    "role",
  ]);
  const actions = counter("actions_total", "Changes and looks, by whether they worked.", [
    "action",
    "result",
  ]);
  const faults = counter("faults_total", "Faults beside Consul's, by their name.", ["fault"]);
  const held = new Gauge({
    name: "vipagent_vip_held",
    help: "Whether the VIP is bound on this host.",
    labelNames: ["vip"],
    registers,
  });
  beginAtZero({ vips, transitions, requests, callbacks, actions, faults, held });
  return {
    judged: (vip, { kind, reason }) => transitions.inc({ vip, to: kind, reason }),
    held: (vip, isHeld) => held.set({ vip }, isHeld ? 1 : 0),
    acted: (action, isDone) => actions.inc({ action, result: isDone ? "done" : "failed" }),
    asked: (service, result) => requests[service].inc({ result }),
    heard: (action, role) => {
      callbacks.inc({ action: known(callbackActions, action), role: known(callbackRoles, role) });
    },
    fault: (fault) => faults.inc({ fault }),
    contentType: registry.contentType,
    page: () => registry.metrics(),
  };
}

type Series = {
  readonly vips: readonly string[];
  readonly transitions: PromCounter<"vip" | "to" | "reason">;
  readonly requests: Readonly<Record<ServiceName, PromCounter<"result">>>;
  readonly callbacks: PromCounter<"action" | "role">;
  readonly actions: PromCounter<"action" | "result">;
  readonly faults: PromCounter<"fault">;
  readonly held: PromGauge<"vip">;
};

function known(words: readonly string[], word: string): string {
  return words.includes(word) ? word : "other";
}

function beginAtZero(series: Series): void {
  const { vips, transitions, requests, callbacks, actions, faults, held } = series;
  for (const vip of vips) {
    held.set({ vip }, 0);
    for (const reason of Object.keys(holdReasons)) transitions.inc({ vip, to: "hold", reason }, 0);
    for (const reason of Object.keys(yieldReasons))
      transitions.inc({ vip, to: "yield", reason }, 0);
  }
  for (const service of serviceNames) {
    for (const result of ["answered", ...troubleCauses]) requests[service].inc({ result }, 0);
  }
  for (const action of callbackActions) {
    for (const role of callbackRoles) callbacks.inc({ action, role }, 0);
  }
  for (const fault of faultNames) faults.inc({ fault }, 0);
  for (const action of actionKinds) {
    for (const result of ["done", "failed"]) actions.inc({ action, result }, 0);
  }
}
