/**
 * Whether the services come back after a restart of a host, whether the agents are content, and whether
 * they can be watched.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { isDatabase, servicesOf } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "../preflight/finding.ts";
import type { HostSight, Sights } from "./sights.ts";

export function unitFindings(cluster: Cluster, host: Host, sight: HostSight): readonly Finding[] {
  const names = servicesOf(host);
  const troubles = names.flatMap((name) => stateFindings(host, name, sight));
  const order = isDatabase(host) ? orderFindings(cluster, host, sight) : [];
  const text = `${names.join(", ")}: running, and enabled`;
  return orFine([...troubles, ...order], fine(host, "units", text));
}

function stateFindings(host: Host, name: string, { units }: HostSight): readonly Finding[] {
  const unit = units.get(`${name}.service`);
  const findings: Finding[] = [];
  if (unit?.active !== "active") {
    const finding = `${name}.service is ${unit?.active || "unknown"}, not active`;
    const remedy = `see \`systemctl status ${name}\` and \`journalctl -u ${name}\` there`;
    findings.push(error({ host, code: "unit-inactive", finding, remedy }));
  }
  if (unit?.file !== "enabled") {
    const finding = `${name}.service is ${unit?.file || "unknown"}, not enabled: a restart ends it`;
    const remedy = `run apply, or systemctl enable ${name} there`;
    findings.push(error({ host, code: "unit-disabled", finding, remedy }));
  }
  return findings;
}

/** Stops come in the opposite order, and there it matters most. */
function orderFindings(
  { postgresql: { dataRoot, walRoot } }: Cluster,
  host: Host,
  { units }: HostSight,
): readonly Finding[] {
  const patroni = units.get("patroni.service");
  if (patroni === undefined) return [];
  const remedy = "run apply, and see `systemctl cat patroni` for what changes it";
  const findings = [];
  const reasons = {
    "consul.service": "Patroni could not give its lock away when the host stops",
    "vip-agent.service": "the VIP would come late when the host starts",
  };
  for (const [name, reason] of Object.entries(reasons)) {
    if (patroni.after.includes(name)) continue;
    const finding = `patroni.service does not come after ${name}: ${reason}`;
    findings.push(error({ host, code: "unit-order", finding, remedy }));
  }
  const lacking = [dataRoot, walRoot].filter((root) => !patroni.mounts.includes(root));
  if (host.disks !== undefined && lacking.length > 0) {
    const finding = `patroni.service does not wait for ${lacking.join(" and ")} to be mounted`;
    findings.push(error({ host, code: "unit-order", finding, remedy }));
  }
  return findings;
}

export function agentFindings(host: Host, { agent }: HostSight): readonly Finding[] {
  const code = "vip-agent";
  if (agent === undefined) {
    const finding = "vip-agent gives no answer to `vip-agent status`";
    return [error({ host, code, finding, remedy: "see `journalctl -u vip-agent` there" })];
  }
  const troubles = agent.attention.map((text) => {
    return warning({ host, code, finding: text, remedy: "see `vip-agent status` there" });
  });
  return orFine(troubles, fine(host, code, "content"));
}

export function metricsFindings(
  { agent }: Cluster,
  host: Host,
  { metrics }: Sights,
): readonly Finding[] {
  const code = "metrics";
  const address = agent.metricsAddress === "host" ? host.address : "127.0.0.1";
  const place = `http://${address}:${agent.metricsPort}/metrics`;
  const sight = metrics.get(host.name);
  if (sight?.ok === true && sight.value.status === 200 && sight.value.isAgent) {
    return [fine(host, code, `${place} answers`)];
  }
  const reason =
    sight === undefined
      ? "nobody asked"
      : sight.ok
        ? `HTTP ${sight.value.status}${sight.value.isAgent ? "" : ", and it is no vip-agent"}`
        : sight.detail;
  const remedy = "see metrics-address in /etc/vip-agent/vip-agent.yml, and who has that port";
  return [
    error({ host, code, finding: `${place} does not answer as it should: ${reason}`, remedy }),
  ];
}
