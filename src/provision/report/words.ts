/**
 * The small words of all reports: times, counts, and texts of others made harmless.
 */
import { withoutSteering } from "../../printable.ts";

/** How long something took: no more digits than matter. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  // 9.96 would be rounded to 10.0.
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.max(10, Math.floor(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Time since the beginning, as a column of a log: "0:07", "12:40", "1:02:03". */
export function elapsedText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1_000);
  const minutes = Math.floor(seconds / 60);
  const parts = [minutes % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  if (minutes < 60) return `${minutes}:${parts[1]}`;
  return [Math.floor(minutes / 60), ...parts].join(":");
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The name for what concerns no single host. */
export const wholeCluster = "the cluster";

/**
 * In one line, without what would steer a terminal or forge a line of a log: journals and the error
 * texts of programs may hold anything.
 */
export function printable(text: string): string {
  return withoutSteering(text.replaceAll("\t", "  "));
}

/** Each line of a text, harmless; without the empty ones at its end. */
export function printableLines(text: string): readonly string[] {
  return text.trimEnd().split(/\r?\n/u).map(printable);
}
