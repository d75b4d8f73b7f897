/**
 * All that a chaos run found, and the figures that are made of it. Pure.
 */
import type { Candidate } from "./actors.ts";
import { faultKinds, type FaultKind } from "./faults.ts";
import type { Excuse } from "./losses.ts";
import type { Overlap, OverlapCause } from "./overlaps.ts";
import { isBroken, type RoundResult } from "./round.ts";
import { lengthMs } from "./spans.ts";

export type NotPlayed = { readonly seed: number; readonly problem: string };

export type CandidateResult = {
  readonly name: string;
  readonly isPeer: boolean;
  readonly rounds: readonly RoundResult[];
  /** The lab failed, not the daemon. */
  readonly notPlayed: readonly NotPlayed[];
};

export type Results = {
  readonly date: string;
  readonly seed: number;
  readonly rounds: number;
  readonly worlds: number;
  readonly candidates: readonly CandidateResult[];
};

export type Figures = {
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly overlaps: number;
  /** The longest of each cause. */
  readonly worstOverlaps: Readonly<Partial<Record<OverlapCause, Overlap>>>;
  readonly overlapsBeyond: number;
  /** The time that all overlaps together lasted beyond their bounds. */
  readonly beyondMs: number;
  readonly needlessLosses: number;
  readonly needlessMs: number;
  readonly longestNeedlessMs: number;
  readonly excusedLosses: Readonly<Partial<Record<Excuse, number>>>;
  readonly boundAfterMs: readonly number[];
  readonly answeredAfterMs: readonly number[];
  readonly healedAfterMs: readonly number[];
  readonly unhealed: number;
  readonly worstLagMs: number;
};

export const overlapCauses: readonly OverlapCause[] = [
  "live",
  "by-hand",
  "dead",
  "frozen",
  "blind",
  "on-the-wire-only",
];

export function resultOf(
  { name, command }: Candidate,
  rounds: readonly RoundResult[],
  notPlayed: readonly NotPlayed[],
): CandidateResult {
  return { name, isPeer: command !== undefined, rounds, notPlayed };
}

export function figuresOf({ rounds }: CandidateResult): Figures {
  const overlaps = rounds.flatMap((round) => round.overlaps);
  const losses = rounds.flatMap((round) => round.losses);
  const takeovers = rounds.flatMap((round) => round.takeovers);
  const beyond = overlaps.filter(({ beyondMs }) => beyondMs > 0);
  const needless = losses
    .filter(({ excuse }) => excuse === undefined)
    .map(({ needlessMs }) => needlessMs);
  return {
    faults: countFaults(rounds),
    overlaps: overlaps.length,
    worstOverlaps: worstByCause(overlaps),
    overlapsBeyond: beyond.length,
    beyondMs: sum(beyond.map(({ beyondMs }) => beyondMs)),
    needlessLosses: needless.length,
    needlessMs: sum(needless),
    longestNeedlessMs: Math.max(0, ...needless),
    excusedLosses: countBy(losses.flatMap(({ excuse }) => excuse ?? [])),
    boundAfterMs: takeovers.flatMap(({ boundAfterMs }) => boundAfterMs ?? []),
    answeredAfterMs: takeovers.flatMap(({ answeredAfterMs }) => answeredAfterMs ?? []),
    healedAfterMs: rounds.flatMap(({ healedAfterMs }) => healedAfterMs ?? []),
    unhealed: rounds.filter(({ unhealed }) => unhealed !== undefined).length,
    worstLagMs: Math.max(0, ...rounds.map(({ lagMs }) => lagMs)),
  };
}

/** Whether vip-agent kept its promises. A round that was not played proves nothing, so it counts. */
export function isGood({ candidates }: Results): boolean {
  return candidates
    .filter(({ isPeer }) => !isPeer)
    .every(({ rounds, notPlayed }) => notPlayed.length === 0 && !rounds.some(isBadRound));
}

export function isBadRound(round: RoundResult): boolean {
  return isBroken({ ...round, unhealed: round.unhealed });
}

function countFaults(rounds: readonly RoundResult[]): Readonly<Record<FaultKind, number>> {
  const counted = countBy(rounds.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  const none = Object.fromEntries(Object.keys(faultKinds).map((kind) => [kind, 0]));
  // Every kind of the table is a key of the first.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { ...none, ...counted } as Record<FaultKind, number>;
}

function countBy<Word extends string>(words: readonly Word[]): Partial<Record<Word, number>> {
  const counts: Partial<Record<Word, number>> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function worstByCause(overlaps: readonly Overlap[]): Figures["worstOverlaps"] {
  const worst: Partial<Record<OverlapCause, Overlap>> = {};
  for (const overlap of overlaps) {
    const present = worst[overlap.cause];
    if (present === undefined || lengthMs(overlap) > lengthMs(present)) {
      worst[overlap.cause] = overlap;
    }
  }
  return worst;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
