/**
 * A run for a program: each event as it is, one JSON object a line, with the time of day.
 */
import { jsonLine } from "../../printable.ts";
import type { Reporter } from "./reporter.ts";

export function jsonReporter(
  write: (text: string) => unknown,
  now: () => Date = () => new Date(),
): Reporter {
  return {
    tell: (event) => void write(`${jsonLine({ at: now().toISOString(), ...event })}\n`),
    end: () => undefined,
  };
}
