/** Proves the arithmetic of outages, on which every figure of a write outage rests. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { longestOutage, type Commit } from "../../../lab/patroni/outage.ts";

/** Every 10 ms from 0 on, without those that the outage swallowed. */
function commits({ fromMs = 0, toMs = 0, lastMs = 1_000 } = {}): readonly Commit[] {
  const all = Array.from({ length: lastMs / 10 + 1 }, (_, index) => index * 10);
  return all
    .filter((atMs) => atMs <= fromMs || atMs >= toMs)
    .map((atMs) => ({ atMs, host: atMs <= fromMs ? "db1" : "db2" }));
}

describe("outage", () => {
  it("is the longest time between two commits, less the usual one", () => {
    assert.deepEqual(longestOutage(commits({ fromMs: 200, toMs: 300 }), 100, 900), {
      fromMs: 200,
      toMs: 300,
      durationMs: 90,
      hostBefore: "db1",
      hostAfter: "db2",
    });
  });

  it("is nothing at an even pace", () => {
    assert.equal(longestOutage(commits(), 100, 900).durationMs, 0);
  });

  it("counts in full though it began before the span and ended after it", () => {
    const { durationMs } = longestOutage(commits({ fromMs: 200, toMs: 800 }), 400, 500);
    assert.equal(durationMs, 590);
  });

  it("is not seen in a span that it does not touch", () => {
    const { durationMs } = longestOutage(commits({ fromMs: 200, toMs: 300 }), 400, 900);
    assert.equal(durationMs, 0);
  });

  it("counts up to the end of the span while it lasts", () => {
    const outage = longestOutage(commits({ lastMs: 500 }), 100, 900);
    assert.partialDeepStrictEqual(outage, { fromMs: 500, toMs: 900, durationMs: 390 });
    assert.equal(outage.hostAfter, undefined);
  });

  it("is unknown where nothing was ever written", () => {
    assert.throws(() => longestOutage([], 0, 100), /no commit/u);
  });
});
