/**
 * With a healthy Consul nothing may cost the VIP, and nothing may go round in circles: for every
 * timing that Patroni takes, every lifetime and every wait.
 *
 * Answers come as late as a healthy Consul lets them: the wait, the server's sixteenth, and some
 * milliseconds of travel; after each that has waited a plain one follows. The kernel of this test does what it is told.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judge } from "../../src/policy/judge.ts";
import { learn } from "../../src/policy/learn.ts";
import { leaseLengthMs, longestWaitMs, shortestLeaseMs } from "../../src/policy/lease.ts";
import { plan } from "../../src/policy/plan.ts";
import type { Timings } from "../../src/policy/sightings.ts";
import { type Rules, type World, initialWorld } from "../../src/policy/world.ts";
import { me, named, present, rules } from "./support.ts";

const travelMs = 20;
const minuteMs = 60_000;

const seconds = (min: number, max: number) =>
  fc.integer({ min, max }).map((value) => value * 1_000);

const timings = fc.record({
  ttlMs: seconds(20, 120),
  loopWaitMs: seconds(1, 60),
  retryTimeoutMs: seconds(3, 60),
});

type Health = { readonly rules: Rules; readonly timings: Timings; readonly waitMs: number };

/** A minute of health; counts the changes that were made and the reasons that were given. */
function liveOneMinute({ rules: given, timings: live, waitMs }: Health) {
  const reasons = new Set<string>();
  let changes = 0;
  let kernelEndMs = Number.NEGATIVE_INFINITY;
  let nowMs = 0;
  let isPlain = true;
  let nextAnswer = { askedAtMs: 0, atMs: travelMs };
  const observe = (world: World) => {
    const expiresInS = Math.ceil((kernelEndMs - nowMs) / 1_000);
    const held = kernelEndMs > nowMs ? [{ prefixLength: 32, expiresInS }] : [];
    return learn(world, present(nowMs, held));
  };
  let world = observe({ ...initialWorld(given, 0), timings: live });
  while (nowMs < minuteMs) {
    const verdict = judge(world, nowMs);
    const { action, wakeAtMs } = plan(verdict, world, nowMs);
    if (nowMs > travelMs) reasons.add(verdict.reason);
    if (action === undefined) {
      nowMs = Math.min(nextAnswer.atMs, Math.max(wakeAtMs, nowMs + 1), verdict.untilMs);
    } else if (action.kind === "announce") {
      world = learn(world, { kind: "announced", atMs: nowMs });
    } else {
      if (action.kind === "bind" || action.kind === "refresh") {
        kernelEndMs = nowMs + action.lifetimeS * 1_000;
        changes += 1;
      }
      nowMs += 1;
      world = observe(world);
    }
    if (nowMs < nextAnswer.atMs) continue;
    world = learn(world, named(me, nextAnswer.askedAtMs));
    const askedAtMs = nextAnswer.atMs;
    isPlain = !isPlain;
    const waitedMs = isPlain ? 0 : (waitMs * 17) / 16;
    nextAnswer = { askedAtMs, atMs: askedAtMs + waitedMs + travelMs };
  }
  return { reasons: [...reasons], changes };
}

test("a healthy Consul never costs the VIP, and never means more than three changes a second", () => {
  const lifetimes = fc.integer({ min: 2, max: 60 });
  const waits = fc.integer({ min: 2_000, max: 5_000 });
  const margins = fc.integer({ min: 1_000, max: 10_000 });
  fc.assert(
    fc.property(timings, lifetimes, waits, margins, (live, lifetimeS, wished, leaseMarginMs) => {
      fc.pre(leaseLengthMs(live, leaseMarginMs) >= shortestLeaseMs);
      const waitMs = Math.min(wished, longestWaitMs(live, leaseMarginMs));
      const given = { ...rules, lifetimeS, leaseMarginMs };
      const { reasons, changes } = liveOneMinute({ rules: given, timings: live, waitMs });
      assert.deepEqual(reasons, ["leader"]);
      assert(changes <= 3 * 60, `${changes} changes in a minute`);
    }),
    { numRuns: 500 },
  );
});
