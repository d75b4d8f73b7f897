/**
 * How far the word of a host's Patroni reaches beyond the lease, derived anew from reference
 * patroni-consul.md B.1 and B.2 and not from the agent's own policy/patroni.ts.
 *
 * One answer counts for a loop, five seconds at least: Patroni decides anew once per loop.
 * - In pause nobody is promoted, so a running primary that says so may stay. A paused Patroni may
 *   also be stopped: then its PostgreSQL, which goes on, and a Consul that answers are the evidence.
 * - In failsafe mode every member has promised not to take over. Before it is active, a primary that
 *   believes in its lock may stay until the lock could be another's, ttl after Patroni last reached
 *   its DCS, less the margin.
 *
 * None of it counts against a key that names another.
 */
import type { PatroniAnswer } from "../../../src/clients/patroni.ts";
import type { PatroniConfig } from "../patroni/dcs.ts";

/** The newest answer of Patroni that reached the agent; in host time. */
export type Word = Omit<PatroniAnswer, "dcsSeenAgoMs" | "name" | "scope"> & {
  readonly askedAtMs: number;
  readonly dcsSeenAtMs: number | undefined;
};

/** What else there is when Patroni is silent; in host time. */
export type Evidence = {
  /** Until when its PostgreSQL has run in a role that may have the VIP; Infinity while it does. */
  readonly leadingUntilMs: number;
  /** How far the newest answer of Consul reaches; undefined where it has not answered. */
  readonly consulUntilMs: number | undefined;
};

export type WordRules = { readonly leaseMarginMs: number; readonly standbyVip: boolean };

export function wordMs({ loop_wait }: PatroniConfig): number {
  return Math.max(5_000, loop_wait * 1_000);
}

export function saysLeading({ role, postgres }: Word, { standbyVip }: WordRules): boolean {
  const isLeader = role === "primary" || (standbyVip && role === "standby_leader");
  return isLeader && postgres === "running";
}

/** Until when the VIP may stay on Patroni's word. */
export function wordUntilMs(
  word: Word | undefined,
  config: PatroniConfig,
  rules: WordRules,
  evidence: Evidence,
): number {
  if (word === undefined) return -Infinity;
  const paused = config.pause === true ? pausedUntilMs(word, config, rules, evidence) : -Infinity;
  return Math.max(paused, failsafeUntilMs(word, config, rules));
}

function pausedUntilMs(
  word: Word,
  config: PatroniConfig,
  rules: WordRules,
  { leadingUntilMs, consulUntilMs }: Evidence,
): number {
  if (!saysLeading(word, rules) && word.postgres !== "unsure") return -Infinity;
  const saidUntilMs = word.isPaused ? word.askedAtMs + wordMs(config) : -Infinity;
  const seenUntilMs = Math.min(leadingUntilMs + wordMs(config), consulUntilMs ?? -Infinity);
  return Math.max(saidUntilMs, seenUntilMs);
}

function failsafeUntilMs(word: Word, config: PatroniConfig, rules: WordRules): number {
  if (!saysLeading(word, rules) || !word.hasLock) return -Infinity;
  const saidUntilMs = word.askedAtMs + wordMs(config);
  if (word.isFailsafeActive) return saidUntilMs;
  if (config.failsafe_mode !== true || word.dcsSeenAtMs === undefined) return -Infinity;
  const lockedUntilMs = word.dcsSeenAtMs + config.ttl * 1_000 - rules.leaseMarginMs;
  return Math.min(saidUntilMs, lockedUntilMs);
}
