/**
 * Takes into the world what this host's Patroni says: by its REST API, by its callbacks, and by the
 * life of the process that it guards.
 *
 * Callbacks may come late, twice, out of order or not at all, so they are ordered by the time at
 * which they ran. Of two that ran at the same time the one that takes the VIP away counts.
 */
import type { CallbackSeen, PatroniSeen, PatroniState, PostmasterSeen } from "./sightings.ts";
import type { PostmasterFact, World } from "./world.ts";
import { isLeadingRole, isRunningLeader } from "./patroni.ts";

/** A callback's time is that of its file, which the kernel stamps with its last tick. */
const coarseMs = 10;

export function learnPatroni(world: World, { askedAtMs, patroni: state }: PatroniSeen): World {
  const before = world.patroni;
  if (before.kind === "heard" && askedAtMs < before.askedAtMs) return world;
  const patroni = { kind: "heard", askedAtMs, state } as const;
  const isPrimary = isRunningLeader(state, world.rules);
  const isDenied = isPrimary && askedAtMs > (world.demotion?.atMs ?? askedAtMs) + coarseMs;
  return {
    ...world,
    patroni,
    // It runs as primary again, whichever callback got lost.
    demotion: isDenied ? undefined : world.demotion,
    postmaster: marked(world.postmaster, patroni, isPrimary),
  };
}

/** What Patroni was asked before this process was there says nothing about it. */
function marked(
  postmaster: PostmasterFact,
  { askedAtMs, state }: Pick<PatroniSeen, "askedAtMs"> & { readonly state: PatroniState },
  isPrimary: boolean,
): PostmasterFact {
  // It answers Patroni, so another process has taken its place, unseen so far.
  const isBack = state.postgres === "running" && postmaster.kind === "gone";
  if (isBack && askedAtMs > postmaster.sinceMs) return { kind: "unseen" };
  if (postmaster.kind !== "running" || askedAtMs < postmaster.sinceMs) return postmaster;
  return state.postgres === "unsure" ? postmaster : { ...postmaster, isPrimary };
}

/** What ran before the present term began says nothing about it. */
export function learnCallback(world: World, { atMs, action, role }: CallbackSeen): World {
  const isLeading = action !== "on_stop" && isLeadingRole(role, world.rules);
  // PostgreSQL that starts as a replica may be promoted before its callback gets its turn.
  if (action === "on_start" && !isLeading) return world;
  const takesAway = !isLeading;
  const newestMs = world.callbackAtMs ?? Number.NEGATIVE_INFINITY;
  if (atMs < newestMs || (atMs === newestMs && !takesAway)) return world;
  const sinceMs = world.leader.kind === "named" ? world.leader.sinceMs : world.startedAtMs;
  const isOfThisTerm = atMs >= sinceMs;
  const demotion = takesAway && isOfThisTerm ? { atMs } : undefined;
  return { ...world, callbackAtMs: atMs, demotion };
}

export function learnPostmaster(world: World, { atMs, pid }: PostmasterSeen): World {
  const before = world.postmaster;
  if (pid === undefined) {
    const sinceMs = before.kind === "gone" ? before.sinceMs : atMs;
    return { ...world, postmaster: { kind: "gone", sinceMs } };
  }
  const isSame = before.kind === "running" && before.pid === pid;
  const known = isSame ? before : { sinceMs: atMs, isPrimary: false };
  const { sinceMs, isPrimary } = known;
  return { ...world, postmaster: { kind: "running", sinceMs, atMs, pid, isPrimary } };
}
