/**
 * A quiet round to start from: db1 owns the key and holds the VIP for a minute. Tests add what happens.
 */
import type { Evidence, HostSpan } from "../../chaos/evidence.ts";
import { quickTimings } from "../../chaos/schedule.ts";

export const ROUND_MS = 60_000;

export function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    fromMs: 0,
    toMs: ROUND_MS,
    timings: quickTimings,
    holds: [hold("db1", -1_000, ROUND_MS)],
    removals: [],
    keySteps: [{ atMs: -1_000, host: "db1" }],
    agentSpans: [],
    blindSpans: [],
    handMade: [],
    wireSpans: [],
    answers: [],
    serverDownSpans: [],
    silentSpans: [],
    faults: [],
    ...changes,
  };
}

export function hold(host: string, fromMs: number, toMs: number): HostSpan {
  return { host, fromMs, toMs };
}

/** The key moves from db1 to db2 at this moment. */
export function movedAt(atMs: number): Evidence["keySteps"] {
  return [
    { atMs: -1_000, host: "db1" },
    { atMs, host: "db2" },
  ];
}
