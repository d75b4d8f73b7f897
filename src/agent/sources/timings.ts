/**
 * Patroni's live timings, from the `config` key beside the leader key.
 *
 * They decide how long one proof of leadership counts, so they come from where Patroni itself has
 * them and not from a second configuration that would be forgotten. They change once in a year: one
 * query waits for a minute. A key that cannot be read (a token that allows the leader key only) or
 * says nothing leaves the timings as they were, Patroni's defaults at first.
 */
import * as v from "valibot";
import { defaultTimings } from "../../policy/lease.ts";
import type { Timings, TimingsSeen } from "../../policy/sightings.ts";
import { KeyWatch, type KeyWatchOptions } from "./key-watch.ts";

export type TimingsWatchOptions = Omit<
  KeyWatchOptions,
  "key" | "onAnswer" | "onFailure" | "maxBackOffMs" | "waitMs" | "missingWaitMs"
> & {
  readonly configKey: string;
  readonly onSighting: (sighting: TimingsSeen) => void;
};

const waitMs = 60_000;
const maxBackOffMs = 1_000;

/** The key beside `<namespace>/<scope>/leader`; undefined where the leader key has another name. */
export function configKeyOf(leaderKey: string): string | undefined {
  const match = /^(.*\/)leader$/.exec(leaderKey);
  return match === null ? undefined : `${match[1]}config`;
}

export function watchTimings({ configKey, onSighting, ...options }: TimingsWatchOptions): KeyWatch {
  return new KeyWatch({
    ...options,
    key: configKey,
    waitMs: () => waitMs,
    missingWaitMs: waitMs,
    maxBackOffMs,
    onAnswer: (entry) => {
      const timings = entry && parseTimings(entry.value);
      if (timings !== undefined) onSighting({ kind: "timings-seen", timings });
    },
    onFailure: () => undefined,
  });
}

/** Patroni raises what is below its own minima; the same is done here (patroni/config.py). */
function seconds(atLeast: number, defaultMs: number) {
  const defaultS = defaultMs / 1_000;
  const numeric = v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.finite());
  return v.pipe(
    v.optional(v.fallback(numeric, defaultS), defaultS),
    v.transform((value) => Math.max(value, atLeast) * 1_000),
  );
}

const timingsSchema = v.pipe(
  v.object({
    ttl: seconds(20, defaultTimings.ttlMs),
    loop_wait: seconds(1, defaultTimings.loopWaitMs),
    retry_timeout: seconds(3, defaultTimings.retryTimeoutMs),
  }),
  v.transform(({ ttl, loop_wait: loopWaitMs, retry_timeout: retryTimeoutMs }): Timings => {
    return { ttlMs: ttl, loopWaitMs, retryTimeoutMs };
  }),
);

/** The timings in the text of the config key; undefined when that is no JSON object. */
export function parseTimings(text: string): Timings | undefined {
  try {
    const parsed = v.safeParse(timingsSchema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
