/**
 * All that a run of the benchmark found, and the rows of figures that are made of it.
 *
 * The rows are listed once, here: the table, the picture and the goals speak of the same ones.
 */
import type { Figures } from "./figures.ts";
import type { Idle } from "./idle.ts";
import type { MeasuredMove } from "./move.ts";
import { type Summary, summarize } from "./statistics.ts";

export type CandidateResult = {
  readonly name: string;
  readonly kind: "agent" | "floor" | "peer";
  readonly moves: readonly MeasuredMove[];
  /** From process start to the first verdict in the log; empty where the log is not known. */
  readonly firstVerdictMs: readonly number[];
  readonly idle: Idle | undefined;
};

export type Results = {
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly moves: number;
  readonly gapMs: number;
  readonly candidates: readonly CandidateResult[];
};

export type Row = {
  readonly id: string;
  readonly mode: MeasuredMove["mode"];
  readonly title: string;
  readonly figure: (figures: Figures) => number | undefined;
};

export const rows: readonly Row[] = [
  row("address", "direct", "address on the new host", ({ addressMs }) => addressMs),
  row("announced", "direct", "first ARP for the VIP at the client", (one) => one.announcedMs),
  row("gone", "direct", "address gone from the old host", ({ goneMs }) => goneMs),
  row("overlap", "direct", "both hosts accepting packets", ({ overlapMs }) => overlapMs),
  row("silence", "direct", "client without an answer", ({ silenceMs }) => silenceMs),
  row("still", "direct", "the same while nothing moves", ({ stillSilenceMs }) => stillSilenceMs),
  row("told", "direct", "(Consul's answer to the new host)", ({ toldMs }) => toldMs),
  row("gap-address", "gap", "address on the new host", ({ addressMs }) => addressMs),
  row("gap-announced", "gap", "first ARP for the VIP at the client", (one) => one.announcedMs),
  row("gap-overlap", "gap", "both hosts accepting packets", ({ overlapMs }) => overlapMs),
  row("gap-silence", "gap", "client without an answer", ({ silenceMs }) => silenceMs),
  row("gap-added", "gap", "the same minus the gap", ({ addedSilenceMs }) => addedSilenceMs),
  row("gap-told", "gap", "(Consul's answer to the new host)", ({ toldMs }) => toldMs),
];

export function rowOf(id: string): Row {
  const found = rows.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no row ${id}`);
  return found;
}

/** Undefined when no move of that mode has the figure. */
export function summaryOf({ moves }: CandidateResult, { mode, figure }: Row): Summary | undefined {
  const figures = moves.filter((move) => move.mode === mode).map((move) => figure(move.figures));
  return summarize(figures.filter((one) => one !== undefined));
}

function row(id: string, mode: Row["mode"], title: string, figure: Row["figure"]): Row {
  return { id, mode, title, figure };
}
