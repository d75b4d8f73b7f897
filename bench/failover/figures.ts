/**
 * From what was seen around one event to its figures.
 *
 *     strike      key gone   key of another   writable there
 *       │            │            │               │
 *   ────┴────────────┴────────────┴───────────────┴──────────→
 *   commits│             outage                    │commits
 *
 * Two writers are compared: one knows only the VIP, the other the hosts' own addresses. What the first
 * loses more than the second is the price of the VIP. Pure; all times are monotonic milliseconds, and
 * figures are counted from the strike.
 */
import { longestCount, type HoldChange, type Stretch } from "../faults/figures.ts";
import {
  outageOf,
  writerFiguresOf,
  type Attempt,
  type Manner,
  type Span,
  type WriterFigures,
} from "./writes.ts";

/** Whose the leader key is from then on; undefined: nobody's. */
export type Ownership = { readonly atMs: number; readonly host: string | undefined };

export type Observed = { readonly writes: readonly Attempt[]; readonly manner: Manner };

export type Seen = {
  readonly struckAtMs: number;
  /** All was well again. */
  readonly endMs: number;
  /** The host that led at the strike. */
  readonly leader: string;
  readonly vip: Observed;
  readonly direct: Observed;
  readonly owners: readonly Ownership[];
  readonly changes: readonly HoldChange[];
};

export type Figures = {
  readonly vip: WriterFigures;
  readonly direct: WriterFigures;
  /** The longest time without a commit through the VIP in the second before the strike. */
  readonly stillMs: number;
  /** How long nobody had the key, all in all. */
  readonly keyFreeMs: number;
  /** When the key named another member for the first time. */
  readonly keyMovedMs: number | undefined;
  /** Commits through the VIP on a host while the key named another. */
  readonly strayWrites: number;
  /** The answer to the last of them, from the moment at which the key began to name another. */
  readonly lastStrayMs: number;
  /** When the last of them was run; 0 where that was before the key named another. */
  readonly lastStrayRanMs: number;
  /** Commits through the VIP while nobody had the key. */
  readonly keylessWrites: number;
  /** Longest time in which more than one host had the VIP. */
  readonly overlap: Stretch;
  /** Longest time in which no host had it. */
  readonly absence: Stretch;
  /** When the host that led had it no more; undefined: it had it all the time. */
  readonly leftMs: number | undefined;
  /** The last commit that the other writer had before its outage. */
  readonly stoppedMs: number;
  /** Its first commit on another host than the one that led. */
  readonly elsewhereMs: number | undefined;
};

const stillSpanMs = 1_000;

export function figuresOf(seen: Seen): Figures {
  const { struckAtMs, endMs, leader, vip, direct, owners } = seen;
  const span: Span = { fromMs: struckAtMs, toMs: endMs };
  const changes = seen.changes.toSorted((one, other) => one.atMs - other.atMs);
  const window = { faultAtMs: struckAtMs, endMs };
  const directFigures = writerFiguresOf(direct.writes, span, direct.manner);
  const moved = owners.find(({ atMs, host }) => {
    return atMs > struckAtMs && atMs <= endMs && host !== undefined && host !== leader;
  });
  const elsewhere = direct.writes.find(({ atMs, outcome, host }) => {
    return atMs > struckAtMs && atMs <= endMs && outcome === "committed" && host !== leader;
  });
  return {
    vip: writerFiguresOf(vip.writes, span, vip.manner),
    direct: directFigures,
    stillMs: outageOf(vip.writes, stillSpanOf(struckAtMs), vip.manner).ms,
    keyFreeMs: keyFreeOf(owners, span),
    keyMovedMs: moved && moved.atMs - struckAtMs,
    ...straysOf(vip.writes, owners, span),
    overlap: longestCount(changes, window, (holders) => holders > 1),
    absence: longestCount(changes, window, (holders) => holders === 0),
    leftMs: leftOf(changes, seen),
    stoppedMs: directFigures.outage.fromMs - struckAtMs,
    elsewhereMs: elsewhere && elsewhere.atMs - struckAtMs,
  };
}

/** It ends a little early: the span is widened to the next commit, which may be after the strike. */
function stillSpanOf(struckAtMs: number): Span {
  return { fromMs: struckAtMs - stillSpanMs, toMs: struckAtMs - stillSpanMs / 10 };
}

function keyFreeOf(owners: readonly Ownership[], { fromMs, toMs }: Span): number {
  return owners.reduce((sum, { atMs, host }, index) => {
    if (host !== undefined) return sum;
    const untilMs = Math.min(owners[index + 1]?.atMs ?? toMs, toMs);
    return sum + Math.max(0, untilMs - Math.max(atMs, fromMs));
  }, 0);
}

/**
 * A commit is a stray when its answer came while the key named another host: the answer is later than
 * the commit, so that none is missed; the key's stamp is later than its commit too, by a millisecond
 * or two. How late a stray is, is told twice: by its answer, which on a busy machine comes long after what
 * it answers, and by the moment at which its server ran it. The commit lies between the two.
 */
function straysOf(writes: readonly Attempt[], owners: readonly Ownership[], span: Span) {
  let strayWrites = 0;
  let lastStrayMs = 0;
  let lastStrayRanMs = 0;
  let keylessWrites = 0;
  for (const { atMs, ranAtMs = atMs, startedAtMs, outcome, host } of writes) {
    if (outcome !== "committed" || atMs < span.fromMs || atMs > span.toMs) continue;
    const at = owners.findLastIndex((owner) => owner.atMs <= atMs);
    const owner = owners[at];
    if (owner === undefined || owner.host === host) continue;
    if (owner.host === undefined) {
      if (startedAtMs >= owner.atMs) keylessWrites += 1;
      continue;
    }
    strayWrites += 1;
    const movedMs = movedAwayMs(owners, at, host);
    lastStrayMs = Math.max(lastStrayMs, atMs - movedMs);
    lastStrayRanMs = Math.max(lastStrayRanMs, ranAtMs - movedMs);
  }
  return { strayWrites, lastStrayMs, lastStrayRanMs, keylessWrites };
}

/** The earliest moment since which the key has only named others than this host. */
function movedAwayMs(owners: readonly Ownership[], at: number, host: string | undefined): number {
  let since = at;
  while (since > 0 && owners[since - 1]?.host !== host) since -= 1;
  const named = owners.slice(since, at + 1).find((owner) => owner.host !== undefined);
  return named?.atMs ?? 0;
}

function leftOf(changes: readonly HoldChange[], { struckAtMs, endMs, leader }: Seen) {
  const held = new Set<string>();
  for (const { atMs, host, address, kind } of changes) {
    if (host !== leader || atMs > endMs) continue;
    if (kind !== "deleted") held.add(address);
    else if (held.delete(address) && held.size === 0 && atMs > struckAtMs) return atMs - struckAtMs;
  }
  return undefined;
}
