/**
 * How long two hosts may answer for one VIP, by what keeps the one that the key has left:
 *
 * | what keeps it                              | bound                                            |
 * |--------------------------------------------|--------------------------------------------------|
 * | nothing: a live agent, Consul in reach     | 300 ms                                           |
 * | its process is dead or stands still        | lifetime + 0.4 s, + 0.5 s for a command under way|
 * | cut off from Consul, its lock expired      | 0: the lease ends before anybody can own the key |
 * | cut off, its lock was not renewed in time  | the lease                                        |
 * | the same, and its Patroni had told          | until it is clear that Consul is silent          |
 * | cut off, its lock was ended by force       | the lease                                        |
 * | cut off while the key was missing          | two answers' distance (lease.ts)                 |
 * | the key was another's, unseen, and is gone | twice loop_wait, from when it is back in reach   |
 * | cut off in pause, which ended meanwhile    | until it is in reach: Patroni itself leaves two  |
 * | cut off in failsafe mode, a promise broken | Patroni's next loop, which asks again            |
 * | no Consul to ask (`source: patroni`)       | Patroni's next loop, in which it sees the key    |
 * | its helpers fail                           | lifetime + 0.4 s, + their deadlines              |
 * | somebody adds the address by hand          | until the agent has looked: 5 s                  |
 */
import type { Settings } from "../../../src/agent/config/settings.ts";
import type { PatroniConfig } from "../patroni/dcs.ts";
import { proofMs } from "./lease.ts";

/** From the key's change to the address's end: travel, guard, reset, removal, on a busy host. */
export const promptMs = 300;

/**
 * After a fault is over it takes an agent this long to hear from Consul again: the question under
 * way runs into its deadline, the back-off of a second passes, and plain questions need an answer.
 */
export const recoveryMs = 9_500;

export const kernelLatenessMs = 400;
export const inFlightMs = 500;

export const causes = [
  "live and in reach of Consul",
  "agent dead or standing still",
  "host paused",
  "cut off, Patroni sound",
  "cut off, lock not renewed in time",
  "cut off, Patroni known to be unwell",
  "cut off, lock ended by force",
  "cut off in a gap",
  "cut off, kept by a paused Patroni",
  "cut off, kept in failsafe mode",
  "no Consul to ask",
  "a gap taken for one's own",
  "helpers failing",
  "somebody else at the interface",
  "several faults at once",
] as const;
export type Cause = (typeof causes)[number];

export type HoldersSettings = Pick<Settings, "lifetimeS" | "leaseMarginMs" | "source" | "consul">;

export const boundsInWords: Readonly<Record<Cause, string>> = {
  "live and in reach of Consul": "300 ms",
  "agent dead or standing still": "lifetime + 0.9 s",
  "host paused": "9.8 s after it goes on",
  "cut off, Patroni sound": "0",
  "cut off, lock not renewed in time": "the lease + 0.9 s",
  "cut off, Patroni known to be unwell": "two questions: 17/16 wait + 3.3 s",
  "cut off, lock ended by force": "the lease + 0.9 s",
  "cut off in a gap": "the lease + 0.9 s",
  "cut off, kept by a paused Patroni": "until it reaches Consul",
  "cut off, kept in failsafe mode": "loop_wait + 8/3 retry_timeout + 7 s",
  "no Consul to ask": "loop_wait + 8/3 retry_timeout + 7 s",
  "a gap taken for one's own": "2 loop_wait + 9.8 s",
  "helpers failing": "lifetime, or 9.5 s, + 0.9 s",
  "somebody else at the interface": "lifetime, or 9.5 s, + 0.9 s",
  "several faults at once": "the lease, or lifetime, + 9.5 s",
};

/** How long Consul may be silent before an agent notices: a question that waits, and a plain one. */
export function unawareMs({ consul }: HoldersSettings): number {
  const plainMs = 1_500;
  return (consul.waitMs * 17) / 16 + 2 * plainMs;
}

/** How long a VIP is kept while the key is missing: twice loop_wait. */
export function longestGraceMs(configs: readonly PatroniConfig[]): number {
  return Math.max(...configs.map(({ loop_wait }) => 2 * loop_wait * 1_000));
}

/**
 * How long a Patroni that is asked each second may believe in a lock that is another's, or in a
 * promise that another has broken: a loop begins a loop_wait after the last one and may take two
 * operations of 4/3 retry_timeout each (A.5); members that do not answer are asked twice, and then
 * the agent asks.
 */
export function longestBeliefMs(configs: readonly PatroniConfig[]): number {
  const loopsMs = configs.map(({ loop_wait, retry_timeout }) => {
    return (loop_wait + (8 / 3) * retry_timeout) * 1_000;
  });
  return Math.max(...loopsMs) + 7_000;
}

/** The longest that any overlap of this cause may last. */
export function boundMs(
  cause: Cause,
  settings: HoldersSettings,
  configs: readonly PatroniConfig[],
): number {
  const lifetimeMs = settings.lifetimeS === 0 ? Infinity : settings.lifetimeS * 1_000;
  const proofsMs = configs.map((config) => proofMs(config, settings.leaseMarginMs));
  const beliefMs = settings.source === "patroni" ? longestBeliefMs(configs) : 0;
  const leaseMs = Math.max(...proofsMs) + kernelLatenessMs + inFlightMs;
  switch (cause) {
    case "live and in reach of Consul":
      return promptMs;
    case "agent dead or standing still":
      return Math.max(lifetimeMs, beliefMs) + kernelLatenessMs + inFlightMs;
    case "host paused":
      return Math.max(recoveryMs, beliefMs) + promptMs;
    case "cut off, Patroni known to be unwell":
      return unawareMs(settings) + promptMs;
    case "a gap taken for one's own":
      return recoveryMs + promptMs + longestGraceMs(configs);
    case "cut off, Patroni sound":
      return 0;
    case "cut off, kept by a paused Patroni":
      return Infinity;
    case "cut off, kept in failsafe mode":
    case "no Consul to ask":
      return longestBeliefMs(configs);
    case "cut off, lock not renewed in time":
    case "cut off, lock ended by force":
    case "cut off in a gap":
      return leaseMs;
    case "helpers failing":
    case "somebody else at the interface":
      return Math.max(recoveryMs, lifetimeMs, beliefMs) + kernelLatenessMs + inFlightMs;
    case "several faults at once":
      return Math.max(leaseMs, lifetimeMs, beliefMs) + recoveryMs;
  }
}
