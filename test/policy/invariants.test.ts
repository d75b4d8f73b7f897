/**
 * What must hold whatever happens: thousands of random histories, checked after every step.
 *
 * The history is a list of sightings with the time between them; a small kernel stands in for the
 * real one and carries out each plan, so that a plan can be held against what it leads to. The
 * checks are written from the promises, not from the code.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { otherHolder } from "../../src/policy/conflict.ts";
import { type Verdict, judge } from "../../src/policy/judge.ts";
import { learn } from "../../src/policy/learn.ts";
import { releaseLeadMs } from "../../src/policy/lease.ts";
import { type Action, plan } from "../../src/policy/plan.ts";
import type { HeldAddress, LeaderSeen, Sighting } from "../../src/policy/sightings.ts";
import { type OnConflict, type World, initialWorld } from "../../src/policy/world.ts";
import { failed, leaseMs, me, missing, named, other, present, rules } from "./support.ts";

type Step = { readonly afterMs: number; readonly what: What; readonly ageMs: number };
type What = (typeof happenings)[number];

const happenings = [
  "names me",
  "names me unlocked",
  "names another",
  "is missing",
  "fails",
  "stall",
  "foreign add",
  "foreign removal",
  "another answers",
  "nobody answers",
  "nothing",
] as const;

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 40_000 })),
    what: fc.constantFrom(...happenings),
    ageMs: fc.integer({ min: 0, max: 3_000 }),
  }),
  { maxLength: 40 },
);

/** The kernel's side: addresses with the time at which each expires. */
class Kernel {
  held = new Map<number, number>();

  observe(nowMs: number): Sighting {
    const addresses: HeldAddress[] = [];
    for (const [prefixLength, endMs] of this.held) {
      if (endMs <= nowMs) this.held.delete(prefixLength);
      else addresses.push({ prefixLength, expiresInS: secondsUntil(endMs, nowMs) });
    }
    return present(nowMs, addresses);
  }

  carryOut(action: Action, nowMs: number): Sighting[] {
    switch (action.kind) {
      case "probe":
        return [{ kind: "probe-begun", atMs: nowMs }];
      case "announce":
        return [{ kind: "announced", atMs: nowMs }];
      case "bind":
      case "refresh":
        this.held.set(rules.prefixLength, nowMs + action.lifetimeS * 1_000);
        break;
      case "release":
        for (const prefixLength of action.prefixLengths) this.held.delete(prefixLength);
        break;
      case "remove-stray":
        this.held.delete(action.prefixLength);
        break;
      case "observe":
    }
    const tried: Sighting[] = action.kind === "bind" ? [{ kind: "bind-tried", atMs: nowMs }] : [];
    return [...tried, this.observe(nowMs)];
  }
}

function secondsUntil(endMs: number, nowMs: number): number | "endless" {
  return endMs === Number.POSITIVE_INFINITY ? "endless" : Math.ceil((endMs - nowMs) / 1_000);
}

/** One history, played to its end; `check` looks at every verdict and every action. */
function play(
  history: readonly Step[],
  check: (moment: Moment) => void,
  onConflict: OnConflict = "ignore",
): World {
  const kernel = new Kernel();
  let nowMs = 0;
  let world = initialWorld({ ...rules, onConflict }, nowMs);
  const truth: Truth = { newest: undefined, stalledAtMs: undefined };
  for (const step of history) {
    nowMs += step.afterMs;
    for (const sighting of sightingsOf(step, nowMs, kernel)) {
      remember(truth, sighting);
      world = learn(world, sighting);
    }
    world = settle({ world, nowMs, kernel, truth, check });
  }
  return world;
}

type Truth = { newest: LeaderSeen | undefined; stalledAtMs: number | undefined };

type Moment = {
  readonly world: World;
  readonly nowMs: number;
  readonly verdict: Verdict;
  readonly action: Action | undefined;
  readonly truth: Truth;
};

type Settling = {
  world: World;
  nowMs: number;
  kernel: Kernel;
  truth: Truth;
  check: (moment: Moment) => void;
};

/** Plans and carries out until nothing is left to do; more than a few rounds would be a circle. */
function settle({ world, nowMs, kernel, truth, check }: Settling): World {
  let next = learn(world, kernel.observe(nowMs));
  for (let round = 0; ; round += 1) {
    assert(round < 8, "the plans go round in circles");
    const verdict = judge(next, nowMs);
    const { action, wakeAtMs } = plan(verdict, next, nowMs);
    check({ world: next, nowMs, verdict, action, truth });
    if (action === undefined) {
      assert(Math.min(verdict.untilMs, wakeAtMs) > nowMs, "an idle agent would spin");
      return next;
    }
    next = kernel.carryOut(action, nowMs).reduce(learn, next);
  }
}

function sightingsOf({ what, ageMs }: Step, nowMs: number, kernel: Kernel): Sighting[] {
  const askedAtMs = Math.max(0, nowMs - ageMs);
  switch (what) {
    case "names me":
      return [named(me, askedAtMs)];
    case "names me unlocked":
      return [{ ...named(me, askedAtMs), leader: { member: me, session: undefined } }];
    case "names another":
      return [named(other, askedAtMs)];
    case "is missing":
      return [missing(askedAtMs)];
    case "fails":
      return [failed(nowMs)];
    case "stall":
      return [{ kind: "stall-seen", atMs: nowMs }];
    case "foreign add":
      kernel.held.set(24, Number.POSITIVE_INFINITY);
      return [];
    case "foreign removal":
      kernel.held.clear();
      return [];
    case "another answers":
      return [{ kind: "conflict-seen", askedAtMs, holder: "02:00:00:00:00:07" }];
    case "nobody answers":
      return [{ kind: "conflict-seen", askedAtMs, holder: undefined }];
    case "nothing":
      return [];
  }
}

function remember(truth: Truth, sighting: Sighting): void {
  if (sighting.kind === "stall-seen") truth.stalledAtMs = sighting.atMs;
  if (sighting.kind !== "leader-seen") return;
  if (truth.newest !== undefined && sighting.askedAtMs < truth.newest.askedAtMs) return;
  truth.newest = sighting;
}

function isMine(seen: LeaderSeen | undefined): seen is LeaderSeen {
  return seen?.leader?.member === me && seen.leader.session !== undefined;
}

function forEveryHistory(check: (moment: Moment) => void): void {
  fc.assert(
    fc.property(steps, fc.constantFrom("warn", "wait", "ignore"), (history, onConflict) => {
      play(history, check, onConflict);
    }),
    { numRuns: 2_000 },
  );
}

test("the VIP is bound only on a locked key that names this member, asked within the lease", () => {
  forEveryHistory(({ action, truth, nowMs }) => {
    if (action?.kind !== "bind") return;
    assert(isMine(truth.newest), "bound without a key that names this member");
    assert(nowMs - truth.newest.askedAtMs < leaseMs, "bound on a proof that is too old");
  });
});

test("the kernel never gets a lifetime beyond the lease while the key names this member", () => {
  forEveryHistory(({ action, truth, nowMs }) => {
    if (action?.kind !== "bind" && action?.kind !== "refresh") return;
    if (!isMine(truth.newest)) return;
    const leaseEndMs = truth.newest.askedAtMs + leaseMs;
    assert(nowMs + action.lifetimeS * 1_000 <= leaseEndMs, "the lifetime outlives the lease");
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
    assert((truth.newest?.askedAtMs ?? -1) >= truth.stalledAtMs, "touched on old knowledge");
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
      play(history, check, "wait");
    }),
    { numRuns: 1_000 },
  );
});
