/**
 * Makes the status out of what the keepers know.
 *
 * Pure: the daemon's monotonic times become texts of the wall clock by one offset, taken at the
 * moment of the question, so that a clock that was set does not tear an answer apart.
 */
import { otherHolder } from "../../policy/conflict.ts";
import type { Verdict } from "../../policy/judge.ts";
import { leaseLengthMs } from "../../policy/lease.ts";
import { explain } from "../../policy/reasons.ts";
import { type World, boundAddress, isNamed } from "../../policy/world.ts";
import type { VipSettings } from "../config/settings.ts";
import type { Transition } from "./history.ts";
import { attentionOf, nextOf } from "./outlook.ts";
import type {
  AgentStatus,
  LeaderStatus,
  LeaseStatus,
  PatroniStatus,
  Status,
  VipState,
  VipStatus,
} from "./status.ts";

/** What one keeper knows and concludes. */
export type KeptView = {
  readonly vip: VipSettings;
  readonly world: World;
  readonly verdict: Verdict;
  readonly transitions: readonly Transition[];
};

export type DaemonView = { readonly nowMs: number; readonly kept: readonly KeptView[] };

/** `wallNowMs` is the wall clock's reading, in milliseconds since 1970, at the view's `nowMs`. */
export function statusOf(view: DaemonView, agent: AgentStatus, wallNowMs: number): Status {
  const clock = { nowMs: view.nowMs, textOf: textOf(wallNowMs - view.nowMs) };
  const vips = view.kept.map((kept) => vipStatusOf(kept, clock));
  return { version: 1, at: clock.textOf(view.nowMs), agent, vips };
}

type Times = { readonly nowMs: number; readonly textOf: (atMs: number) => string };

function textOf(offsetMs: number): Times["textOf"] {
  return (atMs) => new Date(atMs + offsetMs).toISOString();
}

function vipStatusOf({ vip, world, verdict, transitions }: KeptView, times: Times): VipStatus {
  const { trouble, timings, mode, reachableSinceMs, announcedAtMs } = world;
  const isHeld = boundAddress(world) !== undefined;
  const sinceMs = transitions[0]?.atMs ?? world.startedAtMs;
  return {
    vip: `${vip.address.text}/${vip.prefixLength}`,
    interface: vip.interface,
    link: linkOf(world),
    key: vip.key,
    member: vip.member,
    state: stateOf(verdict, isHeld),
    verdict: verdict.kind,
    reason: verdict.reason,
    explanation: explain(verdict.reason),
    since: times.textOf(sinceMs),
    next: nextOf(verdict, world, times.nowMs),
    attention: attentionOf(verdict, world),
    isHeld,
    reachableSince: optionalText(reachableSinceMs, times),
    lease: leaseOf(verdict, world, times),
    leader: leaderOf(world, times),
    trouble: trouble ? { cause: trouble.cause, since: times.textOf(trouble.sinceMs) } : null,
    cluster: { ...timings, ...mode },
    patroni: patroniOf(world, times),
    postmaster: world.postmaster.kind,
    conflict: otherHolder(world) ?? null,
    announcedAt: optionalText(announcedAtMs, times),
    transitions: transitions.map(({ atMs, verdict: to, reason, leader }) => {
      return { at: times.textOf(atMs), verdict: to, reason, leader: leader ?? null };
    }),
  };
}

function stateOf({ kind }: Verdict, isHeld: boolean): VipState {
  if (kind === "hold") return isHeld ? "holding" : "acquiring";
  return isHeld ? "releasing" : "standby";
}

function linkOf({ interface: seen }: World): VipStatus["link"] {
  if (seen.kind === "unobserved") return "unknown";
  if (seen.kind === "absent") return "absent";
  return seen.isUp ? "up" : "down";
}

function leaseOf(
  verdict: Verdict,
  { timings, rules }: World,
  { nowMs, textOf: text }: Times,
): LeaseStatus {
  const lengthMs = leaseLengthMs(timings, rules.leaseMarginMs);
  if (verdict.kind === "yield") {
    return { lengthMs, until: null, remainingMs: null, isOpenEnded: false };
  }
  const remainingMs = Math.max(0, Math.round(verdict.provenUntilMs - nowMs));
  const isOpenEnded = verdict.reason === "paused" || verdict.reason === "failsafe";
  return { lengthMs, until: text(verdict.provenUntilMs), remainingMs, isOpenEnded };
}

function leaderOf(world: World, times: Times): LeaderStatus {
  const { leader } = world;
  if (leader.kind === "unread") return unreadLeader;
  const named = leader.kind === "named" ? leader : undefined;
  return {
    state: leader.kind,
    member: named?.member ?? null,
    isMe: isNamed(world),
    session: named?.session ?? null,
    createIndex: named?.createIndex ?? null,
    seenAt: times.textOf(leader.askedAtMs),
    ageMs: Math.round(times.nowMs - leader.askedAtMs),
    since: times.textOf(leader.sinceMs),
  };
}

const unreadLeader: LeaderStatus = {
  state: "unread",
  member: null,
  isMe: false,
  session: null,
  createIndex: null,
  seenAt: null,
  ageMs: null,
  since: null,
};

function patroniOf({ patroni }: World, { nowMs }: Times): PatroniStatus | null {
  if (patroni.kind === "unheard") return null;
  const { role, postgres, timeline, hasLock, isPaused, isFailsafeActive } = patroni.state;
  const ageMs = Math.round(nowMs - patroni.askedAtMs);
  return {
    role,
    postgres,
    timeline: timeline ?? null,
    hasLock,
    isPaused,
    isFailsafeActive,
    ageMs,
  };
}

function optionalText(atMs: number | undefined, times: Times): string | null {
  return atMs === undefined ? null : times.textOf(atMs);
}
