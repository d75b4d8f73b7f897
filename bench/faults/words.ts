/**
 * Figures in words: what a client saw in one fault, short enough for a cell of a table.
 *
 * The same words stand in faults.md and in docs/failure-modes.md, which is held against it.
 */
import type { Figures, Stretch } from "./figures.ts";
import type { Fault } from "./fault.ts";
import type { Worst } from "./results.ts";

export function wordsOf(
  { figures }: Worst,
  { isToLeave = false }: Pick<Fault, "isToLeave">,
): string {
  const { echoes, calls, overlap, absence, goneMs, outage } = figures;
  const isLossless = echoes.lost === 0 && calls.lost === 0;
  const parts = [
    isLossless ? "nothing lost" : lostWords(figures),
    outage.ms > 0 ? `no answer for ${stretch(outage)}` : "",
    overlap.ms > 0 ? `two holders for ${stretch(overlap)}` : "",
    absence.ms > 0 ? `on no host for ${stretch(absence)}` : "",
    goneMs === undefined ? "" : `left after ${duration(goneMs)}`,
    goneMs === undefined && isToLeave ? "never left" : "",
    calls.wrongHost > 0 ? `${calls.wrongHost} calls answered by the wrong host` : "",
    connectionWords(figures),
  ];
  return parts.filter(Boolean).join("; ");
}

/** A client that waits for its query learns of a VIP that has left only by being told. */
function connectionWords({ connection, goneMs }: Figures): string {
  if (connection === undefined) {
    return goneMs === undefined ? "" : "an open connection is told nothing";
  }
  const { heard, afterMs } = connection;
  const ending = heard === "ECONNRESET" ? "reset" : `ended (${heard})`;
  return `an open connection is ${ending} after ${duration(afterMs)}`;
}

function lostWords({ echoes, calls }: Figures): string {
  const endings = Object.entries(calls.endings).map(([ending, count]) => `${count} ${ending}`);
  return `${echoes.lost} echoes, ${calls.lost} calls lost (${endings.join(", ") || "none"})`;
}

export function stretch({ ms, isOpen }: Stretch): string {
  return isOpen ? `${duration(ms)} to the end` : duration(ms);
}

export function duration(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
