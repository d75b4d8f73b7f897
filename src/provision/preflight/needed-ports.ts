/**
 * Which ports a host needs for itself, and which of them the others must reach.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { isConsulServer, isDatabase } from "../cluster/hosts.ts";
import { consulHttpPort } from "../render/paths.ts";

export type NeededPort = {
  readonly port: number;
  /** What will listen there. */
  readonly what: string;
  /** Whose unit that is. */
  readonly unit: "consul.service" | "patroni.service" | "vip-agent.service";
  /** Who must reach it. */
  readonly from: "itself" | "all" | "databases";
};

const serverPort = 8300;
const gossipPort = 8301;
const dnsPort = 8600;

export function neededPorts(cluster: Cluster, host: Host): readonly NeededPort[] {
  const consul = { unit: "consul.service" } as const;
  const patroni = { unit: "patroni.service", from: "databases" } as const;
  const { postgresql, patroni: wish, agent } = cluster;
  return [
    ...(isConsulServer(host)
      ? [{ ...consul, port: serverPort, what: "Consul's servers", from: "all" } as const]
      : []),
    { ...consul, port: gossipPort, what: "Consul's gossip", from: "all" },
    { ...consul, port: consulHttpPort, what: "Consul's HTTP", from: "itself" },
    { ...consul, port: dnsPort, what: "Consul's DNS", from: "itself" },
    ...(isDatabase(host)
      ? [
          { ...patroni, port: postgresql.port, what: "PostgreSQL" },
          { ...patroni, port: wish.restPort, what: "Patroni" },
          {
            unit: "vip-agent.service",
            from: "itself",
            port: agent.metricsPort,
            what: "vip-agent's metrics",
          } as const,
        ]
      : []),
  ];
}

export type Reached = { readonly to: Host; readonly port: number; readonly what: string };

/** What this host must reach on the others. */
export function reachedFrom(cluster: Cluster, host: Host): readonly Reached[] {
  const others = cluster.hosts.filter(({ name }) => name !== host.name);
  return others.flatMap((to) =>
    neededPorts(cluster, to).flatMap(({ port, what, from }) => {
      const isNeeded = from === "all" || (from === "databases" && isDatabase(host));
      return isNeeded ? [{ to, port, what }] : [];
    }),
  );
}
