/**
 * What must hold whatever happens: thousands of random histories, checked after every step.
 *
 * The checks are written from the promises, not from the code.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { otherHolder } from "../../src/policy/conflict.ts";
import { judge } from "../../src/policy/judge.ts";
import { learn } from "../../src/policy/learn.ts";
import { defaultTimings, releaseLeadMs } from "../../src/policy/lease.ts";
import { initialWorld } from "../../src/policy/world.ts";
import { type Moment, type Truth, isMine, play, steps } from "./histories.ts";
import { failed, leaseMs, me, named, other, rules } from "./support.ts";

function forEveryHistory(check: (moment: Moment) => void): void {
  const settings = fc.record({
    onConflict: fc.constantFrom("warn", "wait", "ignore"),
    gate: fc.constantFrom("lock", "writable"),
    wake: fc.boolean(),
  });
  fc.assert(
    fc.property(steps, settings, (history, changed) => {
      play(history, check, changed);
    }),
    { numRuns: 2_000 },
  );
}

/** One answer of Patroni counts for a loop: until when this one lets the VIP stay, if it does. */
function wordEndMs({ word }: Truth): number {
  const isLeading = word?.patroni.role === "primary" && word.patroni.postgres === "running";
  return isLeading ? word.askedAtMs + defaultTimings.loopWaitMs : Number.NEGATIVE_INFINITY;
}

test("the VIP is bound only on a locked key that names this member, or in failsafe mode", () => {
  forEveryHistory(({ action, truth, nowMs, world }) => {
    if (action?.kind !== "bind") return;
    const isFresh = isMine(truth.newest) && nowMs - truth.newest.askedAtMs < leaseMs;
    const isPromised = truth.word?.patroni.isFailsafeActive === true && nowMs < wordEndMs(truth);
    assert(isFresh || (isPromised && world.trouble !== undefined), "bound without a proof");
  });
});

test("the kernel never gets a lifetime beyond the lease, or beyond what Patroni said last", () => {
  forEveryHistory(({ action, truth, nowMs }) => {
    if (action?.kind !== "bind" && action?.kind !== "refresh") return;
    if (!isMine(truth.newest)) return;
    const provenMs = Math.max(truth.newest.askedAtMs + leaseMs, wordEndMs(truth));
    assert(nowMs + action.lifetimeS * 1_000 <= provenMs, "the lifetime outlives the proof");
  });
});

test("a key that names another ends every hold at once", () => {
  forEveryHistory(({ verdict, truth }) => {
    if (truth.newest?.leader?.member === other) assert.equal(verdict.kind, "yield");
  });
});

test("once the plans are carried out, a yield leaves no address behind", () => {
  forEveryHistory(({ verdict, action, world }) => {
    if (verdict.kind !== "yield" || action !== undefined) return;
    assert(world.interface.kind !== "present" || world.interface.held.length === 0);
  });
});

test("after a stall nothing is bound or prolonged before a question asked after it is answered", () => {
  forEveryHistory(({ action, truth }) => {
    if (truth.stalledAtMs === undefined) return;
    if (action?.kind !== "bind" && action?.kind !== "refresh") return;
    const newestMs = Math.max(truth.newest?.askedAtMs ?? -1, truth.word?.askedAtMs ?? -1);
    assert(newestMs >= truth.stalledAtMs, "touched on old knowledge");
  });
});

test("failures alone never end a hold before the lease does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: leaseMs - releaseLeadMs - 1 })),
      (failureTimes) => {
        const world = failureTimes
          .toSorted((a, b) => a - b)
          .reduce(
            (next, atMs) => learn(next, failed(atMs)),
            learn(initialWorld(rules, 0), named(me, 0)),
          );
        assert.equal(judge(world, leaseMs - releaseLeadMs - 1).kind, "hold");
      },
    ),
  );
});

test("with on-conflict wait, nothing is bound while another host was the last to answer", () => {
  const check = ({ action, world }: Moment) => {
    if (action?.kind === "bind") assert.equal(otherHolder(world), undefined);
  };
  fc.assert(
    fc.property(steps, (history) => {
      play(history, check, { onConflict: "wait" });
    }),
    { numRuns: 1_000 },
  );
});

test("nobody wakes Patroni twice in a second, nor in pause", () => {
  forEveryHistory(({ action, world, nowMs }) => {
    if (action?.kind !== "wake") return;
    assert(nowMs - (world.wokenAtMs ?? -1_000) >= 1_000, "woken again too soon");
    assert(!world.mode.isPaused, "woken in pause");
  });
});
