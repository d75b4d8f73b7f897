/**
 * Gives one host the resources that it shall have: asks, plans, and performs what is missing.
 *
 * Obstacles end it before anything is done, and the first operation that fails ends it there. Nothing
 * is rolled back: each operation leaves the host as it was or done, so that the next run goes on from
 * what it finds.
 */
import { type Failure, done, failed } from "../../outcome.ts";
import type { Executor, ExecutorCode } from "../executor/executor.ts";
import type { Obstacle } from "./operation.ts";
import { type Planned, planOf, questionsOf } from "./plan.ts";
import type { Resource } from "./resource.ts";

export type OperationEvent = {
  readonly host: string;
  readonly planned: Planned;
  readonly state: "started" | "done" | "failed";
  /** From 1. */
  readonly number: number;
  readonly total: number;
};

export type Applied = { readonly performed: readonly Planned[] };

export type ApplyOutcome =
  | { readonly ok: true; readonly value: Applied }
  | Failure<ExecutorCode>
  | (Failure<"obstacle"> & { readonly obstacles: readonly Obstacle[] });

export async function applyResources(
  executor: Executor,
  resources: readonly Resource[],
  onOperation: (event: OperationEvent) => void = () => {},
): Promise<ApplyOutcome> {
  const { host } = executor;
  const facts = await executor.probe(questionsOf(resources));
  if (!facts.ok) return facts;
  const { operations, obstacles } = planOf(resources, facts.value);
  if (obstacles.length > 0)
    return { ...failed("obstacle", obstaclesText(host, obstacles)), obstacles };
  const total = operations.length;
  for (const [index, planned] of operations.entries()) {
    const about = { host, planned, number: index + 1, total };
    onOperation({ ...about, state: "started" });
    const performed = await executor.perform(planned.operation);
    onOperation({ ...about, state: performed.ok ? "done" : "failed" });
    if (performed.ok) continue;
    const { code, detail } = performed;
    return failed(code, `${host}: ${planned.summary}: ${detail}`);
  }
  return done({ performed: operations });
}

function obstaclesText(host: string, obstacles: readonly Obstacle[]): string {
  return obstacles
    .map(({ subject, finding, remedy }) => `${host}: ${subject} ${finding}; to do: ${remedy}`)
    .join("\n");
}
