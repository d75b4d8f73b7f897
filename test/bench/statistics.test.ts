/**
 * The figures of the README are only as good as their arithmetic.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { quantile, summarize } from "../../bench/statistics.ts";

test("statistics of nothing are undefined, not zero", () => {
  assert.equal(summarize([]), undefined);
});

test("one figure is its own mean, median, p90 and maximum", () => {
  assert.deepEqual(summarize([7]), { count: 1, mean: 7, median: 7, p90: 7, max: 7 });
});

test("figures need not come in order", () => {
  assert.deepEqual(summarize([9, 1, 5]), { count: 3, mean: 5, median: 5, p90: 8.2, max: 9 });
});

test("quantiles lie between neighbours", () => {
  const sorted = [10, 20, 30, 40, 50];
  assert.equal(quantile(sorted, 0), 10);
  assert.equal(quantile(sorted, 0.5), 30);
  assert.equal(quantile(sorted, 0.9), 46);
  assert.equal(quantile(sorted, 1), 50);
});

test("the list that was handed over stays as it was", () => {
  const figures = [3, 1, 2];
  summarize(figures);
  assert.deepEqual(figures, [3, 1, 2]);
});
