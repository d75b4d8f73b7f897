/**
 * The judge of overlaps, with rounds made by hand: two holders are found, measured, and held against
 * the bound of their cause.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { deadMs, leaseMs, liveMs } from "../../chaos/bounds.ts";
import type { Evidence } from "../../chaos/evidence.ts";
import { overlapsIn, type Overlap } from "../../chaos/overlaps.ts";
import { quickTimings } from "../../chaos/schedule.ts";
import { evidence, hold, movedAt, ROUND_MS } from "./support.ts";

const MOVED_MS = 10_000;

/** The key moves to db2, which binds at once; db1 releases at `releasedMs`. */
function moved(releasedMs: number, changes: Partial<Evidence> = {}): Evidence {
  return evidence({
    keySteps: movedAt(MOVED_MS),
    holds: [hold("db1", -1_000, releasedMs), hold("db2", MOVED_MS, ROUND_MS)],
    ...changes,
  });
}

function only(overlaps: readonly Overlap[]): Overlap {
  assert.equal(overlaps.length, 1, JSON.stringify(overlaps));
  const [overlap] = overlaps;
  assert.ok(overlap);
  return overlap;
}

describe("overlap of two holders", () => {
  it("is none where the one releases before the other binds", () => {
    assert.deepEqual(overlapsIn(moved(MOVED_MS - 1)), []);
  });

  it("of live agents is measured, and within its bound when short", () => {
    const overlap = only(overlapsIn(moved(MOVED_MS + 20)));
    assert.deepEqual(overlap.hosts, ["db1", "db2"]);
    assert.deepEqual([overlap.fromMs, overlap.toMs], [MOVED_MS, MOVED_MS + 20]);
    assert.deepEqual([overlap.cause, overlap.boundMs, overlap.beyondMs], ["live", liveMs, 0]);
  });

  it("of live agents is beyond its bound by what is too long", () => {
    const overlap = only(overlapsIn(moved(MOVED_MS + liveMs + 70)));
    assert.equal(overlap.beyondMs, 70);
  });

  it("of three holders is told for each pair", () => {
    const both = moved(MOVED_MS + 20, {
      holds: [
        hold("db1", -1_000, MOVED_MS + 20),
        hold("db2", MOVED_MS, ROUND_MS),
        hold("db3", MOVED_MS, MOVED_MS + 30),
      ],
    });
    assert.equal(overlapsIn(both).length, 3);
  });

  for (const kind of ["frozen", "killed", "stopped", "handed-over"] as const) {
    const cause = kind === "frozen" ? "frozen" : "dead";

    it(`with an agent that was ${kind} may last a lifetime from then`, () => {
      const diedMs = MOVED_MS - 2_000;
      const agentSpans = [{ ...hold("db1", diedMs, ROUND_MS), kind }];
      const within = only(overlapsIn(moved(diedMs + deadMs, { agentSpans })));
      assert.deepEqual([within.cause, within.beyondMs], [cause, 0]);
      assert.equal(within.boundMs, deadMs - 2_000);
      const beyond = only(overlapsIn(moved(diedMs + deadMs + 100, { agentSpans })));
      assert.equal(beyond.beyondMs, 100);
    });
  }

  it("is not excused by the death of the agent of the host that may hold it", () => {
    const agentSpans = [{ ...hold("db2", MOVED_MS - 100, ROUND_MS), kind: "killed" as const }];
    assert.equal(only(overlapsIn(moved(MOVED_MS + 3_000, { agentSpans }))).cause, "live");
  });

  it("is not excused by a freeze that was over long before", () => {
    const agentSpans = [{ ...hold("db1", 1_000, 4_000), kind: "frozen" as const }];
    const overlap = only(overlapsIn(moved(MOVED_MS + 3_000, { agentSpans })));
    assert.deepEqual([overlap.cause, overlap.beyondMs], ["live", 3_000 - liveMs]);
  });

  it("is not excused by a freeze that was over when the key moved", () => {
    const frozen = hold("db1", MOVED_MS - 3_000, MOVED_MS - liveMs - 100);
    const agentSpans = [{ ...frozen, kind: "frozen" as const }];
    assert.equal(only(overlapsIn(moved(MOVED_MS + 2_000, { agentSpans }))).cause, "live");
  });

  it("is not excused by what happens to the agent afterwards", () => {
    const endMs = MOVED_MS + 2_000;
    const agentSpans = [{ ...hold("db1", endMs + 3_000, ROUND_MS), kind: "killed" as const }];
    const blindSpans = [hold("db1", endMs + 6_000, ROUND_MS)];
    assert.equal(only(overlapsIn(moved(endMs, { agentSpans, blindSpans }))).cause, "live");
  });

  it("that begins after a thaw, by a blind refresh, is beyond its bound", () => {
    const thawed = MOVED_MS + 20_000;
    const overlap = only(
      overlapsIn(
        evidence({
          keySteps: movedAt(MOVED_MS),
          holds: [
            hold("db1", -1_000, MOVED_MS - 1),
            hold("db2", MOVED_MS, ROUND_MS),
            hold("db1", thawed, thawed + 4_000),
          ],
          agentSpans: [{ ...hold("db1", MOVED_MS - 6_000, thawed), kind: "frozen" }],
        }),
      ),
    );
    assert.equal(overlap.beyondMs, 4_000 - liveMs);
  });

  it("with an agent that had no Consul may last the lease from its last answer", () => {
    const blindMs = MOVED_MS - 1_000;
    const blindSpans = [hold("db1", blindMs, ROUND_MS)];
    const endMs = blindMs + leaseMs(quickTimings) + liveMs;
    assert.equal(only(overlapsIn(moved(endMs, { blindSpans }))).beyondMs, 0);
    const beyond = only(overlapsIn(moved(endMs + 1, { blindSpans })));
    assert.deepEqual([beyond.cause, beyond.beyondMs], ["blind", 1]);
  });

  it("by hand blames the host where it was added", () => {
    const handMade = [{ host: "db3", atMs: 5_000, kind: "added" as const }];
    const holds = [hold("db1", -1_000, ROUND_MS), hold("db3", 5_002, 5_900)];
    const overlap = only(overlapsIn(evidence({ handMade, holds })));
    assert.deepEqual(overlap.hosts, ["db3", "db1"]);
    assert.deepEqual([overlap.cause, overlap.beyondMs], ["by-hand", 898 - liveMs]);
  });

  it("by hand is not excused by an old silence of Consul on a host that was never the owner", () => {
    const handMade = [{ host: "db3", atMs: 15_000, kind: "added" as const }];
    const holds = [hold("db1", -1_000, ROUND_MS), hold("db3", 15_002, 17_002)];
    const blindSpans = [hold("db3", 9_000, 9_900)];
    const overlap = only(overlapsIn(evidence({ handMade, holds, blindSpans })));
    assert.deepEqual([overlap.cause, overlap.beyondMs], ["by-hand", 2_000 - liveMs]);
  });

  it("says for how long both were on the wire", () => {
    const wireSpans = [hold("db1", -1_000, MOVED_MS + 300), hold("db2", MOVED_MS + 50, ROUND_MS)];
    assert.equal(only(overlapsIn(moved(MOVED_MS + 310, { wireSpans }))).onWireMs, 250);
  });

  it("on the wire that no kernel knows of is told, and within no bound", () => {
    const wireSpans = [hold("db1", -1_000, ROUND_MS), hold("db2", 5_000, 6_000)];
    const overlap = only(overlapsIn(evidence({ wireSpans })));
    assert.deepEqual([overlap.cause, overlap.beyondMs], ["on-the-wire-only", 1_000]);
  });
});
