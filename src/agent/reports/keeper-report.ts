/**
 * What a keeper tells of its VIP: each change of the verdict with its reason, and what became of
 * each action.
 *
 * Lines are collected while an action is under way and written after it, so that a log that cannot
 * be written (a full disk, a pipe that nobody reads) never stands between a verdict and its
 * release.
 */
import { otherHolder } from "../../policy/conflict.ts";
import type { Verdict } from "../../policy/judge.ts";
import type { Action } from "../../policy/plan.ts";
import { explain } from "../../policy/reasons.ts";
import type { LeaderFact, World } from "../../policy/world.ts";
import type { BoundVip } from "../../vip/bind.ts";
import type { Clock } from "../../clock.ts";
import type { Performed } from "../perform.ts";
import { History, type Transition } from "./history.ts";
import { type Log, Repeats } from "./log.ts";
import type { FaultName, Metrics } from "./metrics.ts";
import type { Systemd } from "./systemd.ts";

export type KeeperReport = {
  readonly judged: (verdict: Verdict, world: World) => void;
  readonly performed: (action: Action, performed: Timed, world: World) => void;
  /** The VIP is gone, and it was not the agent who took it. */
  readonly vanished: () => void;
  readonly trouble: (topic: FaultName, detail: string) => void;
  readonly announced: () => void;
  /** The last changes of the verdict, the newest first. */
  readonly transitions: () => readonly Transition[];
  /** Writes what was collected. */
  readonly flush: () => void;
};

export type Timed = Performed & { readonly tookMs: number };

export type ReportTargets = {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly systemd: Pick<Systemd, "status">;
  readonly clock: Pick<Clock, "nowMs">;
};

export function createKeeperReport(targets: ReportTargets, vip: BoundVip): KeeperReport {
  const { log, metrics, systemd, clock } = targets;
  const name = vip.address.text;
  const fields = { vip: `${vip.address.text}/${vip.prefixLength}`, interface: vip.interface };
  const repeats = new Repeats();
  const history = new History();
  const takeOver = createTakeOver(targets);
  let pending: (() => void)[] = [];
  const trouble = (topic: FaultName, detail: string) => {
    metrics.fault(topic);
    if (!repeats.isNew(topic, detail)) return;
    pending.push(() => log.warn("trouble", `${topic}: ${detail}`, { ...fields, topic }));
  };
  const conflict = (holder: string | undefined) => {
    if (holder === undefined) repeats.clear("conflict");
    else if (repeats.isNew("conflict", holder)) {
      metrics.fault("conflict");
      metrics.contested(name);
      const message = `${holder} answers for the VIP too: find that host and remove it there`;
      pending.push(() => log.warn("conflict", message, { ...fields, holder }));
    }
  };
  return {
    judged: (verdict, world) => {
      const { kind, reason } = verdict;
      const leader = leaderText(world);
      const place = placeProblem(world);
      if (kind !== "hold" || place === undefined) repeats.clear("interface");
      else if (!repeats.isLast("interface", place)) trouble("interface", place);
      if (kind === "hold") conflict(otherHolder(world));
      if (!repeats.isNew("verdict", `${reason} ${leader}`)) return;
      metrics.judged(name, verdict);
      history.add({ atMs: clock.nowMs(), verdict: kind, reason, leader: leader || undefined });
      const seen = { verdict: kind, reason, leader };
      pending.push(() => {
        log.info("verdict", `${kind}: ${explain(reason)}`, { ...fields, ...seen });
        systemd.status(name, `${kind}, ${explain(reason)}`);
      });
    },
    performed: (action, { complaints, sightings, tookMs }, { leader }) => {
      if (complaints.length === 0) repeats.clear(action.kind);
      else trouble(action.kind, complaints.join("; "));
      const isDone = !sightings.some(({ kind }) => kind === "action-failed");
      metrics.acted(action.kind, isDone, tookMs);
      if (!isDone) return;
      if (action.kind === "bind") takeOver(leader);
      pending.push(() => logChange(log, action, { ...fields, tookMs: Math.round(tookMs) }));
    },
    vanished: () => {
      metrics.fault("vanished");
      pending.push(() => {
        log.warn("vanished", "somebody else, or its lifetime, removed the VIP", fields);
      });
    },
    trouble,
    announced: () => metrics.announced(name),
    transitions: () => history.newestFirst,
    flush: () => {
      const lines = pending;
      pending = [];
      for (const write of lines) write();
    },
  };
}

/** Counts a bind as a take-over once per term: a VIP that somebody removed is bound again in it. */
function createTakeOver({ metrics, clock }: ReportTargets): (leader: LeaderFact) => void {
  let countedSinceMs: number | undefined;
  return (leader) => {
    if (leader.kind !== "named" || leader.sinceMs === countedSinceMs) return;
    countedSinceMs = leader.sinceMs;
    metrics.tookOver(clock.nowMs() - leader.sinceMs);
  };
}

function logChange(log: Log, action: Action, fields: Readonly<Record<string, string | number>>) {
  switch (action.kind) {
    case "bind":
      log.info("bound", "the VIP is on this host", fields);
      return;
    case "release":
      log.info("released", "the VIP has left this host", fields);
      return;
    case "remove-stray":
      log.warn("stray-removed", `a second VIP/${action.prefixLength} was removed`, fields);
      return;
    case "observe":
    case "refresh":
    case "announce":
    case "probe":
    case "wake":
  }
}

/** Why a VIP that is held could still not be reached here. */
function placeProblem({ interface: seen }: World): string | undefined {
  if (seen.kind === "absent") return "does not exist";
  return seen.kind === "present" && !seen.isUp ? "is down or has no carrier" : undefined;
}

/** What the key says, as operators would write it. */
function leaderText({ leader }: World): string | undefined {
  if (leader.kind === "named") return leader.member;
  return leader.kind === "missing" ? "" : undefined;
}
