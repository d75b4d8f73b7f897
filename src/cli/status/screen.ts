/**
 * Where the status is shown: stdout and stderr, as far as the command needs to know them. Handed in,
 * so that a test has its own.
 */
import { isatty } from "node:tty";
import { type Style, styleFor } from "./layout.ts";

export type Screen = {
  /** Whether a person looks at it, as far as one can know. */
  readonly isTerminal: boolean;
  /** As wide as the terminal is now. */
  readonly style: () => Style;
  /** The terminal's lines; undefined where there is none. */
  readonly rows: () => number | undefined;
  /** A terminal that was stopped (Ctrl-S) takes nothing more. */
  readonly isStuck: () => boolean;
  readonly write: (text: string) => void;
  /** On stderr, so that stdout is the command's own. */
  readonly complain: (text: string) => void;
  /** Aborted when nobody reads any more. */
  readonly closed: AbortSignal;
};

export function thisScreen(): Screen {
  const { stdout, stderr } = process;
  const closing = new AbortController();
  // A pipe to `head` is closed as soon as that has what it wants.
  stdout.on("error", () => closing.abort());
  return {
    isTerminal: isatty(stdout.fd),
    style: () => styleFor(stdout, process.env),
    rows: () => (stdout.isTTY ? stdout.rows : undefined),
    isStuck: () => stdout.writableNeedDrain,
    write: (text) => void stdout.write(text),
    complain: (text) => void stderr.write(text),
    closed: closing.signal,
  };
}
