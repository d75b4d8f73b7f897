/**
 * What the planning of one resource comes to: steps, or what stands in their way, or nothing at all.
 *
 * There are never both: with an obstacle nothing is done to a host, so steps beside it would only
 * tell people something that will not happen.
 */
import type { Obstacle, Operation } from "./operation.ts";

export type Step = {
  readonly operation: Operation;
  /** One line for people: "write /etc/consul.d/consul.json". */
  readonly summary: string;
  /** What will differ, line by line. Never a secret. */
  readonly difference?: readonly string[];
};

export type KindPlan = {
  readonly steps: readonly Step[];
  readonly obstacles: readonly Obstacle[];
};

/** Without steps: the host has it already. */
export function toDo(...steps: readonly Step[]): KindPlan {
  return { steps, obstacles: [] };
}

export function blocked(...obstacles: readonly Obstacle[]): KindPlan {
  return { steps: [], obstacles };
}
