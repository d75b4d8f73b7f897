/**
 * The picture of a run: a line for each phase, a column for each host, and below what is being done
 * right now. Pure: how far the run is, the terminal's size and the time make the lines.
 *
 *     apply on 6 hosts                                          1 min 12 s
 *                       dcs1  dcs2  dcs3  db1   db2   db3   steps        time
 *     ok consul-servers +9    +9    +9                         27        31 s
 *     >  consul-agents                    3..   .     ok        3       4.2 s
 *
 * It is never wider or higher than the terminal, since a picture that scrolls could not be drawn over.
 * What is being done gives way first; all phases and the last sentence always have room, or there is
 * no picture at all.
 */
import type { Style, Tone } from "../../style.ts";
import { type RunEnded, endingText, endingTone } from "./ending.ts";
import { type Line, line, painted } from "./line.ts";
import type { Activity, Cell, PhaseRow, Progress, State } from "./progress.ts";
import { counted, durationText } from "./words.ts";
import { cut, evenWidth, wrapLine } from "./wrap.ts";

export type Size = { readonly columns: number; readonly rows: number };

/** Below that, sentences are in shreds. */
const minColumns = 50;

const maxEndingLines = 3;

/** Title, head, ten phases, the last sentence, and the cursor's own. */
const minRows = 2 + 10 + maxEndingLines + 1;

const markWidth = 3;
const phaseWidth = 16;
const minCellWidth = 4;
const gap = 2;
const stepsWidth = 5;

/** A picture that needs less is as wide as that, for the sake of its sentences. */
const usualWidth = 79;
const timeWidth = 12;

const marks: Readonly<Record<State, string>> = {
  waiting: ".",
  busy: ">",
  done: "ok",
  failed: "!!",
  stopped: "--",
};

const tones: Readonly<Record<State, Tone>> = {
  waiting: "quiet",
  busy: "busy",
  done: "good",
  failed: "bad",
  stopped: "quiet",
};

export type BoardOptions = { readonly size: Size; readonly nowMs: number; readonly style: Style };

/** Undefined where the terminal is too small for it. The last line of the terminal stays free. */
export function boardLines(
  progress: Progress,
  { size, nowMs, style }: BoardOptions,
): readonly string[] | undefined {
  const columns = columnsFor(progress.hosts, size);
  if (columns === undefined || size.columns < minColumns || size.rows < minRows) return undefined;
  const { ending, startedAtMs } = progress;
  const elapsed = durationText((ending?.atMs ?? nowMs) - startedAtMs);
  const above = [line(ends(titleOf(progress), elapsed, columns.width), "title"), headOf(columns)];
  const table = progress.rows.map((row) => rowOf(row, { progress, columns, nowMs, style }));
  const room = size.rows - 1 - above.length - table.length;
  const below =
    ending === undefined
      ? activityLines(progress.activities, { width: columns.width, nowMs, room })
      : endingLines(ending.event, columns.width);
  const paint = (one: Line) => painted(one, style);
  return [...above.map(paint), ...table, ...below.map(paint)];
}

function titleOf({ verb, hosts }: Progress): string {
  return `${verb ?? "run"} on ${counted(hosts.length, "host")}`;
}

function endingLines(event: RunEnded, width: number): readonly Line[] {
  const lines = wrapLine(endingText(event), width).slice(0, maxEndingLines);
  return lines.map((text) => line(text, endingTone(event)));
}

function headOf({ labels, cellWidth, spare }: Columns): Line {
  const cells = labels.map((label) => label.padEnd(cellWidth + gap)).join("");
  const numbers = "steps".padStart(stepsWidth) + "time".padStart(timeWidth);
  return line(" ".repeat(markWidth + phaseWidth) + cells + spare + numbers, "quiet");
}

type RowOptions = {
  readonly progress: Progress;
  readonly columns: Columns;
  readonly nowMs: number;
  readonly style: Style;
};

