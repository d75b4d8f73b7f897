/**
 * Patroni's live configuration, from the `config` key beside the leader key: its timings, and
 * whether it is paused, has a failsafe mode, or follows another cluster.
 *
 * The timings decide how long one proof of leadership counts, so they come from where Patroni itself
 * has them and not from a second configuration that would be forgotten. They change once in a year:
 * one query waits for a minute, and is answered at once when something changes. A key that cannot be
 * read (a token that allows the leader key only) or says nothing leaves all as it was, Patroni's
 * defaults at first.
 */
import * as v from "valibot";
import { defaultTimings } from "../../policy/lease.ts";
import type { ClusterMode, ConfigSeen, Timings } from "../../policy/sightings.ts";
import { KeyWatch, type KeyWatchOptions } from "./key-watch.ts";

export type ConfigWatchOptions = Omit<
  KeyWatchOptions,
  "key" | "onAnswer" | "onFailure" | "maxBackOffMs" | "waitMs" | "missingWaitMs"
> & {
  readonly configKey: string;
  readonly onSighting: (sighting: ConfigSeen) => void;
};

const waitMs = 60_000;
const maxBackOffMs = 1_000;

/** The key beside `<namespace>/<scope>/leader`; undefined where the leader key has another name. */
export function configKeyOf(leaderKey: string): string | undefined {
  const match = /^(.*\/)leader$/.exec(leaderKey);
  return match === null ? undefined : `${match[1]}config`;
}

export function watchConfig({ configKey, onSighting, ...options }: ConfigWatchOptions): KeyWatch {
  return new KeyWatch({
    ...options,
    key: configKey,
    waitMs: () => waitMs,
    missingWaitMs: waitMs,
    maxBackOffMs,
    onAnswer: (entry) => {
      const config = entry && parseConfig(entry.value);
      if (config !== undefined) onSighting({ kind: "config-seen", ...config });
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

/** What Patroni takes for true (patroni/utils.py); everything else is false here. */
const truth = v.pipe(
  v.unknown(),
  v.transform((value) => /^(true|on|yes|1)$/i.test(String(value))),
);

/** A standby cluster names where it follows from (patroni/global_config.py). */
const followed = v.pipe(
  v.fallback(v.record(v.string(), v.unknown()), {}),
  v.transform((standby) =>
    ["host", "port", "restore_command"].some((name) => Boolean(standby[name])),
  ),
);

const modeSchema = v.pipe(
  v.object({
    pause: v.optional(truth, false),
    failsafe_mode: v.optional(truth, false),
    standby_cluster: v.optional(followed, {}),
  }),
  v.transform(({ pause, failsafe_mode: hasFailsafe, standby_cluster: isStandby }): ClusterMode => {
    return { isPaused: pause, hasFailsafe, isStandby };
  }),
);

/** What the text of the config key says; undefined when that is no JSON object. */
export function parseConfig(text: string): Omit<ConfigSeen, "kind"> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const timings = v.safeParse(timingsSchema, value);
    const mode = v.safeParse(modeSchema, value);
    if (!timings.success || !mode.success) return undefined;
    return { timings: timings.output, mode: mode.output };
  } catch {
    return undefined;
  }
}
