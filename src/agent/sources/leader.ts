/**
 * The leader key as sightings.
 *
 * Asked often and waited for shortly: each answer renews the lease from the time of its question,
 * so that the wait of one query is time that the lease has already lost when the answer comes.
 */
import type { LeaderSeen, WatchFailed } from "../../policy/sightings.ts";
import { KeyWatch, type KeyWatchOptions } from "./key-watch.ts";

export type LeaderWatchOptions = Omit<
  KeyWatchOptions,
  "onAnswer" | "onFailure" | "maxBackOffMs"
> & { readonly onSighting: (sighting: LeaderSeen | WatchFailed) => void };

/** With the lease running, a second is the longest that the next attempt may wait. */
const maxBackOffMs = 1_000;

export function watchLeader({ onSighting, ...options }: LeaderWatchOptions): KeyWatch {
  return new KeyWatch({
    ...options,
    maxBackOffMs,
    onAnswer: (entry, askedAtMs) => {
      const leader = entry && { member: entry.value, session: entry.session };
      onSighting({ kind: "leader-seen", askedAtMs, leader });
    },
    onFailure: (cause, atMs) => onSighting({ kind: "watch-failed", atMs, cause }),
  });
}
