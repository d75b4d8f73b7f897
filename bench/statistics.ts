/**
 * Mean, median, 90th percentile and maximum of a list of figures.
 *
 * Quantiles are interpolated between neighbours (the usual "type 7"), so that forty moves give a
 * p90 that does not jump with one of them. A figure that could not be measured is left out and
 * counted by the caller; statistics of nothing are undefined, never zero.
 */
import assert from "node:assert/strict";

export type Summary = {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
};

export function summarize(figures: readonly number[]): Summary | undefined {
  if (figures.length === 0) return undefined;
  const sorted = figures.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, figure) => sum + figure, 0) / sorted.length,
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    max: quantile(sorted, 1),
  };
}

/** Of figures that are sorted upwards; `share` from 0 to 1. */
export function quantile(sorted: readonly number[], share: number): number {
  assert.ok(sorted.length > 0, "a quantile of nothing");
  assert.ok(share >= 0 && share <= 1, "a share lies between 0 and 1");
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
