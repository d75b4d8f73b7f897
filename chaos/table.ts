/**
 * The results as text: one table for people, and the whole story of each round that broke something.
 * Pure.
 */
import { markdown } from "../bench/table.ts";
import { summarize } from "../bench/statistics.ts";
import { deadMs, liveMs } from "./bounds.ts";
import { faultKinds } from "./faults.ts";
import {
  figuresOf,
  isBadRound,
  overlapCauses,
  type CandidateResult,
  type Figures,
  type Results,
} from "./results.ts";
import type { RoundResult } from "./round.ts";
import type { OverlapCause } from "./overlaps.ts";
import { lengthMs } from "./spans.ts";

type Cell = (figures: Figures, candidate: CandidateResult) => string;
type Row = readonly [title: string, cell: Cell];

const causeTitles: Readonly<Record<OverlapCause, string>> = {
  live: `agent alive, bound ${liveMs} ms`,
  "by-hand": `VIP added by hand, bound ${liveMs} ms`,
  dead: `agent dead, bound ${deadMs} ms from its death`,
  frozen: `agent frozen, bound ${deadMs} ms from then`,
  blind: "agent without Consul, bound the lease",
  "on-the-wire-only": "on the wire only (an observer is wrong)",
};

const rows: readonly Row[] = [
  ["rounds", (_, { rounds }) => String(rounds.length)],
  ["faults injected", ({ faults }) => String(total(Object.values(faults)))],
  ["two holders at once, times", ({ overlaps }) => String(overlaps)],
  ...overlapCauses.map((cause): Row => [`– worst, ${causeTitles[cause]}`, worstOf(cause)]),
  ["**overlaps beyond the bound**", beyond],
  ["**VIP lost without need**", needless],
  ["VIP lost, made necessary by a fault", excused],
  ["key moved → VIP bound, median / worst", ({ boundAfterMs }) => spread(boundAfterMs)],
  ["key moved → client answered, median / worst", (one) => spread(one.answeredAfterMs)],
  ["faults over → all well, median / worst", ({ healedAfterMs }) => spread(healedAfterMs)],
  ["**rounds not well again in time**", ({ unhealed }) => String(unhealed)],
  ["rounds that the lab could not play", (_, { notPlayed }) => String(notPlayed.length)],
  ["longest stall of the harness", ({ worstLagMs }) => ms(worstLagMs)],
];

const peerNote = `Another daemon knows no hand-over by signal: its restart is SIGTERM, SIGKILL where it does not end
within three seconds, and a start. The bounds are those of vip-agent, for all.`;

export function tablesOf(results: Results): string {
  const { candidates, seed, rounds, worlds, date } = results;
  const figures = candidates.map((candidate) => [figuresOf(candidate), candidate] as const);
  const head = ["", ...candidates.map(({ name }) => name)];
  const lines = rows.map(([title, cell]) => [title, ...figures.map((one) => cell(...one))]);
  const faults = Object.entries(faultKinds).map(([kind, title]) => {
    return [title, ...figures.map(([{ faults: counts }]) => String(countOf(counts, kind)))];
  });
  return [
    `${date}; ${rounds} rounds from seed ${seed}, ${worlds} worlds side by side.`,
    markdown([head, ...lines]),
    markdown([["fault", ...head.slice(1)], ...faults]),
    ...(candidates.some(({ isPeer }) => isPeer) ? [peerNote] : []),
  ].join("\n\n");
}

/** What broke, how to see it again, and what happened before. */
export function storiesOf({ candidates }: Results): string {
  const stories = candidates.flatMap(({ name, rounds, notPlayed, isPeer }) => [
    // A peer breaks bounds by design, in every other round; its figures say enough.
    ...(isPeer ? [] : rounds.filter(isBadRound).map((round) => storyOf(name, round))),
    ...notPlayed.map(({ seed, problem }) => `${name}, seed ${seed}: not played: ${problem}`),
  ]);
  return stories.join("\n\n");
}

export function storyOf(name: string, round: RoundResult): string {
  return [
    `${name}, seed ${round.seed}: ${broken(round).join("; ")}`,
    `replay: npm run chaos -- --seed ${round.seed} --rounds 1`,
    ...round.timeline,
  ].join("\n");
}

/** In one line, for the progress of a run. */
export function gistOf(round: RoundResult): string {
  const faults = round.faults.map(({ kind, target }) => `${kind} ${target}`).join(", ");
  const verdict = isBadRound(round) ? broken(round).join("; ") : "well";
  return `seed ${round.seed}: ${faults || "no fault"}: ${verdict}`;
}

function broken({ overlaps, losses, unhealed }: RoundResult): readonly string[] {
  return [
    ...overlaps
      .filter(({ beyondMs }) => beyondMs > 0)
      .map((one) => {
        const [wrong, other] = one.hosts;
        return `${wrong} held beside ${other} for ${ms(lengthMs(one))} (${one.cause}, bound ${ms(one.boundMs)})`;
      }),
    ...losses
      .filter(({ excuse }) => excuse === undefined)
      .map((one) => `${one.host} lost the VIP without need for ${ms(one.needlessMs)}`),
    ...(unhealed === undefined ? [] : [`not well again: ${unhealed}`]),
  ];
}

function worstOf(cause: OverlapCause): Cell {
  return ({ worstOverlaps }) => {
    const worst = worstOverlaps[cause];
    if (worst === undefined) return "–";
    return worst.beyondMs > 0 ? `${ms(lengthMs(worst))} (broken)` : ms(lengthMs(worst));
  };
}

function beyond({ overlapsBeyond, beyondMs }: Figures): string {
  return overlapsBeyond === 0 ? "0" : `${overlapsBeyond}, together ${ms(beyondMs)} too long`;
}

function needless({ needlessLosses, needlessMs, longestNeedlessMs }: Figures): string {
  if (needlessLosses === 0) return "0";
  return `${needlessLosses}, together ${ms(needlessMs)}, the longest ${ms(longestNeedlessMs)}`;
}

function excused({ excusedLosses }: Figures): string {
  const parts = Object.entries(excusedLosses).map(([excuse, count]) => `${count} ${excuse}`);
  return parts.length === 0 ? "0" : parts.join(", ");
}

function spread(values: readonly number[]): string {
  const summary = summarize(values);
  return summary === undefined
    ? "–"
    : `${ms(summary.median)} / ${ms(summary.max)} (${values.length})`;
}

function ms(value: number): string {
  return value < 9_999.5 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(1)} s`;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function countOf(counts: Readonly<Record<string, number>>, kind: string): number {
  return counts[kind] ?? 0;
}
