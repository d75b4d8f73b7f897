/**
 * All that a run of the failover bench found.
 */
import { summarize, type Summary } from "../statistics.ts";
import type { Figures } from "./figures.ts";
import type { Row } from "./rows.ts";

export type EventRun = {
  readonly event: string;
  readonly candidate: string;
  /** Makes the same run again, as far as chance has a part in it. */
  readonly seed: number;
  readonly figures: Figures;
  /** The share of the processors that nobody used from the strike to the end. */
  readonly idleShare: number;
  /** The key, the VIP and vip-agent's log, from a little before the strike on. */
  readonly story: readonly string[];
};

/** A run that came to no figures, with the reason. */
export type FailedRun = Pick<EventRun, "event" | "candidate" | "seed"> & {
  readonly failure: string;
};

export type FailoverResults = {
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Worlds side by side, for the events that share the machine. */
  readonly lanes: number;
  /** By name, in the order of the tables. */
  readonly candidates: readonly string[];
  /** The one that the goals are about; undefined where it did not take part. */
  readonly ours: string | undefined;
  readonly runs: readonly EventRun[];
  readonly failed: readonly FailedRun[];
};

export function runsOf(
  { runs }: Pick<FailoverResults, "runs">,
  event: string,
  candidate: string,
): readonly EventRun[] {
  return runs.filter((run) => run.event === event && run.candidate === candidate);
}

/** Over the runs that have the figure; undefined when none has. */
export function summaryOf(runs: readonly EventRun[], { valueOf }: Row): Summary | undefined {
  const values = runs.map(({ figures }) => valueOf(figures));
  return summarize(values.filter((value) => value !== undefined));
}
