/**
 * What the project promises of its own figures, and whether a run kept it.
 *
 * The goals are those that the README claims. A run on a busy machine may miss one by noise, so they
 * are printed always and decide over the exit code only when asked.
 */
import { type CandidateResult, type Results, rowOf, summaryOf } from "./results.ts";
import type { Summary } from "./statistics.ts";

export type Goal = {
  readonly text: string;
  readonly limit: number;
  readonly value: number | undefined;
  readonly isMet: boolean;
};

type Statistic = Exclude<keyof Summary, "count">;

const limits: readonly (readonly [row: string, statistic: Statistic, limitMs: number])[] = [
  ["address", "mean", 8],
  ["address", "p90", 15],
  ["announced", "mean", 10],
  ["gone", "mean", 10],
  ["silence", "median", 15],
  ["silence", "max", 60],
  ["gap-added", "median", 15],
  ["gap-added", "max", 60],
  ["overlap", "p90", 5],
];

const timesOfFloor = 3;

export function goalsOf({ candidates }: Results): readonly Goal[] {
  const agent = candidates.find(({ kind }) => kind === "agent");
  if (agent === undefined) return [];
  const floor = candidates.find(({ kind }) => kind === "floor");
  const inMs = limits.map(([id, statistic, limit]) => {
    const { title, mode } = rowOf(id);
    const value = statisticOf(agent, id, statistic);
    return goal(`${mode}: ${title}, ${statistic}, ms`, value, limit);
  });
  if (floor === undefined) return inMs;
  const own = statisticOf(agent, "address", "mean");
  const least = statisticOf(floor, "address", "mean");
  const ratio = own === undefined || least === undefined ? undefined : own / least;
  return [...inMs, goal("direct: address on the new host, times the floor's", ratio, timesOfFloor)];
}

function statisticOf(candidate: CandidateResult, id: string, statistic: Statistic) {
  return summaryOf(candidate, rowOf(id))?.[statistic];
}

export function goal(text: string, value: number | undefined, limit: number): Goal {
  return { text, limit, value, isMet: value !== undefined && value <= limit };
}
