/**
 * What is asked of Consul for the VIPs of one leader key: the key itself, and Patroni's timings
 * beside it.
 */
import type { ConsulClient } from "../clients/consul.ts";
import { defaultTimings, longestWaitMs } from "../policy/lease.ts";
import type { Sighting } from "../policy/sightings.ts";
import type { Settings } from "./config/settings.ts";
import type { Outside } from "./outside.ts";
import { createWatchReport } from "./reports/watch-report.ts";
import { configKeyOf, watchConfig } from "./sources/cluster-config.ts";
import type { KeyWatch } from "./sources/key-watch.ts";
import { watchLeader } from "./sources/leader.ts";

export type ConsulWatchParts = {
  readonly key: string;
  readonly clients: readonly ConsulClient[];
  readonly settings: Pick<Settings, "consul" | "leaseMarginMs">;
  readonly outside: Pick<Outside, "clock" | "log" | "metrics">;
  readonly onSighting: (sighting: Sighting) => void;
};

export type ConsulWatches = {
  readonly leader: KeyWatch;
  /** Undefined where the leader key does not lie where Patroni would put it. */
  readonly config: KeyWatch | undefined;
};

/** None of them asks before it is run. */
export function createConsulWatches(parts: ConsulWatchParts): ConsulWatches {
  const { key, clients, outside, onSighting } = parts;
  const { consul, leaseMarginMs } = parts.settings;
  const common = { clients, clock: outside.clock, onSighting };
  const reportOn = (asked: string) => {
    return createWatchReport(outside, { service: "consul", key: asked });
  };
  let timings = defaultTimings;
  const waitMs = () => Math.min(consul.waitMs, longestWaitMs(timings, leaseMarginMs));
  const leader = watchLeader({ ...common, key, waitMs, report: reportOn(key) });
  const configKey = configKeyOf(key);
  if (configKey === undefined) return { leader, config: undefined };
  const config = watchConfig({
    ...common,
    configKey,
    report: reportOn(configKey),
    onSighting: (sighting) => {
      const beforeMs = waitMs();
      timings = sighting.timings;
      onSighting(sighting);
      // The question under way may wait for longer than the shorter lease lasts.
      if (waitMs() < beforeMs) leader.askNow();
    },
  });
  return { leader, config };
}
