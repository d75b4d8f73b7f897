/**
 * A run as lines, for the log of a job or for `tee`: no colour, nothing drawn over.
 */
import { type Clock, systemClock } from "../../clock.ts";
import { type Style, plainStyle } from "../../style.ts";
import { textOf } from "./line.ts";
import { logLines } from "./log-lines.ts";
import { progressAfter, progressAt } from "./progress.ts";
import type { Reporter } from "./reporter.ts";

export type PlainOptions = {
  readonly clock?: Clock;
  /** The beginning of each step too, so that one that hangs is named. */
  readonly isVerbose?: boolean;
  /** For a terminal that is to have lines. */
  readonly style?: Style;
};

export function plainReporter(
  write: (text: string) => unknown,
  { clock = systemClock(), isVerbose = false, style = plainStyle }: PlainOptions = {},
): Reporter {
  let progress = progressAt(clock.nowMs());
  let isBegun = false;
  const tell: Reporter["tell"] = (event) => {
    const nowMs = clock.nowMs();
    if (!isBegun) progress = progressAt(nowMs);
    isBegun = true;
    const before = progress;
    progress = progressAfter(before, event, nowMs);
    const text = textOf(logLines(event, { before, progress, nowMs, isVerbose }), style);
    if (text !== "") write(text);
  };
  return { tell, end: () => undefined };
}
