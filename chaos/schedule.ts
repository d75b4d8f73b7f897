/**
 * A round's faults, drawn from its seed and from nothing else. Pure.
 *
 * Half of the rounds are pure chance: one to three faults, at any time of four seconds, for a while.
 * The other half begin with a story in which a fault and a move of the key belong together (an agent
 * freezes, and then the leader changes), since chance alone would hardly ever meet the few seconds in
 * which that is dangerous. Most faults are short; some outlast Patroni's ttl, so that the lock expires.
 *
 * The seeds of a run follow from its first one, and the first round has that one itself: so a round
 * that failed is replayed by `--seed ITS_SEED --rounds 1`.
 */
import { Random } from "../test/sim/random.ts";
import type { Timings } from "./evidence.ts";
import {
  claimsOf,
  serverRoles,
  type DatabaseRole,
  type Fault,
  type FaultKind,
  type Role,
} from "./faults.ts";

export type RoundPlan = {
  readonly seed: number;
  readonly timings: Timings;
  readonly faults: readonly Fault[];
  /** How long the world is left alone after the last fault has ended. */
  readonly restMs: number;
};

/** The shortest that Patroni allows, so that a round in which the lock expires stays short. */
export const quickTimings: Timings = { ttlS: 20, loopWaitS: 5, retryTimeoutS: 5 };
/** Patroni's defaults. */
export const defaultTimings: Timings = { ttlS: 30, loopWaitS: 10, retryTimeoutS: 10 };

const defaultTimingsShare = 0.2;
const storyShare = 0.5;
const faultsMax = 3;
const injectionMs = 4_000;
/** What is over as soon as it is done. */
const momentary: ReadonlySet<FaultKind> = new Set([
  "agent-killed",
  "agent-handed-over",
  "vip-removed",
  "vip-added",
  "switchover",
]);

const seedStep = 0x9e3779b1;
const seedRange = 2 ** 32;

export function seedsFrom(seed: number, rounds: number): readonly number[] {
  return Array.from({ length: rounds }, (_, index) => (seed + index * seedStep) % seedRange);
}

export function planRound(seed: number): RoundPlan {
  const random = new Random(seed);
  const timings = random.chance(defaultTimingsShare) ? defaultTimings : quickTimings;
  const draw = { random, timings };
  const faults: Fault[] = random.chance(storyShare) ? [...random.weighted(stories)(draw)] : [];
  const wanted = faults.length === 0 ? random.whole(1, faultsMax) : faults.length;
  const isExtra = faults.length > 0 && faults.length < faultsMax && random.chance(0.3);
  const count = wanted + (isExtra ? 1 : 0);
  for (let attempt = 0; faults.length < count && attempt < 50; attempt += 1) {
    const fault = random.weighted(kinds)(draw);
    const taken = new Set(faults.flatMap(claimsOf));
    if (!claimsOf(fault).some((claim) => taken.has(claim))) faults.push(fault);
  }
  const inOrder = faults
    .map((fault) => (momentary.has(fault.kind) ? { ...fault, forMs: 0 } : fault))
    .toSorted((one, other) => one.atMs - other.atMs);
  return { seed, timings, faults: inOrder, restMs: random.whole(500, 1_500) };
}

type Draw = { readonly random: Random; readonly timings: Timings };

type Drawing = (draw: Draw) => Fault;

const kinds: readonly (readonly [weight: number, drawing: Drawing])[] = [
  [3, lasting("agent-killed", database)],
  [1, lasting("agent-killed-away", database)],
  [3, lasting("agent-frozen", database)],
  [2, lasting("agent-handed-over", database)],
  [1, lasting("agent-stopped", database)],
  [2, lasting("keeper-killed", database)],
  [2, lasting("keeper-frozen", database)],
  [2, lasting("client-killed", database)],
  [2, lasting("client-frozen", database)],
  [3, lasting("server-killed", server)],
  [2, lasting("server-frozen", server)],
  [2, lasting("link-down", database)],
  [4, lasting("hosts-cut", twoHosts)],
  [2, lasting("token-revoked", database)],
  [2, lasting("vip-removed", () => ["leader"])],
  [2, lasting("vip-added", ({ random }) => [random.pick(["replica", "other-replica"])])],
  [3, lasting("switchover", () => ["leader"])],
];

