/**
 * Schedules: the same for the same seed, different for another, and free of rounds that make no sense.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { claimsOf, faultKinds, type FaultKind } from "../../chaos/faults.ts";
import { defaultTimings, planRound, quickTimings, seedsFrom } from "../../chaos/schedule.ts";
import { shares } from "../../chaos/worlds.ts";

const ROUNDS = 2_000;

const plans = seedsFrom(1, ROUNDS).map(planRound);

describe("schedule", () => {
  it("is the same for the same seed", () => {
    assert.deepEqual(seedsFrom(1, ROUNDS).map(planRound), plans);
  });

  it("is another for another seed", () => {
    assert.notDeepEqual(seedsFrom(2, ROUNDS).map(planRound), plans);
  });

  it("begins with the seed that it is given, so that a single round can be replayed", () => {
    const seeds = seedsFrom(77, 5);
    assert.equal(seeds[0], 77);
    assert.equal(new Set(seeds).size, 5);
    const third = seeds[2] ?? 0;
    assert.deepEqual(seedsFrom(third, 1), [third]);
  });

  it("draws every kind of fault, and both timings", () => {
    const drawn = new Set(plans.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    const missing = Object.keys(faultKinds).filter((kind) => !drawn.has(kind as FaultKind));
    assert.deepEqual(missing, []);
    assert.deepEqual(
      new Set(plans.map(({ timings }) => timings)),
      new Set([quickTimings, defaultTimings]),
    );
  });

  it("has one to three faults a round, none of which takes another's part", () => {
    for (const { seed, faults } of plans) {
      assert.ok(faults.length >= 1 && faults.length <= 3, `seed ${seed}: ${faults.length} faults`);
      const claims = faults.flatMap(claimsOf);
      assert.equal(new Set(claims).size, claims.length, `seed ${seed}: ${claims.join(", ")}`);
    }
  });

  it("adds the VIP by hand only where every agent is left alone", () => {
    const rounds = plans.filter(({ faults }) => faults.some(({ kind }) => kind === "vip-added"));
    assert.ok(rounds.length > 50, `${rounds.length} rounds`);
    for (const { seed, faults } of rounds) {
      const touched = faults.filter(({ kind }) => kind.startsWith("agent-"));
      assert.deepEqual(touched, [], `seed ${seed}`);
    }
  });

  it("is shared among worlds without a loss, the timings in one piece each", () => {
    const seeds = seedsFrom(5, 100);
    const parts = shares(seeds, 4);
    assert.equal(parts.length, 4);
    assert.deepEqual(new Set(parts.flat()), new Set(seeds));
    assert.equal(parts.flat().length, seeds.length);
    for (const part of parts) {
      const ttls = part.map((seed) => planRound(seed).timings.ttlS);
      assert.deepEqual(
        ttls,
        ttls.toSorted((one, other) => one - other),
      );
    }
    assert.equal(shares(seeds.slice(0, 2), 4).flat().length, 2);
  });
});
