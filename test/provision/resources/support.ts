/**
 * A plan for a host in memory, and what tests look at in it.
 */
import type { Operation } from "../../../src/provision/resources/operation.ts";
import { type PlanReport, planOf, questionsOf } from "../../../src/provision/resources/plan.ts";
import type { Resource } from "../../../src/provision/resources/resource.ts";
import { answer } from "../fake/answers.ts";
import { type Entry, type HostModel, bareModel } from "../fake/model.ts";

/** A bare host with these entries. */
export function hostWith(entries: Readonly<Record<string, Entry>>): HostModel {
  const model = bareModel();
  for (const [path, entry] of Object.entries(entries)) model.entries.set(path, entry);
  return model;
}

export function planFor(model: HostModel, ...resources: readonly Resource[]): PlanReport {
  return planOf(resources, answer(model, questionsOf(resources)));
}

/** Where there are no obstacles. */
export function operationsFor(
  model: HostModel,
  ...resources: readonly Resource[]
): readonly Operation[] {
  const { operations, obstacles } = planFor(model, ...resources);
  if (obstacles.length > 0) throw new Error(JSON.stringify(obstacles));
  return operations.map(({ operation }) => operation);
}

/** Of each obstacle, what stands in the way; where there are operations beside it, that is told. */
export function obstaclesFor(model: HostModel, ...resources: readonly Resource[]): string[] {
  const { obstacles } = planFor(model, ...resources);
  return obstacles.map(({ subject, finding }) => `${subject} ${finding}`);
}
