/**
 * What a watch tells of its Consul: when it begins to fail, when the cause changes, and when it is
 * well again.
 */
import type { TroubleCause } from "../../policy/sightings.ts";
import { type Log, Repeats } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export type WatchReport = {
  readonly failed: (endpoint: string, cause: TroubleCause, detail: string) => void;
  readonly answered: () => void;
};

export type WatchTargets = { readonly log: Log; readonly metrics: Metrics };

export function createWatchReport({ log, metrics }: WatchTargets, key: string): WatchReport {
  const repeats = new Repeats();
  return {
    failed: (endpoint, cause, detail) => {
      metrics.asked(cause);
      if (!repeats.isNew(endpoint, cause)) return;
      log.warn("consul-trouble", `${endpoint}: ${detail}`, { key, endpoint, cause });
    },
    answered: () => {
      metrics.asked("answered");
      if (repeats.clearAll()) log.info("consul-back", "Consul answers again", { key });
    },
  };
}
