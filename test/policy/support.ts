/**
 * Worlds and sightings for the policy tests, with times that are easy to add up.
 */
import { learn } from "../../src/policy/learn.ts";
import type {
  ClusterMode,
  InterfaceSeen,
  LeaderSeen,
  Sighting,
} from "../../src/policy/sightings.ts";
import { type Rules, type World, initialWorld } from "../../src/policy/world.ts";

export const me = "test-db1";
export const other = "test-db2";

export const rules: Rules = {
  member: me,
  prefixLength: 32,
  requireSession: true,
  leaseMarginMs: 4_000,
  onDcsLoss: "lease",
  lifetimeS: 5,
  longestAnswerAgeMs: 5_000,
  announce: true,
  onConflict: "ignore",
  gate: "lock",
  gateDeadlineMs: 30_000,
  standbyVip: false,
  wake: false,
};

/** What Patroni's config says of an ordinary cluster. */
export const ordinary: ClusterMode = { isPaused: false, hasFailsafe: false, isStandby: false };

/** With Patroni's defaults 30/10/10 and this margin: min(20, 20) − 4 s. */
export const leaseMs = 16_000;

export function named(member: string, askedAtMs: number, session: string | undefined = "s1") {
  const leader = { member, session, createIndex: 1 };
  return { kind: "leader-seen", askedAtMs, answeredAtMs: askedAtMs, leader } satisfies LeaderSeen;
}

export function missing(askedAtMs: number) {
  const leader = undefined;
  return { kind: "leader-seen", askedAtMs, answeredAtMs: askedAtMs, leader } satisfies LeaderSeen;
}

export function failed(atMs: number) {
  return { kind: "watch-failed", atMs, cause: "timeout" } as const;
}

export function held(askedAtMs: number, expiresInS: number | "endless" = 5, prefixLength = 32) {
  return present(askedAtMs, [{ prefixLength, expiresInS }]);
}

export function free(askedAtMs: number) {
  return present(askedAtMs, []);
}

export function present(
  askedAtMs: number,
  addresses: readonly { prefixLength: number; expiresInS: number | "endless" }[],
  isUp = true,
): InterfaceSeen {
  const seen = { kind: "present", isUp, held: addresses } as const;
  return { kind: "interface-seen", askedAtMs, interface: seen };
}

/** The world after these sightings, started at 0. */
export function worldAfter(...sightings: readonly Sighting[]): World {
  return worldWith({}, ...sightings);
}

/** The same with other rules. */
export function worldWith(changed: Partial<Rules>, ...sightings: readonly Sighting[]): World {
  return sightings.reduce(learn, initialWorld({ ...rules, ...changed }, 0));
}
