/**
 * The counters and histograms: what has happened since the process started.
 *
 * Each series stands at zero from the start, so that `increase()` sees the first time. A VIP that a
 * reload has taken away takes its series along.
 */
import type { Registry } from "prom-client";
import Counter from "prom-client/lib/counter.js";
import Histogram from "prom-client/lib/histogram.js";
import { holdReasons, yieldReasons } from "../../../policy/reasons.ts";
import { troubleCauses } from "../../../policy/sightings.ts";
import {
  type Metrics,
  actionKinds,
  callbackActions,
  callbackRoles,
  faultNames,
  hookNames,
  hookResults,
  reloadResults,
  serviceNames,
} from "../metrics.ts";

/** From a tenth of a millisecond, an `ip` that is already there, to a helper's deadline. */
const actionBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** From the milliseconds of a plain take-over to a gate that waits for PostgreSQL. */
const takeoverBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A local agent answers within a millisecond; 1.5 s and 4 s are the deadlines. */
const consulBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 4];

export function createCounters(registry: Registry): Metrics {
  const series = createSeries(registry);
  const { transitions, conflicts, announcements, requests, callbacks } = series;
  const { actions, durations, takeovers, consulDurations, faults, hooks, reloads } = series;
  beginAtZero(series);
  let followed: readonly string[] = [];
  return {
    follow: (vips) => {
      for (const vip of followed.filter((one) => !vips.includes(one))) forget(series, vip);
      for (const vip of vips.filter((one) => !followed.includes(one))) begin(series, vip);
      followed = vips;
    },
    judged: (vip, { kind, reason }) => transitions.inc({ vip, to: kind, reason }),
    acted: (action, isDone, tookMs) => {
      actions.inc({ action, result: isDone ? "done" : "failed" });
      durations.observe({ action }, tookMs / 1_000);
    },
    tookOver: (afterMs) => takeovers.observe(afterMs / 1_000),
    announced: (vip) => announcements.inc({ vip }),
    contested: (vip) => conflicts.inc({ vip }),
    asked: (service, result) => requests[service].inc({ result }),
    consulTook: (tookMs) => consulDurations.observe(tookMs / 1_000),
    heard: (action, role) => {
      callbacks.inc({ action: known(callbackActions, action), role: known(callbackRoles, role) });
    },
    fault: (fault) => faults.inc({ fault }),
    hooked: (hook, result) => hooks.inc({ hook, result }),
    reloaded: (result) => reloads.inc({ result }),
  };
}

type Series = ReturnType<typeof createSeries>;

function createSeries(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `vipagent_${name}_total`, help, labelNames, registers });
  const histogram = <L extends string>(
    [name, help]: readonly [string, string],
    buckets: number[],
    labelNames: readonly L[],
  ) => new Histogram({ name: `vipagent_${name}_seconds`, help, buckets, labelNames, registers });
  return {
    transitions: counter("transitions", "Changes of the verdict, by what it became.", [
      "vip",
      "to",
      "reason",
    ]),
    conflicts: counter("conflicts", "Times another host was found to answer for the VIP.", ["vip"]),
    announcements: counter("announcements", "Announcements of the VIP to the neighbours.", ["vip"]),
    requests: {
      consul: counter("consul_requests", "Questions to Consul, by their result.", ["result"]),
      patroni: counter("patroni_requests", "Questions to Patroni, by their result.", ["result"]),
    },
    callbacks: counter("callbacks", "Callbacks of Patroni, by action and role.", [
      "action",
      "role",
    ]),
    actions: counter("actions", "Changes and looks, by whether they worked.", ["action", "result"]),
    faults: counter("faults", "Faults beside Consul's, by their name.", ["fault"]),
    hooks: counter("hooks", "Commands run after the VIP came or went, by their result.", [
      "hook",
      "result",
    ]),
    reloads: counter("reloads", "Reloads of the configuration, by their result.", ["result"]),
    durations: histogram(["action_duration", "Time that a change or a look took."], actionBuckets, [
      "action",
    ]),
    takeovers: histogram(
      ["takeover_duration", "From the first answer that gives the VIP to this member to its bind."],
      takeoverBuckets,
      [],
    ),
    consulDurations: histogram(
      ["consul_request_duration", "Time of plain reads; a blocking query waits by design."],
      consulBuckets,
      [],
    ),
  };
}

function known(words: readonly string[], word: string): string {
  return words.includes(word) ? word : "other";
}

/** The transitions that one VIP can make. */
function transitionsOf(vip: string) {
  return [
    ...Object.keys(holdReasons).map((reason) => ({ vip, to: "hold", reason })),
    ...Object.keys(yieldReasons).map((reason) => ({ vip, to: "yield", reason })),
  ];
}

function begin({ transitions, conflicts, announcements }: Series, vip: string): void {
  for (const labels of transitionsOf(vip)) transitions.inc(labels, 0);
  conflicts.inc({ vip }, 0);
  announcements.inc({ vip }, 0);
}

function forget({ transitions, conflicts, announcements }: Series, vip: string): void {
  for (const labels of transitionsOf(vip)) transitions.remove(labels);
  conflicts.remove({ vip });
  announcements.remove({ vip });
}

function beginAtZero(series: Series): void {
  const { requests, callbacks, actions, durations, faults, hooks, reloads } = series;
  for (const service of serviceNames) {
    for (const result of ["answered", ...troubleCauses]) requests[service].inc({ result }, 0);
  }
  for (const action of callbackActions) {
    for (const role of callbackRoles) callbacks.inc({ action, role }, 0);
  }
  for (const action of actionKinds) {
    for (const result of ["done", "failed"]) actions.inc({ action, result }, 0);
    durations.zero({ action });
  }
  for (const fault of faultNames) faults.inc({ fault }, 0);
  for (const hook of hookNames) {
    for (const result of hookResults) hooks.inc({ hook, result }, 0);
  }
  for (const result of reloadResults) reloads.inc({ result }, 0);
}
