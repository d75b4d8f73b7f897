/**
 * Who is told how a run goes on. Only types.
 *
 * There is one reporter for a run: a board on a terminal, lines in a log, or JSON for a program. Each
 * is told every event, and shows what its reader can use.
 */
import type { RunEvent } from "../phases/events.ts";

export type Reporter = {
  readonly tell: (event: RunEvent) => void;
  /** However the run has ended, also without its last event: nothing is drawn after this. */
  readonly end: () => void;
};
