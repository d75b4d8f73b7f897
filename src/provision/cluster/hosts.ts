/**
 * Hosts by what they are for: which have a Consul server, which a database, and what runs on each.
 *
 * Every host has Consul, as a server or as a client, so whoever is no server needs an agent.
 */
import type { Cluster, Host } from "./cluster.ts";

export function isDatabase({ roles }: Host): boolean {
  return roles.includes("database");
}

export function isConsulServer({ roles }: Host): boolean {
  return roles.includes("consul");
}

export function databaseHosts({ hosts }: Cluster): readonly Host[] {
  return hosts.filter(isDatabase);
}

export function consulServers({ hosts }: Cluster): readonly Host[] {
  return hosts.filter(isConsulServer);
}

/** Database hosts that have no Consul server, and so need an agent. */
export function agentHosts({ hosts }: Cluster): readonly Host[] {
  return hosts.filter((host) => !isConsulServer(host));
}

/** The services that run there: units without their ending. */
export function servicesOf(host: Host): readonly string[] {
  return ["consul", ...(isDatabase(host) ? ["patroni", "vip-agent"] : [])];
}
