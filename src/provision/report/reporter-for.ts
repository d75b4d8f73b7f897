/**
 * Which reporter a run gets: who reads it decides.
 *
 * Asked for every step (`--verbose`), a terminal gets lines too: what else is written then would end up
 * in the middle of the board.
 */
import type { Writable } from "node:stream";

import type { Clock } from "../../clock.ts";
import { type Variables, isDumb, styleFor } from "../../style.ts";
import type { Size } from "./board.ts";
import { jsonReporter } from "./json.ts";
import { plainReporter } from "./plain.ts";
import type { Reporter } from "./reporter.ts";
import { type TerminalStream, terminalReporter } from "./terminal.ts";

export type Reading = {
  readonly isTerminal: boolean;
  readonly isJson: boolean;
  readonly isVerbose: boolean;
};

/** Where it is written to. */
export type Outlet = {
  readonly stream: TerminalStream;
  readonly size: () => Size;
  readonly variables: Variables;
  readonly clock?: Clock;
};

export function reporterFor(
  { isTerminal, isJson, isVerbose }: Reading,
  outlet: Outlet = outletOf(process.stdout),
): Reporter {
  const { stream, size, variables } = outlet;
  const write = (text: string) => stream.write(text);
  if (isJson) return jsonReporter(write);
  const clock = outlet.clock === undefined ? {} : { clock: outlet.clock };
  const options = { ...clock, style: styleFor(isTerminal, variables) };
  const hasBoard = isTerminal && !isVerbose && !isDumb(variables);
  return hasBoard
    ? terminalReporter(stream, size, options)
    : plainReporter(write, { ...options, isVerbose });
}

const usualSize: Size = { columns: 80, rows: 24 };

/** What writes; a terminal knows its size. */
export type OutletStream = Writable & { readonly columns?: number; readonly rows?: number };

/**
 * A reader that leaves (`| head`) makes the stream fail, and a failure that nobody hears ends the process.
 * A run goes on: half of it done is worse than nobody looking.
 */
export function outletOf(stream: OutletStream): Outlet {
  stream.on("error", () => undefined);
  const size = () => ({
    columns: stream.columns || usualSize.columns,
    rows: stream.rows || usualSize.rows,
  });
  return { stream, size, variables: process.env };
}
