/**
 * Which goals of the faults vip-agent reached: the worst of all runs counts.
 *
 * Where a goal says that nothing may be lost, the same probes must have lost some in the control, or
 * they proved nothing and the goal is missed.
 */
import { isNothingLost, nothingLost, type Goal } from "./fault.ts";
import { faults } from "./faults.ts";
import { worstOf, type FaultResults, type Worst } from "./results.ts";

export type GoalVerdict = {
  readonly fault: string;
  readonly text: string;
  readonly limit: number;
  readonly value: number | undefined;
  readonly isMet: boolean;
};

export function verdictsOf(results: FaultResults): readonly GoalVerdict[] {
  const name = results.runs.find(({ kind }) => kind === "agent")?.candidate;
  if (name === undefined) return [];
  return faults.flatMap((fault) => {
    const worst = worstOf(results, fault.id, name);
    if (worst === undefined) return [];
    const hasFailed = results.failed.some(
      (one) => one.fault === fault.id && one.candidate === name,
    );
    return (fault.goals ?? []).map((goal) => {
      const value = goal.valueOf(worst.figures);
      const isMet = value !== undefined && value <= goal.limit && isProven(goal, worst);
      return { ...goal, fault: fault.id, value, isMet: isMet && !hasFailed };
    });
  });
}

function isProven(goal: Goal, { figures, control }: Worst): boolean {
  if (goal !== nothingLost || !isNothingLost(figures)) return true;
  return control !== undefined && control.echoes > 0 && control.calls > 0;
}
