/**
 * Which goals vip-agent reached.
 *
 * They are about the default, Consul as its source. A run that failed misses the goals of its event, and
 * so does one without the figure: a VIP that never left has no time of leaving.
 */
import { events } from "./events.ts";
import { runsOf, summaryOf, type FailoverResults } from "./results.ts";

export type GoalVerdict = {
  readonly event: string;
  readonly text: string;
  readonly limit: number;
  readonly value: number | undefined;
  readonly isMet: boolean;
};

export function verdictsOf(results: FailoverResults): readonly GoalVerdict[] {
  const { ours, failed } = results;
  if (ours === undefined) return [];
  return events.flatMap(({ id, goals }) => {
    const runs = runsOf(results, id, ours);
    const hasFailed = failed.some(({ event, candidate }) => event === id && candidate === ours);
    if (runs.length === 0 && !hasFailed) return [];
    return goals.map(({ row, statistic, limit }) => {
      const summary = summaryOf(runs, row);
      const value = summary?.[statistic];
      const isWhole = summary?.count === runs.length && !hasFailed;
      const isMet = isWhole && value !== undefined && value <= limit;
      return { event: id, text: `${row.title}, ${statistic}`, limit, value, isMet };
    });
  });
}
