/**
 * What a watch tells of its Consul: when it begins to fail, when the cause changes, and when it is
 * well again.
 */
import { type Log, Repeats } from "./log.ts";

export type WatchReport = {
  readonly failed: (endpoint: string, cause: string, detail: string) => void;
  readonly answered: () => void;
};

export function createWatchReport(log: Log, key: string): WatchReport {
  const repeats = new Repeats();
  return {
    failed: (endpoint, cause, detail) => {
      if (!repeats.isNew(endpoint, cause)) return;
      log.warn("consul-trouble", `${endpoint}: ${detail}`, { key, endpoint, cause });
    },
    answered: () => {
      if (repeats.clearAll()) log.info("consul-back", "Consul answers again", { key });
    },
  };
}
