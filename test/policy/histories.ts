/**
 * Random histories for the invariants: a list of sightings with the time between them, and a small
 * kernel that stands in for the real one and carries out each plan, so that a plan can be held
 * against what it leads to.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Verdict, judge } from "../../src/policy/judge.ts";
import { learn } from "../../src/policy/learn.ts";
import { type Action, plan } from "../../src/policy/plan.ts";
import type { HeldAddress, LeaderSeen, PatroniSeen, Sighting } from "../../src/policy/sightings.ts";
import { type Rules, type World, initialWorld } from "../../src/policy/world.ts";
import { called, configured, postmaster, said } from "./patroni-words.ts";
import { failed, me, missing, named, other, present, rules } from "./support.ts";

/** What one happening is made of. */
type Scene = {
  readonly nowMs: number;
  /** When a question that is answered now was asked. */
  readonly askedAtMs: number;
  readonly kernel: Kernel;
};

/** What can happen, and what is seen of it. */
const happenings = {
  "names me": ({ askedAtMs }) => [named(me, askedAtMs)],
  "names me unlocked": ({ askedAtMs }) => [
    { ...named(me, askedAtMs), leader: { member: me, session: undefined, createIndex: 1 } },
  ],
  "names another": ({ askedAtMs }) => [named(other, askedAtMs)],
  "is missing": ({ askedAtMs }) => [missing(askedAtMs)],
  fails: ({ nowMs }) => [failed(nowMs)],
  stall: ({ nowMs }) => [{ kind: "stall-seen", atMs: nowMs }],
  "foreign add": ({ kernel }) => {
    kernel.held.set(24, Number.POSITIVE_INFINITY);
    return [];
  },
  "foreign removal": ({ kernel }) => {
    kernel.held.clear();
    return [];
  },
  "another answers": ({ askedAtMs }) => [
    { kind: "conflict-seen", askedAtMs, holder: "02:00:00:00:00:07" },
  ],
  "nobody answers": ({ askedAtMs }) => [{ kind: "conflict-seen", askedAtMs, holder: undefined }],
  "Patroni leads": ({ askedAtMs }) => [said(askedAtMs)],
  "Patroni leads in failsafe mode": ({ askedAtMs }) => [
    said(askedAtMs, { isFailsafeActive: true, dcsSeenAtMs: 0 }),
  ],
  "Patroni leads in pause": ({ askedAtMs }) => [
    said(askedAtMs, { isPaused: true, dcsSeenAtMs: 0 }),
  ],
  "Patroni follows": ({ askedAtMs }) => [said(askedAtMs, { role: "replica", hasLock: false })],
  "Patroni has stopped it": ({ askedAtMs }) => [said(askedAtMs, { postgres: "stopped" })],
  paused: () => [configured({ isPaused: true })],
  "failsafe mode": () => [configured({ hasFailsafe: true })],
  ordinary: () => [configured({})],
  "callback of a stop": ({ askedAtMs }) => [called(askedAtMs, "on_stop")],
  "callback of a promotion": ({ askedAtMs }) => [called(askedAtMs, "on_role_change")],
  "postmaster runs": ({ nowMs }) => [postmaster(nowMs, 42)],
  "postmaster gone": ({ nowMs }) => [postmaster(nowMs)],
  nothing: () => [],
} satisfies Record<string, (scene: Scene) => Sighting[]>;

type What = keyof typeof happenings;

export type Step = { readonly afterMs: number; readonly what: What; readonly ageMs: number };

export const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 40_000 })),
    what: fc.constantFrom(...(Object.keys(happenings) as What[])),
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
      case "wake":
        return [{ kind: "patroni-woken", atMs: nowMs }];
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
export function play(
  history: readonly Step[],
  check: (moment: Moment) => void,
  changed: Partial<Rules> = {},
): World {
  const kernel = new Kernel();
  let nowMs = 0;
  let world = initialWorld({ ...rules, ...changed }, nowMs);
  const truth: Truth = { newest: undefined, word: undefined, stalledAtMs: undefined };
  for (const step of history) {
    nowMs += step.afterMs;
    const askedAtMs = Math.max(0, nowMs - step.ageMs);
    for (const sighting of happenings[step.what]({ nowMs, askedAtMs, kernel })) {
      remember(truth, sighting);
      world = learn(world, sighting);
    }
    world = settle({ world, nowMs, kernel, truth, check });
  }
  return world;
}

/** What was told last. */
export type Truth = {
  newest: LeaderSeen | undefined;
  word: PatroniSeen | undefined;
  stalledAtMs: number | undefined;
};

export type Moment = {
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

function remember(truth: Truth, sighting: Sighting): void {
  if (sighting.kind === "stall-seen") truth.stalledAtMs = sighting.atMs;
  if (sighting.kind === "patroni-seen") {
    const isNewer = sighting.askedAtMs >= (truth.word?.askedAtMs ?? 0);
    if (isNewer) truth.word = sighting;
  }
  if (sighting.kind !== "leader-seen") return;
  if (truth.newest !== undefined && sighting.askedAtMs < truth.newest.askedAtMs) return;
  truth.newest = sighting;
}

export function isMine(seen: LeaderSeen | undefined): seen is LeaderSeen {
  return seen?.leader?.member === me && seen.leader.session !== undefined;
}
