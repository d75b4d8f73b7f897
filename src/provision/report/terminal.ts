/**
 * A run on a terminal: the board, drawn in place, and above it what must not be lost: each step that
 * has failed, each gate that stayed shut with its evidence, whatever is in the way.
 *
 * It is drawn at most ten times a second, over the picture before, and once more when the run ends. A
 * terminal that is too small gets the lines of a log instead, from the moment on at which it is. After a
 * change of its size nobody knows where the old picture stands: the next one begins below it.
 */
import { type Clock, systemClock } from "../../clock.ts";
import { type Style, plainStyle } from "../../style.ts";
import type { RunEvent } from "../phases/events.ts";
import { type Size, boardLines } from "./board.ts";
import { type Line, line, painted } from "./line.ts";
import { logLines } from "./log-lines.ts";
import { progressAfter, progressAt } from "./progress.ts";
import type { Reporter } from "./reporter.ts";
import { wrapLine } from "./wrap.ts";

/** Ten pictures a second are all that a person sees, and what a slow line can take. */
const minPauseMs = 100;

/** Times on the board go on while nothing happens. */
const tickMs = 1_000;

export type TerminalStream = {
  readonly write: (text: string) => unknown;
  /** A terminal that was stopped (Ctrl-S) takes nothing more. */
  readonly writableNeedDrain?: boolean;
};

export type TerminalOptions = { readonly clock?: Clock; readonly style?: Style };

export function terminalReporter(
  stream: TerminalStream,
  size: () => Size,
  { clock = systemClock(), style = plainStyle }: TerminalOptions = {},
): Reporter {
  let progress = progressAt(clock.nowMs());
  let isBegun = false;
  let isEnded = false;
  let lastAtMs = Number.NEGATIVE_INFINITY;
  /** Lines for above the board that are not written yet. */
  let waiting: readonly Line[] = [];
  let drawn: (Size & { readonly height: number }) | undefined;
  let alarm: { readonly atMs: number; readonly cancel: () => void } | undefined;

  const draw = (isForced: boolean) => {
    alarm?.cancel();
    alarm = undefined;
    const nowMs = clock.nowMs();
    if (!isForced && stream.writableNeedDrain === true) return wakeAt(nowMs + tickMs);
    lastAtMs = nowMs;
    const now = size();
    const board = boardLines(progress, { size: now, nowMs, style });
    const isInPlace = drawn?.columns === now.columns && drawn.rows === now.rows;
    const above = waiting.flatMap((one) => wrapped(one, now.columns - 1, style));
    const up = isInPlace && drawn !== undefined ? upText(drawn.height) : "";
    const lines = [...above, ...(board ?? [])];
    waiting = [];
    drawn = board === undefined ? undefined : { ...now, height: board.length };
    if (lines.length > 0) stream.write(up + lines.map(clearedLine).join("") + clearBelow);
    if (!isEnded) wakeAt(nowMs + tickMs);
  };

  const wakeAt = (atMs: number) => {
    if (alarm !== undefined && alarm.atMs <= atMs) return;
    alarm?.cancel();
    alarm = { atMs, cancel: clock.at(atMs, () => draw(false)) };
  };

  const tell = (event: RunEvent) => {
    if (isEnded) return;
    const nowMs = clock.nowMs();
    if (!isBegun) progress = progressAt(nowMs);
    isBegun = true;
    const before = progress;
    progress = progressAfter(before, event, nowMs);
    const hasBoard = boardLines(progress, { size: size(), nowMs, style }) !== undefined;
    if (!hasBoard || isToStay(event)) {
      waiting = [...waiting, ...logLines(event, { before, progress, nowMs, isVerbose: false })];
    }
    if (event.kind === "run-ended") return end();
    wakeAt(Math.max(nowMs, lastAtMs + minPauseMs));
  };

  const end = () => {
    if (isEnded) return;
    isEnded = true;
    if (isBegun) draw(true);
    else alarm?.cancel();
  };

  return { tell, end };
}

/** What a picture has no room for, and nobody may miss. */
function isToStay(event: RunEvent): boolean {
  if (event.kind === "step-ended") return !event.isDone;
  if (event.kind === "gate-ended") return !event.isOpen;
  return event.kind === "obstacles";
}

function wrapped({ text, tone, hang }: Line, width: number, style: Style): readonly string[] {
  return wrapLine(text, Math.max(width, 1), hang).map((part) => painted(line(part, tone), style));
}

const clearLine = "\u001B[2K";
const clearBelow = "\u001B[J";

/** Cleared before it is written: a picture is never seen half gone. */
function clearedLine(text: string): string {
  return `${clearLine}${text}\n`;
}

function upText(lines: number): string {
  return lines === 0 ? "" : `\u001B[${lines}A`;
}
