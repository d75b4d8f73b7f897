/**
 * What Patroni says to the policy, by each of its ways: its REST API, its configuration, its
 * callbacks, and the process that it guards.
 */
import { defaultTimings } from "../../src/policy/lease.ts";
import type {
  CallbackAction,
  CallbackSeen,
  ClusterMode,
  ConfigSeen,
  PatroniSeen,
  PatroniState,
  PostmasterSeen,
} from "../../src/policy/sightings.ts";
import { ordinary } from "./support.ts";

/** A healthy leader's answer to a question of that time, and what differs from it. */
export function said(askedAtMs: number, changed: Partial<PatroniState> = {}): PatroniSeen {
  const patroni = {
    role: "primary",
    postgres: "running",
    hasLock: true,
    isPaused: false,
    isFailsafeActive: false,
    timeline: 1,
    dcsSeenAtMs: askedAtMs,
    ...changed,
  } as const;
  return { kind: "patroni-seen", askedAtMs, patroni };
}

export function configured(mode: Partial<ClusterMode>): ConfigSeen {
  return { kind: "config-seen", timings: defaultTimings, mode: { ...ordinary, ...mode } };
}

export function called(atMs: number, action: CallbackAction, role = "primary"): CallbackSeen {
  return { kind: "callback-seen", atMs, action, role };
}

/** Without a process number it has just been found to be gone. */
export function postmaster(atMs: number, pid?: number): PostmasterSeen {
  return { kind: "postmaster-seen", atMs, pid };
}
