/**
 * Takes one sighting into the world.
 *
 * Nothing is decided here. The one judgement that is made is about order: sightings of one source
 * can overtake each other (an answer that was on its way while another question was asked), and an
 * older one never replaces a newer one.
 */
import { boundAddress, type ConflictFact, isNamed, type LeaderFact, type World } from "./world.ts";
import { learnCallback, learnPatroni, learnPostmaster } from "./learn-patroni.ts";
import type { InterfaceSeen, LeaderSeen, Sighting, StallSeen, WatchFailed } from "./sightings.ts";

export function learn(world: World, sighting: Sighting): World {
  switch (sighting.kind) {
    case "leader-seen":
      return learnLeader(world, sighting);
    case "watch-failed":
      return learnTrouble(world, sighting);
    case "config-seen":
      return { ...world, timings: sighting.timings, mode: sighting.mode };
    case "patroni-seen":
      return learnPatroni(world, sighting);
    case "callback-seen":
      return learnCallback(world, sighting);
    case "postmaster-seen":
      return learnPostmaster(world, sighting);
    case "patroni-woken":
      return { ...world, wokenAtMs: sighting.atMs };
    case "interface-seen":
      return learnInterface(world, sighting);
    case "stall-seen":
      return learnStall(world, sighting);
    case "link-lost":
      return { ...world, reachableSinceMs: undefined };
    case "bind-tried":
      return { ...world, bindTriedAtMs: sighting.atMs };
    case "announced":
      return { ...world, announcedAtMs: sighting.atMs };
    case "probe-begun":
      return { ...world, conflict: probing(world, sighting.atMs) };
    case "conflict-seen": {
      const { askedAtMs, holder } = sighting;
      return withoutMoot({ ...world, conflict: { kind: "probed", askedAtMs, holder } });
    }
    case "action-failed":
      return { ...world, failedAtMs: sighting.atMs, interface: { kind: "unobserved" } };
    case "stop-asked":
      return { ...world, isStopping: true };
  }
}

function probing({ conflict }: World, askedAtMs: number): ConflictFact {
  const holder = conflict.kind === "unprobed" ? undefined : conflict.holder;
  return { kind: "probing", askedAtMs, holder };
}

/**
 * Who answered while the VIP was leaving is the new leader, and no conflict for the next time it is
 * here.
 */
function withoutMoot(world: World): World {
  const { rules, conflict } = world;
  const isMoot = rules.onConflict === "warn" && boundAddress(world) === undefined;
  return isMoot && conflict.kind === "probed"
    ? { ...world, conflict: { kind: "unprobed" } }
    : world;
}

function learnLeader(world: World, sighting: LeaderSeen): World {
  const { leader } = world;
  if (leader.kind !== "unread" && sighting.askedAtMs < leader.askedAtMs) return world;
  const isVerified = world.stalledAtMs === undefined || sighting.askedAtMs >= world.stalledAtMs;
  const fact = leaderFact(world, sighting);
  return {
    ...world,
    // A new term began after whatever the callback was about.
    demotion: isNewTerm(leader, fact) ? undefined : world.demotion,
    // A gap that begins with an answer from before a stall may be over by now.
    leader: isVerified ? fact : withLostGap(fact),
    trouble: undefined,
    stalledAtMs: isVerified ? undefined : world.stalledAtMs,
  };
}

function leaderFact(world: World, sighting: LeaderSeen): LeaderFact {
  const { askedAtMs, answeredAtMs, leader } = sighting;
  const before = world.leader;
  if (leader !== undefined) {
    const named = { kind: "named", ...leader, askedAtMs, sinceMs: answeredAtMs } as const;
    return isSameTerm(before, named) ? { ...named, sinceMs: before.sinceMs } : named;
  }
  if (before.kind !== "missing") {
    const claim = isNamed(world) ? "mine" : "none";
    return { kind: "missing", askedAtMs, sinceMs: answeredAtMs, claim };
  }
  const isUnbroken = askedAtMs - before.askedAtMs <= world.rules.longestAnswerAgeMs;
  return { ...(isUnbroken ? before : withLostGap(before)), askedAtMs };
}

type Named = Extract<LeaderFact, { kind: "named" }>;

function isSameTerm(before: LeaderFact, after: Named): before is Named {
  if (before.kind !== "named" || before.member !== after.member) return false;
  return before.session === after.session && before.createIndex === after.createIndex;
}

function isNewTerm(before: LeaderFact, after: LeaderFact): boolean {
  return before.kind !== "unread" && after.kind === "named" && !isSameTerm(before, after);
}

function learnTrouble(world: World, { atMs, cause }: WatchFailed): World {
  const trouble = { sinceMs: world.trouble?.sinceMs ?? atMs, cause };
  return { ...world, trouble, leader: withLostGap(world.leader) };
}

/** Every fact is stale now: the key may name another, and the kernel may have removed the VIP. */
function learnStall(world: World, { atMs }: StallSeen): World {
  const leader = withLostGap(world.leader);
  const unobserved = { interface: { kind: "unobserved" }, failedAtMs: undefined } as const;
  return { ...world, ...unobserved, stalledAtMs: atMs, leader };
}

/** A gap in which Consul was not heard, or the process stood still, proves nothing any more. */
function withLostGap<Fact extends LeaderFact>(leader: Fact): Fact {
  if (leader.kind !== "missing" || leader.claim !== "mine") return leader;
  return { ...leader, claim: "lost" };
}

function learnInterface(world: World, sighting: InterfaceSeen): World {
  const { askedAtMs } = sighting;
  const before = world.interface;
  if (before.kind !== "unobserved" && askedAtMs < before.askedAtMs) return world;
  const next = withoutMoot({ ...world, interface: { ...sighting.interface, askedAtMs } });
  return { ...next, reachableSinceMs: reachableSince(next, askedAtMs) };
}

function reachableSince(world: World, askedAtMs: number): number | undefined {
  const isUp = world.interface.kind === "present" && world.interface.isUp;
  if (!isUp || boundAddress(world) === undefined) return undefined;
  return world.reachableSinceMs ?? askedAtMs;
}
