/**
 * The judge of take-overs, with rounds made by hand.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Evidence } from "../../chaos/evidence.ts";
import { takeoversIn } from "../../chaos/takeovers.ts";
import { evidence, hold, movedAt, ROUND_MS } from "./support.ts";

const MOVED_MS = 10_000;

function moved(changes: Partial<Evidence> = {}): Evidence {
  return evidence({
    keySteps: movedAt(MOVED_MS),
    holds: [hold("db1", -1_000, MOVED_MS + 2), hold("db2", MOVED_MS + 4, ROUND_MS)],
    answers: [
      { host: "db1", atMs: MOVED_MS - 3 },
      { host: "db2", atMs: MOVED_MS + 25 },
    ],
    ...changes,
  });
}

describe("take-over", () => {
  it("counts from the key to the address and to the first answer", () => {
    assert.deepEqual(takeoversIn(moved()), [
      { host: "db2", keyAtMs: MOVED_MS, boundAfterMs: 4, answeredAfterMs: 25 },
    ]);
  });

  it("is none where the round began with the owner", () => {
    const holds = [hold("db1", -5_000, ROUND_MS)];
    const answers = [{ host: "db1", atMs: 20 }];
    assert.deepEqual(takeoversIn(evidence({ holds, answers })), []);
  });

  it("that the agent makes before the judges see the key takes no time", () => {
    const holds = [hold("db1", -1_000, MOVED_MS), hold("db2", MOVED_MS - 8, ROUND_MS)];
    assert.equal(takeoversIn(moved({ holds }))[0]?.boundAfterMs, 0);
  });

  it("is none where the same host has its key again", () => {
    const keySteps = [
      { atMs: -1_000, host: "db1" },
      { atMs: MOVED_MS, host: undefined },
      { atMs: MOVED_MS + 500, host: "db1" },
    ];
    assert.deepEqual(takeoversIn(evidence({ keySteps })), []);
  });

  it("does not count where a fault hindered the new host", () => {
    const span = hold("db2", MOVED_MS - 2_000, MOVED_MS - 1_000);
    const hindrances: readonly Partial<Evidence>[] = [
      { agentSpans: [{ ...span, kind: "frozen" }] },
      { blindSpans: [span] },
      { serverDownSpans: [span] },
      { holds: [hold("db1", -1_000, MOVED_MS - 1_500), hold("db2", MOVED_MS + 4, ROUND_MS)] },
      { silentSpans: [hold("db1", MOVED_MS - 2_000, MOVED_MS - 1_000)] },
    ];
    for (const changes of hindrances) {
      assert.deepEqual(takeoversIn(moved(changes)), [], JSON.stringify(changes));
    }
    assert.equal(takeoversIn(moved({ blindSpans: [hold("db1", 0, ROUND_MS)] })).length, 1);
  });
});
