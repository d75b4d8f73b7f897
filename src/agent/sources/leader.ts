/**
 * The leader key as sightings.
 *
 * Asked often and waited for shortly: each answer renews the lease from the time of its question,
 * so that the wait of one query is time that the lease has already lost when the answer comes.
 */
import type { LeaderSeen, WatchFailed } from "../../policy/sightings.ts";
import { KeyWatch, type KeyWatchOptions, blockingDeadlineMs } from "./key-watch.ts";

export type LeaderWatchOptions = Omit<
  KeyWatchOptions,
  "onAnswer" | "onFailure" | "maxBackOffMs" | "missingWaitMs"
> & { readonly onSighting: (sighting: LeaderSeen | WatchFailed) => void };

/** With the lease running, a second is the longest that the next attempt may wait. */
const maxBackOffMs = 1_000;

/** A key that is gone is asked for this often: with it gone, nothing else tells that Consul lives. */
const missingWaitMs = 1_000;

/**
 * The greatest age, counted from its question, that the newest answer reaches while Consul is well:
 * that of one whole wait, since a younger question follows each that has waited.
 */
export function longestAnswerAgeMs(waitMs: number): number {
  return blockingDeadlineMs(waitMs);
}

export function watchLeader({ onSighting, ...options }: LeaderWatchOptions): KeyWatch {
  return new KeyWatch({
    ...options,
    maxBackOffMs,
    missingWaitMs,
    onAnswer: (entry, times) => {
      const leader = entry && {
        member: entry.value,
        session: entry.session,
        createIndex: entry.createIndex,
      };
      onSighting({ kind: "leader-seen", ...times, leader });
    },
    onFailure: (cause, atMs) => onSighting({ kind: "watch-failed", atMs, cause }),
  });
}
