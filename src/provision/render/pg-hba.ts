/**
 * pg_hba.conf: who may come from where, and how they prove who they are.
 *
 * The first line that fits decides. Members come by their own address, one line each, for what the
 * cluster itself does; clients come from the networks of the cluster file and from nowhere else,
 * and never as one of the cluster's own users. Passwords are always SCRAM; on the host itself, the
 * operating system's user postgres needs none.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";

export const superuser = "postgres";
export const replicator = "replicator";
export const rewinder = "rewind";

/** The database that Patroni connects to, and pg_rewind with it. */
const maintenanceDatabase = "postgres";

const scram = "scram-sha-256";

export function pgHba(cluster: Cluster): readonly string[] {
  const { clientNetworks, roles } = cluster.postgresql;
  const replicas = roles.filter(({ isReplica }) => isReplica).map(({ name }) => hbaWord(name));
  const own = `${superuser},${replicator},${rewinder}`;
  return [
    `local all ${superuser} peer`,
    `local replication ${superuser} peer`,
    `local all all ${scram}`,
    // Patroni asks its own PostgreSQL for the timeline as the replicator, by the loopback.
    `host replication ${replicator} 127.0.0.1/32 ${scram}`,
    `host all all 127.0.0.1/32 ${scram}`,
    ...databaseHosts(cluster).flatMap(({ address }) => [
      `host replication ${replicator} ${address}/32 ${scram}`,
      `host ${maintenanceDatabase} ${rewinder} ${address}/32 ${scram}`,
    ]),
    ...clientNetworks.flatMap((network) => [
      `host all ${own} ${network} reject`,
      ...replicas.map((name) => `host replication ${name} ${network} ${scram}`),
      `host all all ${network} ${scram}`,
    ]),
  ];
}

/** In quotes a name is but a name: `all` would be everybody, `+x` the members of x. */
export function hbaWord(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !keywords.has(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

const keywords = new Set(["all", "sameuser", "samerole", "samegroup", "replication"]);
