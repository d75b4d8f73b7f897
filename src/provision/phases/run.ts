/**
 * What a run through the phases has at hand. Only a type.
 */
import type { Clock } from "../../clock.ts";
import type { RunEvent } from "./events.ts";
import type { Ports } from "./ports.ts";
import type { World } from "./world.ts";

export type Run = {
  readonly world: World;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly tell: (event: RunEvent) => void;
  /** Its abort ends the run after the operations that are under way. */
  readonly signal: AbortSignal;
};
