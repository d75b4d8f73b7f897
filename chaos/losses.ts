/**
 * The second judge: when did the leader's host lose the VIP, and did anything make that necessary?
 * Pure.
 *
 * A loss is an address that the kernel removes on a host which the key names, or named last before it
 * went missing. It is needless unless one of the excuses below holds; each is a thing that the agent
 * could not have survived by the numbers of bounds.ts. What happened to other hosts, to Consul servers
 * while the local client still found a leader in time, or to the agent for a moment, is no excuse.
 *
 * Hand-made removals cost the VIP for as long as it takes to put it back: more than `returnMs` is
 * needless.
 */
import {
  deathSurvivedMs,
  gapSurvivedMs,
  lifetimeMs,
  returnMs,
  sightSlackMs,
  silenceSurvivedMs,
} from "./bounds.ts";
import type { Evidence, Removal } from "./evidence.ts";
import { lastOwnedMs, ownerAt } from "./owner.ts";
import { contains, lengthMs, type Span } from "./spans.ts";

export type Excuse =
  | "agent-stopped"
  | "agent-dead"
  | "agent-frozen"
  | "consul-silent"
  | "started-in-silence"
  | "key-gone-too-long"
  | "silence-in-gap"
  | "started-in-gap"
  | "by-hand";

export type Loss = Span & {
  readonly host: string;
  /** Undefined: nothing made it necessary. */
  readonly excuse: Excuse | undefined;
  /** How much of it nothing made necessary; what comes later may have become so. */
  readonly needlessMs: number;
};

/** An address that goes is seen a moment after its cause. */
const afterMs = 200;

export function lossesIn(evidence: Evidence): readonly Loss[] {
  return evidence.removals.flatMap((removal) => {
    if (isDue(removal, evidence)) return [];
    const loss = { ...spanOf(removal, evidence), host: removal.host };
    const excuse = excuseFor(loss, evidence);
    const needlessMs = excuse === undefined ? needlessPartMs(loss, evidence) : 0;
    return [{ ...loss, excuse, needlessMs }];
  });
}

/** The key names somebody else, or is about to be seen to: then the VIP had to go. */
function isDue({ host, atMs }: Removal, { keySteps, toMs }: Evidence): boolean {
  const owner = ownerAt(keySteps, atMs);
  if (owner !== undefined) {
    if (owner !== host) return true;
    const next = keySteps.find((step) => step.atMs > atMs && step.host !== host);
    return next?.host !== undefined && next.atMs - atMs <= sightSlackMs;
  }
  const lastOwner = keySteps.findLast((step) => step.atMs <= atMs && step.host !== undefined);
  if (lastOwner?.host !== host) return true;
  const next = keySteps.find((step) => step.atMs > atMs && step.host !== undefined);
  const nextAtMs = next?.atMs ?? toMs;
  return next?.host !== host && nextAtMs - atMs <= sightSlackMs;
}

/** Until the VIP is back, the key names another, or the round is over. */
function spanOf({ host, atMs }: Removal, { holds, keySteps, toMs }: Evidence): Span {
  const back = holds.find((hold) => hold.host === host && hold.fromMs >= atMs);
  const moved = keySteps.find((step) => {
    return step.atMs >= atMs && step.host !== undefined && step.host !== host;
  });
  return { fromMs: atMs, toMs: Math.min(back?.fromMs ?? toMs, moved?.atMs ?? toMs, toMs) };
}

type Owned = Span & { readonly host: string };

function excuseFor(loss: Owned, evidence: Evidence): Excuse | undefined {
  return (
    excuseByHand(loss, evidence) ??
    excuseByAgent(loss, evidence) ??
    excuseBySilence(loss, evidence) ??
    excuseByGap(loss, evidence)
  );
}

function excuseByHand(loss: Owned, { handMade }: Evidence): Excuse | undefined {
  const wasByHand = handMade.some(({ host, kind, atMs }) => {
    const reach = { fromMs: atMs - afterMs, toMs: atMs + afterMs };
    return host === loss.host && kind === "removed" && contains(reach, loss.fromMs);
  });
  return wasByHand && lengthMs(loss) <= returnMs ? "by-hand" : undefined;
}

function excuseByAgent(loss: Owned, { agentSpans, blindSpans }: Evidence): Excuse | undefined {
  for (const span of agentSpans) {
    if (span.host !== loss.host || span.fromMs > loss.fromMs) continue;
    // What the kernel was last told runs for a lifetime at most, and the agent has to start.
    if (loss.fromMs > span.toMs + lifetimeMs) continue;
    if (span.kind === "stopped") return "agent-stopped";
    const goneMs = Math.min(span.toMs, loss.fromMs) - span.fromMs;
    if (goneMs >= deathSurvivedMs) return span.kind === "frozen" ? "agent-frozen" : "agent-dead";
    const wasBlind = blindSpans.some((blind) => {
      return blind.host === loss.host && blind.toMs > span.fromMs && blind.fromMs < loss.fromMs;
    });
    // It knew nothing, and nobody told it before the kernel's time was over.
    if (wasBlind) return "started-in-silence";
  }
  return undefined;
}

function excuseBySilence(loss: Owned, { blindSpans, timings }: Evidence): Excuse | undefined {
  const survivedMs = silenceSurvivedMs(timings);
  const isTooLong = blindSpans.some((blind) => {
    const reach = { fromMs: blind.fromMs + survivedMs, toMs: blind.toMs + afterMs };
    return blind.host === loss.host && contains(reach, loss.fromMs);
  });
  return isTooLong ? "consul-silent" : undefined;
}

function excuseByGap(loss: Owned, evidence: Evidence): Excuse | undefined {
  const { keySteps, blindSpans, agentSpans, timings } = evidence;
  const goneAtMs = lastOwnedMs(keySteps, loss.host, loss.fromMs);
  if (goneAtMs >= loss.fromMs) return undefined;
  if (loss.fromMs - goneAtMs >= gapSurvivedMs(timings)) return "key-gone-too-long";
  const gap = { fromMs: goneAtMs, toMs: loss.fromMs };
  const inGap = (span: Owned): boolean => {
    return span.host === loss.host && span.fromMs <= gap.toMs && span.toMs >= gap.fromMs - afterMs;
  };
  if (blindSpans.some(inGap)) return "silence-in-gap";
  return agentSpans.some(inGap) ? "started-in-gap" : undefined;
}

/** A loss that came too early in a silence, or in a gap, is necessary from the time that it should have. */
function needlessPartMs(loss: Owned, { blindSpans, keySteps, timings }: Evidence): number {
  const ends = blindSpans
    .filter((blind) => blind.host === loss.host && contains(blind, loss.fromMs))
    .map((blind) => ({ dueMs: blind.fromMs + silenceSurvivedMs(timings), toMs: blind.toMs }));
  const goneAtMs = lastOwnedMs(keySteps, loss.host, loss.fromMs);
  const next = keySteps.find((step) => step.atMs > goneAtMs && step.host !== undefined);
  if (goneAtMs < loss.fromMs) {
    ends.push({ dueMs: goneAtMs + gapSurvivedMs(timings), toMs: next?.atMs ?? Infinity });
  }
  const dues = ends.filter(({ dueMs, toMs }) => toMs >= dueMs).map(({ dueMs }) => dueMs);
  return Math.min(loss.toMs, ...dues) - loss.fromMs;
}
