/**
 * The first judge: when did two hosts hold the VIP at once, why, and was it longer than bounds.ts
 * allows? Pure.
 *
 * Looked at twice. In the kernels: the VIP is bound on two hosts whose links are up. On the wire: two
 * MACs answer the same question. The second must never see more than the first; if it does, one of the
 * observers is wrong, which counts as a broken bound too.
 */
import { deadMs, hangMs, leaseMs, liveMs, startMs } from "./bounds.ts";
import type { Evidence, HostSpan } from "./evidence.ts";
import { ownerAt, lastOwnedMs } from "./owner.ts";
import { contains, intersection, lengthMs, touches, type Span } from "./spans.ts";
import type { HostName } from "../lab/network.ts";

export type OverlapCause = "live" | "dead" | "frozen" | "blind" | "by-hand" | "on-the-wire-only";

export type Overlap = Span & {
  /** Who should not have held it, then who held it besides. */
  readonly hosts: readonly [wrong: HostName, other: HostName];
  readonly cause: OverlapCause;
  /** The longest that this overlap could have been within its bound. */
  readonly boundMs: number;
  /** How much longer it was; 0 when it was within. */
  readonly beyondMs: number;
  /** For how long of it both answered on the wire. */
  readonly onWireMs: number;
};

/** A tick of the asker on a busy machine; spans on the wire are no more exact than this. */
const wireGrainMs = 100;

export function overlapsIn(evidence: Evidence): readonly Overlap[] {
  const inKernels = pairsOf(evidence.holds).map((pair) => judge(pair, evidence));
  const onWire = pairsOf(evidence.wireSpans)
    .filter((pair) => !inKernels.some((overlap) => touches(overlap, pair, wireGrainMs)))
    .filter((pair) => lengthMs(pair) > wireGrainMs)
    .map((pair): Overlap => {
      const beyondMs = lengthMs(pair);
      return { ...pair, cause: "on-the-wire-only", boundMs: 0, beyondMs, onWireMs: beyondMs };
    });
  return [...inKernels, ...onWire].toSorted((one, other) => one.fromMs - other.fromMs);
}

type Pair = Span & { readonly hosts: readonly [HostName, HostName] };

function pairsOf(spans: readonly HostSpan[]): readonly Pair[] {
  return spans.flatMap((one, index) =>
    spans.slice(index + 1).flatMap((other) => {
      const shared = one.host === other.host ? undefined : intersection(one, other);
      return shared === undefined ? [] : [{ ...shared, hosts: [one.host, other.host] as const }];
    }),
  );
}

function judge(pair: Pair, evidence: Evidence): Overlap {
  const owner = ownerAt(evidence.keySteps, pair.toMs);
  const suspects = pair.hosts.filter((host) => host !== owner);
  const deadlines = suspects.map((host) => ({ host, ...deadlineOf(host, pair, evidence) }));
  const first = deadlines.toSorted((one, other) => one.atMs - other.atMs)[0];
  // Two hosts cannot both be the owner.
  if (first === undefined) throw new Error(`no suspect among ${pair.hosts.join(" and ")}`);
  const other = pair.hosts.find((host) => host !== first.host) ?? first.host;
  return {
    fromMs: pair.fromMs,
    toMs: pair.toMs,
    hosts: [first.host, other],
    cause: first.cause,
    boundMs: Math.max(0, first.atMs - pair.fromMs),
    beyondMs: Math.max(0, pair.toMs - first.atMs),
    onWireMs: sharedOnWireMs(pair, evidence),
  };
}

type Deadline = { readonly atMs: number; readonly cause: OverlapCause };

/** When this host had to be without the VIP at the latest. */
function deadlineOf(host: HostName, overlap: Span, evidence: Evidence): Deadline {
  const { keySteps, agentSpans, blindSpans, handMade, timings } = evidence;
  const since = lastOwnedMs(keySteps, host, overlap.toMs);
  // What befell its agent counts from when the key left it; where it never had it, only the overlap.
  const leftMs = Number.isFinite(since) ? Math.min(since, overlap.fromMs) : overlap.fromMs;
  const concerned: Span = { fromMs: leftMs, toMs: overlap.toMs };
  const nearby: Span = { fromMs: overlap.fromMs - liveMs, toMs: overlap.toMs };
  const wasAdded = handMade.some((hand) => {
    return hand.host === host && hand.kind === "added" && contains(nearby, hand.atMs);
  });
  const candidates: Deadline[] = [
    {
      atMs: Math.max(since, overlap.fromMs) + liveMs,
      cause: wasAdded ? "by-hand" : "live",
    },
  ];
  for (const span of agentSpans) {
    const reachMs = span.kind === "frozen" ? liveMs : startMs;
    // One that is over did its harm before: what comes later is a live agent's.
    if (span.host !== host || !touches(span, concerned, reachMs)) continue;
    const cause = span.kind === "frozen" ? "frozen" : "dead";
    candidates.push({ atMs: span.fromMs + deadMs, cause });
  }
  for (const span of blindSpans) {
    if (span.host !== host || !touches(span, concerned, hangMs)) continue;
    candidates.push({ atMs: span.fromMs + leaseMs(timings) + liveMs, cause: "blind" });
  }
  return candidates.reduce((latest, one) => (one.atMs > latest.atMs ? one : latest));
}

function sharedOnWireMs(pair: Pair, { wireSpans }: Evidence): number {
  const shared = pairsOf(wireSpans).filter(({ hosts }) => {
    return hosts.every((host) => pair.hosts.includes(host));
  });
  return shared.reduce((sum, span) => {
    const common = intersection(span, {
      fromMs: pair.fromMs - wireGrainMs,
      toMs: pair.toMs + wireGrainMs,
    });
    return sum + (common === undefined ? 0 : lengthMs(common));
  }, 0);
}
