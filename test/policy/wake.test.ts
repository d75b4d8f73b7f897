/**
 * When Patroni is woken: on every host while the key is missing, and at once where PostgreSQL has
 * died.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/policy/judge.ts";
import { plan } from "../../src/policy/plan.ts";
import type { Sighting } from "../../src/policy/sightings.ts";
import { nextWakeMs } from "../../src/policy/wake.ts";
import type { Rules, World } from "../../src/policy/world.ts";
import { called, configured, postmaster, said } from "./patroni-words.ts";
import { failed, free, held, me, missing, named, other, worldWith } from "./support.ts";

const waking: Partial<Rules> = { wake: true };
const never = Number.POSITIVE_INFINITY;
const woken = (atMs: number): Sighting => ({ kind: "patroni-woken", atMs });

type Row = {
  readonly name: string;
  readonly after: readonly Sighting[];
  readonly atMs: number;
  readonly dueAtMs: number;
  readonly rules?: Partial<Rules>;
};

const table: readonly Row[] = [
  {
    name: "nothing is known yet",
    after: [],
    atMs: 0,
    dueAtMs: never,
  },
  {
    name: "the key names me",
    after: [named(me, 0), said(0), postmaster(0, 42)],
    atMs: 10,
    dueAtMs: never,
  },
  {
    name: "the key goes missing here: not for the few milliseconds of a switchover",
    after: [named(me, 0), missing(100)],
    atMs: 100,
    dueAtMs: 130,
  },
  {
    name: "the key goes missing on the host of a replica: the same",
    after: [named(other, 0), missing(100)],
    atMs: 100,
    dueAtMs: 130,
  },
  {
    name: "there was no key when the agent started",
    after: [missing(100)],
    atMs: 100,
    dueAtMs: 130,
  },
  {
    name: "the key is still missing a second after a wake-up",
    after: [named(other, 0), missing(100), woken(130), missing(1_000)],
    atMs: 1_000,
    dueAtMs: 1_130,
  },
  {
    name: "the key is back",
    after: [named(other, 0), missing(100), woken(130), named(other, 500, "s2")],
    atMs: 500,
    dueAtMs: never,
  },
  {
    name: "the key is missing and Consul has fallen silent",
    after: [named(other, 0), missing(100), failed(200)],
    atMs: 200,
    dueAtMs: never,
  },
  {
    name: "Consul is away",
    after: [named(me, 0), failed(200)],
    atMs: 200,
    dueAtMs: never,
  },
  {
    name: "PostgreSQL has died: at once",
    after: [named(me, 0), postmaster(0, 42), postmaster(500)],
    atMs: 500,
    dueAtMs: 500,
  },
  {
    name: "PostgreSQL is still gone a second later",
    after: [named(me, 0), postmaster(0, 42), postmaster(500), woken(501), postmaster(1_500)],
    atMs: 1_500,
    dueAtMs: 1_501,
  },
  {
    name: "PostgreSQL has been gone for more than a minute, and is still reported so",
    after: [postmaster(0, 42), postmaster(500), woken(501), postmaster(60_000)],
    atMs: 61_000,
    dueAtMs: never,
  },
  {
    name: "PostgreSQL is back",
    after: [named(me, 0), postmaster(0, 42), postmaster(500), woken(501), postmaster(1_200, 43)],
    atMs: 1_200,
    dueAtMs: never,
  },
  {
    name: "PostgreSQL was never there",
    after: [named(other, 0)],
    atMs: 1_200,
    dueAtMs: never,
  },
  {
    name: "PostgreSQL has died in pause: Patroni is left alone",
    after: [configured({ isPaused: true }), named(me, 0), postmaster(0, 42), postmaster(500)],
    atMs: 500,
    dueAtMs: never,
  },
  {
    name: "the key is missing in pause",
    after: [configured({ isPaused: true }), named(me, 0), missing(100)],
    atMs: 200,
    dueAtMs: never,
  },
  {
    name: "the key is missing, and only Patroni's own word says that it is paused",
    after: [named(me, 0), said(50, { isPaused: true }), missing(100)],
    atMs: 200,
    dueAtMs: never,
  },
  {
    name: "the key goes missing where PostgreSQL has been gone for an hour",
    after: [
      named(other, 0),
      postmaster(0, 42),
      postmaster(1_000),
      named(other, 3_600_000),
      missing(3_600_100),
    ],
    atMs: 3_600_200,
    dueAtMs: 3_600_130,
  },
  {
    name: "a need that follows at once upon another waits for the rest of the second",
    after: [named(me, 0), missing(100), woken(130), postmaster(0, 42), postmaster(500)],
    atMs: 500,
    dueAtMs: 1_130,
  },
  {
    name: "a callback alone wakes nobody",
    after: [named(me, 0), called(10, "on_stop")],
    atMs: 20,
    dueAtMs: never,
  },
  {
    name: "it is switched off",
    after: [named(me, 0), missing(100), postmaster(0, 42), postmaster(500)],
    atMs: 600,
    dueAtMs: never,
    rules: { wake: false },
  },
];

for (const { name, after, atMs, dueAtMs, rules = waking } of table) {
  test(name, () => {
    assert.equal(nextWakeMs(worldWith(rules, ...after), atMs), dueAtMs);
  });
}

/** When Patroni is woken in that time, if each wake-up is carried out at once. */
function wakeUps(world: World, fromMs: number, toMs: number): readonly number[] {
  const times: number[] = [];
  let current = world;
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 10) {
    if (nextWakeMs(current, nowMs) > nowMs) continue;
    times.push(nowMs);
    current = { ...current, wokenAtMs: nowMs };
  }
  return times;
}

test("while the need lasts Patroni is woken each second, and not oftener", () => {
  const times = wakeUps(worldWith(waking, named(other, 0), missing(0)), 0, 10_000);
  assert.deepEqual(times.slice(0, 3), [30, 1_030, 2_030]);
  assert.equal(times.length, 10);
});

test("a need that nothing helps does not go on for ever", () => {
  const world = worldWith(waking, postmaster(0, 42), postmaster(1_000));
  const times = wakeUps(world, 0, 3_600_000);
  assert(times.length >= 30 && times.length <= 500, `${times.length} times`);
});

function announced(world: World): World {
  return { ...world, announcedAtMs: 190 };
}

test("the VIP comes first: a wake-up begins when nothing is to be done to it", () => {
  const expiring = announced(worldWith(waking, held(0, 1), named(me, 0), missing(100)));
  assert.equal(plan(judge(expiring, 200), expiring, 200).action?.kind, "refresh");
  const refreshed = announced(worldWith(waking, named(me, 0), missing(100), held(190, 5)));
  assert.equal(plan(judge(refreshed, 200), refreshed, 200).action?.kind, "wake");
});

test("a host without the VIP wakes its Patroni too", () => {
  const world = worldWith(waking, free(0), named(other, 0), missing(100));
  const verdict = judge(world, 140);
  assert.equal(verdict.kind, "yield");
  assert.deepEqual(plan(verdict, world, 140).action, { kind: "wake" });
});

test("before a wake-up is due the plan comes back for it", () => {
  const world = worldWith(waking, free(0), named(other, 0), missing(100));
  assert.equal(plan(judge(world, 105), world, 105).wakeAtMs, 130);
});
