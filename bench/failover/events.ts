/**
 * All events of the bench, in the order of its tables.
 */
import type { FailoverEvent } from "./event.ts";
import { longEvents } from "./long-events.ts";
import { quickEvents } from "./quick-events.ts";

export const events: readonly FailoverEvent[] = [...quickEvents, ...longEvents];

/** By name, as the usage and the report list them. */
export const sharedIds = events
  .filter(({ isShared }) => isShared)
  .map(({ id }) => id)
  .join(", ");

export function eventOf(id: string): FailoverEvent {
  const found = events.find((event) => event.id === id);
  if (found !== undefined) return found;
  throw new Error(`there is no event ${id}; known are ${events.map((one) => one.id).join(", ")}`);
}