function rowOf(row: PhaseRow, { progress, columns, nowMs, style }: RowOptions): string {
  const { cellWidth, spare } = columns;
  const cells = progress.hosts.map((host) => {
    const cell = row.cells.get(host);
    if (cell === undefined) return " ".repeat(cellWidth + gap);
    const text = cut(cellText(cell), cellWidth).padEnd(cellWidth + gap);
    return style.paint(tones[cell.state], text);
  });
  const mark = style.paint(tones[row.state], marks[row.state].padEnd(markWidth));
  const steps = cut(String(row.steps), stepsWidth).padStart(stepsWidth);
  const took = durationText(row.tookMs ?? nowMs - row.startedAtMs);
  const time = cut(took, timeWidth - 1).padStart(timeWidth);
  return mark + row.phase.padEnd(phaseWidth) + cells.join("") + spare + steps + time;
}

function cellText({ state, steps }: Cell): string {
  switch (state) {
    case "waiting":
      return ".";
    case "busy":
      return steps === 0 ? ".." : `${steps}..`;
    case "done":
      return steps === 0 ? "ok" : `+${steps}`;
    case "failed":
      return "FAIL";
    case "stopped":
      return steps === 0 ? "--" : `${steps}--`;
  }
}

type ActivityOptions = { readonly width: number; readonly nowMs: number; readonly room: number };

/** The oldest first: what hangs is among them. One line for the gap above, one for what is left out. */
function activityLines(
  activities: readonly Activity[],
  { width, nowMs, room }: ActivityOptions,
): readonly Line[] {
  if (activities.length === 0 || room < 2) return [];
  const fitting = activities.length < room ? activities.length : room - 2;
  const left = activities.length - fitting;
  const shown = activities.slice(0, fitting).map((one) => activityLine(one, width, nowMs));
  const rest = left === 0 ? [] : [line(`   and ${left} more`, "quiet")];
  return [line(""), ...shown, ...rest];
}

const maxWhoWidth = 20;

function activityLine({ who, what, sinceMs }: Activity, width: number, nowMs: number): Line {
  const name = cut(evenWidth(who), maxWhoWidth);
  const words = `   ${name.padEnd(9)}  ${evenWidth(what)}`;
  return line(ends(words, durationText(nowMs - sinceMs), width));
}

/** One text at the left edge, the other at the right. */
function ends(left: string, right: string, width: number): string {
  const room = width - right.length - 1;
  return `${cut(left, room).padEnd(room)} ${right}`;
}

type Columns = {
  /** One for each host. */
  readonly labels: readonly string[];
  readonly cellWidth: number;
  /** Blanks that bring the numbers to the right edge. */
  readonly spare: string;
  /** Of the whole picture. */
  readonly width: number;
};

/** By names as they are, or without what they have in common; undefined if neither has room. */
function columnsFor(hosts: readonly string[], { columns }: Size): Columns | undefined {
  // A character in the last column makes some terminals go on to the next line.
  const room = columns - 1;
  const names = hosts.map(evenWidth);
  for (const labels of [names, withoutCommon(names)]) {
    const cellWidth = Math.max(minCellWidth, ...labels.map(({ length }) => length));
    const cells = labels.length * (cellWidth + gap);
    const needed = markWidth + phaseWidth + cells + stepsWidth + timeWidth;
    const width = Math.max(needed, Math.min(room, usualWidth));
    if (needed <= room) return { labels, cellWidth, spare: " ".repeat(width - needed), width };
  }
  return undefined;
}

/** `test-db1.local` and `test-dcs1.local` are `db1` and `dcs1`: only whole parts of names go. */
function withoutCommon(names: readonly string[]): readonly string[] {
  const [first = "", ...others] = names;
  if (others.length === 0) return names;
  const starts = [...first.matchAll(/[-._]/gu)].map(({ index }) => first.slice(0, index + 1));
  const tails = [...first.matchAll(/\./gu)].map(({ index }) => first.slice(index));
  const start = starts.findLast((one) => others.every((name) => name.startsWith(one))) ?? "";
  const tail = tails.find((one) => others.every((name) => name.endsWith(one))) ?? "";
  const short = names.map((name) => name.slice(start.length, name.length - tail.length));
  return short.every((name) => name !== "") ? short : names;
}
