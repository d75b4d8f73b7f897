/**
 * Whether the cluster is what its file wants, from what was seen. Pure.
 */
import type { Json } from "../phases/dynamic-config.ts";
import type { Cluster, Host } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { error } from "../preflight/finding.ts";
import { consulFindings } from "./judge-consul.ts";
import { agentFindings, metricsFindings, unitFindings } from "./judge-hosts.ts";
import { patroniFindings } from "./judge-patroni.ts";
import { postgresqlFindings } from "./judge-postgresql.ts";
import { vipFindings } from "./judge-vip.ts";
import type { Sights } from "./sights.ts";

/** `wantedConfig`: Patroni's dynamic configuration. */
export function judgeVerify(
  cluster: Cluster,
  sights: Sights,
  wantedConfig: Json,
): readonly Finding[] {
  return [
    ...cluster.hosts.flatMap((host) => hostFindings(cluster, host, sights)),
    ...consulFindings(cluster, sights.consul),
    ...patroniFindings(cluster, sights.patroni, wantedConfig),
    ...vipFindings(cluster, sights),
  ];
}

function hostFindings(cluster: Cluster, host: Host, sights: Sights): readonly Finding[] {
  const sight = sights.hosts.get(host.name);
  if (sight?.ok !== true) {
    const code = sight?.code ?? "unasked";
    const finding = sight?.detail ?? "nobody asked";
    return [error({ host, code, finding, remedy: "mend the way to it, and verify again" })];
  }
  const units = unitFindings(cluster, host, sight.value);
  if (!isDatabase(host)) return units;
  return [
    ...units,
    ...postgresqlFindings(cluster, host, sight.value),
    ...agentFindings(host, sight.value),
    ...metricsFindings(cluster, host, sights),
  ];
}
