/**
 * What one event of the bench is: how it is made, what is shown of it, and what is promised.
 */
import type { Row } from "./rows.ts";
import type { Turn } from "./turn.ts";

export type Goal = {
  readonly row: Row;
  readonly statistic: "mean" | "max";
  readonly limit: number;
};

export type FailoverEvent = {
  /** For `--events`. */
  readonly id: string;
  readonly title: string;
  /** Mostly waiting, and no goal in milliseconds: made side by side with others. */
  readonly isShared: boolean;
  /** What has to be different beforehand; it is over before anything is measured. */
  readonly prepare?: (turn: Turn) => Promise<void>;
  /** The strike comes at a random moment of such a span, so that no phase of a daemon is met always. */
  readonly phaseMs: number;
  /** Makes it, from `turn.strike()` on, until the cluster is left to itself. */
  readonly act: (turn: Turn) => Promise<void>;
  /** Undoes what `prepare` did. */
  readonly restore?: (turn: Turn) => Promise<void>;
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
};

export function atMost(limit: number, row: Row): Goal {
  return { row, statistic: "max", limit };
}

export function onAverageAtMost(limit: number, row: Row): Goal {
  return { row, statistic: "mean", limit };
}
