/**
 * How much of the machine nobody used meanwhile: where it is near nothing, whoever has to act waits for
 * a processor first, and figures of milliseconds are those of the crowd.
 */
import { readFile } from "node:fs/promises";

export type ProcessorTimes = { readonly idle: number; readonly total: number };

export async function processorTimes(): Promise<ProcessorTimes> {
  return parseProcessorTimes(await readFile("/proc/stat", "utf8"));
}

/** The first line: user, nice, system, idle, waiting for disks, … in ticks of all processors. */
export function parseProcessorTimes(text: string): ProcessorTimes {
  const [line = ""] = text.split("\n");
  const ticks = line.split(/\s+/u).slice(1, 9).map(Number);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { idle: idle + waiting, total: ticks.reduce((sum, one) => sum + one, 0) };
}

/** From 0 to 1. */
export function idleShareOf(before: ProcessorTimes, after: ProcessorTimes): number {
  const total = after.total - before.total;
  return total <= 0 ? 0 : (after.idle - before.idle) / total;
}
