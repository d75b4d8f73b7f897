/**
 * What a watch tells of the service that it asks: when it begins to fail, when the cause changes,
 * and when it is well again.
 */
import type { TroubleCause } from "../../policy/sightings.ts";
import { type Log, Repeats } from "./log.ts";
import type { Metrics, ServiceName } from "./metrics.ts";

export type WatchReport = {
  readonly failed: (endpoint: string, cause: TroubleCause, detail: string) => void;
  /** Where the answer was not held back on purpose, with the time that it took. */
  readonly answered: (tookMs?: number) => void;
};

export type WatchTargets = { readonly log: Log; readonly metrics: Metrics };

const names = { consul: "Consul", patroni: "Patroni" } as const;

export type Watched = {
  readonly service: ServiceName;
  /** What is asked for. */
  readonly key: string;
};

export function createWatchReport(
  { log, metrics }: WatchTargets,
  { service, key }: Watched,
): WatchReport {
  const repeats = new Repeats();
  return {
    failed: (endpoint, cause, detail) => {
      metrics.asked(service, cause);
      if (!repeats.isNew(endpoint, cause)) return;
      log.warn(`${service}-trouble`, `${endpoint}: ${detail}`, { key, endpoint, cause });
    },
    answered: (tookMs) => {
      metrics.asked(service, "answered");
      if (service === "consul" && tookMs !== undefined) metrics.consulTook(tookMs);
      if (!repeats.clearAll()) return;
      log.info(`${service}-back`, `${names[service]} answers again`, { key });
    },
  };
}