type Story = (draw: Draw) => readonly Fault[];

/** A fault of the leader's host, and a switchover a little later, while it lasts. */
function beforeSwitchover(kind: FaultKind, leastMs: number, mostMs: number): Story {
  return ({ random }) => {
    const atMs = random.whole(0, 500);
    const forMs = random.whole(leastMs, mostMs);
    const laterMs = random.whole(100, Math.min(forMs, 3_000));
    return [
      { kind, roles: ["leader"], atMs, forMs },
      { kind: "switchover", roles: ["leader"], atMs: atMs + laterMs, forMs: 0 },
    ];
  };
}

/** A fault of the leader's host that outlasts the lock, so that another takes it. */
function untilExpiry(kind: FaultKind, roles: readonly Role[] = ["leader"]): Story {
  return ({ random, timings }) => {
    const forMs = timings.ttlS * 1_000 + random.whole(1_000, 4_000);
    return [{ kind, roles, atMs: random.whole(0, 500), forMs }];
  };
}

/** Two things that an agent should survive one by one, within a second of each other. */
function together(one: Pick<Fault, "kind" | "roles">, other: Pick<Fault, "kind" | "roles">): Story {
  return ({ random }) => {
    const atMs = random.whole(0, 1_000);
    const later = {
      ...other,
      atMs: atMs + random.whole(0, 1_000),
      forMs: random.whole(500, 2_500),
    };
    return [{ ...one, atMs, forMs: random.whole(500, 2_500) }, later];
  };
}

const stories: readonly (readonly [weight: number, story: Story])[] = [
  [3, beforeSwitchover("agent-frozen", 3_000, 9_000)],
  [3, beforeSwitchover("agent-killed-away", 3_000, 9_000)],
  [2, beforeSwitchover("agent-killed", 500, 1_500)],
  [2, beforeSwitchover("token-revoked", 4_000, 20_000)],
  [1, beforeSwitchover("keeper-killed", 1_000, 3_000)],
  [2, untilExpiry("keeper-frozen")],
  [2, untilExpiry("client-frozen")],
  [1, untilExpiry("client-killed")],
  [2, untilExpiry("link-down")],
  [3, untilExpiry("hosts-cut", ["leader", "all-consul-servers"])],
  [2, together({ kind: "server-killed", roles: ["consul-leader"] }, agentOf("agent-killed"))],
  [2, together({ kind: "server-killed", roles: ["consul-leader"] }, agentOf("agent-handed-over"))],
  [1, together({ kind: "server-frozen", roles: ["consul-leader"] }, agentOf("agent-frozen"))],
  [1, together(agentOf("keeper-killed"), agentOf("agent-killed"))],
  [1, together(agentOf("vip-removed"), agentOf("client-killed"))],
];

function agentOf(kind: FaultKind): Pick<Fault, "kind" | "roles"> {
  return { kind, roles: ["leader"] };
}

function lasting(kind: FaultKind, rolesOf: (draw: Draw) => readonly Role[]): Drawing {
  return (draw) => ({
    kind,
    roles: rolesOf(draw),
    atMs: draw.random.whole(0, injectionMs),
    forMs: duration(draw),
  });
}

function duration({ random, timings }: Draw): number {
  const beyondTtlMs = timings.ttlS * 1_000;
  return random.weighted([
    [60, () => random.whole(500, 5_000)],
    [30, () => random.whole(5_000, 12_000)],
    [10, () => random.whole(beyondTtlMs + 1_000, beyondTtlMs + 5_000)],
  ])();
}

/** Mostly the leader's host: there is the VIP. */
function database({ random }: Draw): readonly DatabaseRole[] {
  return [
    random.weighted([
      [3, "leader"],
      [1, "replica"],
      [1, "other-replica"],
    ] as const),
  ];
}

function server({ random }: Draw): readonly Role[] {
  return [random.pick(serverRoles)];
}

function twoHosts(draw: Draw): readonly Role[] {
  const { random } = draw;
  const [host = "leader"] = database(draw);
  return random.weighted<readonly Role[]>([
    [2, ["leader", "replica"]],
    [3, [host, random.pick(serverRoles)]],
    [3, [host, "all-consul-servers"]],
    [2, ["consul-leader", random.pick(["consul-follower", "other-consul-follower"] as const)]],
    [1, [host, "client"]],
  ]);
}
