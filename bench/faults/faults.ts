/**
 * All faults of the bench, in the order of its tables.
 */
import { agentFaults } from "./agent-faults.ts";
import { consulFaults } from "./consul-faults.ts";
import type { Fault } from "./fault.ts";
import { hostFaults } from "./host-faults.ts";
import { keyFaults } from "./key-faults.ts";

export type FaultGroup = { readonly title: string; readonly faults: readonly Fault[] };

export const groups: readonly FaultGroup[] = [
  { title: "The agent", faults: agentFaults },
  { title: "Consul", faults: consulFaults },
  { title: "The leader key", faults: keyFaults },
  { title: "The host and its neighbours", faults: hostFaults },
];

export const faults: readonly Fault[] = groups.flatMap((group) => group.faults);

export function faultOf(id: string): Fault {
  const found = faults.find((fault) => fault.id === id);
  if (found !== undefined) return found;
  throw new Error(`there is no fault ${id}; known are ${faults.map((one) => one.id).join(", ")}`);
}
