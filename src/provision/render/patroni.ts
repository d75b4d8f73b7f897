/**
 * Patroni's configuration on one host, what the cluster keeps of it in Consul, and the smaller file
 * for people who may run patronictl.
 *
 * `bootstrap.dcs` counts once, at the first start; from then on the same values live in Consul,
 * where `dynamicConfig` says what they must be. Parameters of PostgreSQL are cluster-wide without
 * exception but the socket's folder, since a replica with fewer connections than its primary does
 * not start.
 *
 * PostgreSQL listens on all addresses, and must: the VIP comes and goes while it runs. Who gets in
 * is pg_hba's business. Patroni's REST API listens on the host's own address alone, and takes
 * orders from the database hosts alone, since its password crosses the network in clear.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";
import type { Content } from "../resources/resource.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { fileHeader } from "./header.ts";
import type { PostgresqlLayout } from "./layout.ts";
import { callbackProgram, consulHttpPort, dataFolder, passwordFile, walFolder } from "./paths.ts";
import { pgHba, replicator, rewinder, superuser } from "./pg-hba.ts";
import { type YamlValue, yamlText } from "./yaml-text.ts";

/** Of Patroni's REST API. */
export const restUser = "patroni";

/** Of PostgreSQL, by name. */
export type Parameters = Readonly<Record<string, string | number | boolean>>;

/** What belongs to a host and not to the cluster. */
const socketParameter = "unix_socket_directories";

export type PatroniParts = {
  readonly cluster: Cluster;
  readonly host: Host;
  readonly secrets: Secrets;
  readonly layout: PostgresqlLayout;
  readonly parameters: Parameters;
};

export function patroniConfig(parts: PatroniParts): Content {
  const { cluster, host, secrets, parameters } = parts;
  const { watchdog, restPort } = cluster.patroni;
  const config: YamlValue = {
    scope: cluster.scope,
    namespace: namespaceOf(cluster),
    name: host.name,
    restapi: {
      listen: `${host.address}:${restPort}`,
      connect_address: `${host.address}:${restPort}`,
      authentication: { username: restUser, password: secrets.restPassword.reveal() },
      allowlist: databaseHosts(cluster).map(({ address }) => `${address}/32`),
    },
    consul: {
      ...consulPart(secrets),
      register_service: cluster.patroni.isServiceRegistered,
    },
    bootstrap: { dcs: dynamicConfig(cluster, parameters), initdb: initdb(cluster) },
    postgresql: postgresql(parts),
    watchdog: { mode: watchdog, device: "/dev/watchdog", safety_margin: 5 },
    ...(Object.keys(host.tags).length === 0 ? {} : { tags: host.tags }),
  };
  return { text: fileHeader + yamlText(config), isSecret: true };
}

/** What `/config` must hold. Further keys there are an operator's. */
export function dynamicConfig(cluster: Cluster, parameters: Parameters): YamlValue {
  const { patroni } = cluster;
  const { [socketParameter]: _, ...clusterWide } = parameters;
  return {
    ttl: patroni.ttlS,
    loop_wait: patroni.loopWaitS,
    retry_timeout: patroni.retryTimeoutS,
    maximum_lag_on_failover: patroni.maximumLagBytes,
    primary_start_timeout: 300,
    failsafe_mode: patroni.isFailsafe,
    ...synchronousPart(patroni),
    postgresql: {
      use_pg_rewind: true,
      use_slots: true,
      parameters: { ...clusterWide },
    },
  };
}

/** For `patronictl -c`: Consul and the REST API, and no password of PostgreSQL. */
export function controlConfig(cluster: Cluster, secrets: Secrets): Content {
  const config: YamlValue = {
    scope: cluster.scope,
    namespace: namespaceOf(cluster),
    consul: consulPart(secrets),
    ctl: { authentication: { username: restUser, password: secrets.restPassword.reveal() } },
  };
  return { text: fileHeader + yamlText(config), isSecret: true };
}

function namespaceOf({ namespace }: Cluster): string {
  return namespace === "" ? "/" : `/${namespace}/`;
}

/**
 * By address: `localhost` may be ::1 first. Without `checks`, whose one is Consul's word on the
 * node: a moment of bad gossip would take the lock.
 */
function consulPart(secrets: Secrets) {
  return {
    host: `127.0.0.1:${consulHttpPort}`,
    token: secrets.patroniToken.secret.reveal(),
  };
}

function synchronousPart({ synchronous, synchronousNodes }: Cluster["patroni"]) {
  return {
    synchronous_mode: synchronous === "quorum" ? "quorum" : synchronous !== "off",
    synchronous_mode_strict: synchronous === "strict",
    synchronous_node_count: synchronousNodes,
  };
}

/** Messages in English: every host has the locale C, and logs are searched. */
function initdb(cluster: Cluster): YamlValue {
  return [
    { encoding: "UTF8" },
    { locale: cluster.postgresql.locale },
    { "lc-messages": "C" },
    "data-checksums",
    { waldir: walFolder(cluster) },
    { "auth-local": "peer" },
    { "auth-host": "scram-sha-256" },
  ];
}

function postgresql({ cluster, host, secrets, layout, parameters }: PatroniParts): YamlValue {
  const { port } = cluster.postgresql;
  const user = (username: string, password: string) => ({ username, password });
  const sockets = parameters[socketParameter] ?? layout.socketFolders.join(",");
  return {
    listen: `0.0.0.0:${port}`,
    connect_address: `${host.address}:${port}`,
    data_dir: dataFolder(cluster),
    bin_dir: layout.binFolder,
    pgpass: passwordFile(cluster),
    // As the superuser, Patroni comes by the socket, where the operating system vouches for it.
    use_unix_socket: true,
    pg_hba: pgHba(cluster),
    authentication: {
      superuser: user(superuser, secrets.superuserPassword.reveal()),
      replication: user(replicator, secrets.replicationPassword.reveal()),
      rewind: user(rewinder, secrets.rewindPassword.reveal()),
    },
    // initdb makes the first one's WAL folder, this every other one's.
    basebackup: [{ checkpoint: "fast" }, { waldir: walFolder(cluster) }],
    callbacks: {
      on_start: callbackProgram,
      on_stop: callbackProgram,
      on_role_change: callbackProgram,
      on_restart: callbackProgram,
      on_reload: callbackProgram,
    },
    parameters: { [socketParameter]: sockets },
  };
}
