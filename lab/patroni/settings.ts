/**
 * The patroni.yml of a node, as an operator of the reference cluster would write it, and the dynamic
 * configuration that the first node puts into Consul.
 *
 * What is not as in production is for speed alone: nothing is synced to a disk (the data is in
 * memory), a checkpoint does not spread its writes. The user `writer` needs no password, since a
 * password costs its client more processor time than the write that is measured.
 */
import { stringify } from "yaml";

import { HTTP_PORT } from "../consul-settings.ts";
import { addressOf, type HostName } from "../network.ts";
import { POSTGRESQL_PORT } from "../ports.ts";

export const REST_PORT = 8008;
export const NAMESPACE = "/db/";
export const SCOPE = "test";
export const WRITER = "writer";
export const DATABASE = "postgres";

/** What operators change while a cluster runs; a key set to null is removed. */
export type DynamicConfig = {
  readonly ttl?: number;
  readonly loop_wait?: number;
  readonly retry_timeout?: number;
  readonly failsafe_mode?: boolean;
  readonly pause?: boolean | null;
  readonly [key: string]: unknown;
};

/** Patroni's own defaults, which are the reference cluster's. */
export const DEFAULT_TIMINGS = { ttl: 30, loop_wait: 10, retry_timeout: 10 } as const;

export type CallbackAction = "on_start" | "on_stop" | "on_restart" | "on_reload" | "on_role_change";

export type Callbacks = Readonly<Partial<Record<CallbackAction, string>>>;

export type Credentials = {
  readonly restUser: string;
  readonly restPassword: string;
  readonly superuserPassword: string;
  readonly replicationPassword: string;
};

export type NodeSettings = {
  readonly host: HostName;
  readonly member: string;
  /** The node's own; the data is in `data` below it. */
  readonly folder: string;
  readonly binFolder: string;
  readonly consulToken: string | undefined;
  readonly credentials: Credentials;
  readonly callbacks: Callbacks;
  readonly dynamic: DynamicConfig;
};

/**
 * What Patroni needs of Consul on one host: the keys of its scope, sessions of its own node, its
 * service, and its own agent's settings (to learn the smallest TTL).
 */
export function patroniRules(host: HostName): string {
  return `
    key_prefix "${keyPrefix()}" { policy = "write" }
    session "${host}" { policy = "write" }
    service "${SCOPE}" { policy = "write" }
    agent "${host}" { policy = "read" }
  `;
}

/** What the agent needs, and not more. */
export const AGENT_RULES = `key_prefix "${keyPrefix()}" { policy = "read" }`;

/** Where Patroni writes down what it thinks of its node, once per loop. */
export function memberKey(member: string): string {
  return `${keyPrefix()}members/${member}`;
}

function keyPrefix(): string {
  return `${NAMESPACE.slice(1)}${SCOPE}/`;
}

export function dataFolderOf(folder: string): string {
  return `${folder}/data`;
}

export function patroniYaml(settings: NodeSettings): string {
  const { host, member, consulToken, credentials, dynamic } = settings;
  return stringify({
    scope: SCOPE,
    namespace: NAMESPACE,
    name: member,
    consul: {
      host: `127.0.0.1:${HTTP_PORT}`,
      ...(consulToken === undefined ? {} : { token: consulToken }),
      register_service: true,
    },
    restapi: {
      listen: `0.0.0.0:${REST_PORT}`,
      connect_address: `${addressOf(host)}:${REST_PORT}`,
      authentication: { username: credentials.restUser, password: credentials.restPassword },
    },
    bootstrap: {
      dcs: { ...dynamic, postgresql: clusterWide },
      initdb: ["no-sync", "data-checksums", { encoding: "UTF8" }, { locale: "C.UTF-8" }],
    },
    postgresql: postgresql(settings),
    watchdog: { mode: "off" },
    tags: { nofailover: false, noloadbalance: false },
  });
}

const clusterWide = {
  use_pg_rewind: true,
  use_slots: true,
  remove_data_directory_on_rewind_failure: true,
  parameters: { wal_log_hints: "on", max_connections: 200, max_wal_senders: 10 },
};

function postgresql(settings: NodeSettings): object {
  const { host, folder, binFolder, credentials, callbacks } = settings;
  return {
    data_dir: dataFolderOf(folder),
    bin_dir: binFolder,
    listen: `0.0.0.0:${POSTGRESQL_PORT}`,
    connect_address: `${addressOf(host)}:${POSTGRESQL_PORT}`,
    pgpass: `${folder}/pgpass`,
    authentication: {
      superuser: { username: "postgres", password: credentials.superuserPassword },
      replication: { username: "replicator", password: credentials.replicationPassword },
    },
    ...(Object.keys(callbacks).length === 0 ? {} : { callbacks }),
    basebackup: [{ checkpoint: "fast" }, "no-sync"],
    parameters: {
      // Tells a client which host took its write.
      "lab.host": host,
      unix_socket_directories: folder,
      dynamic_shared_memory_type: "mmap",
      shared_buffers: "32MB",
      min_wal_size: "64MB",
      max_wal_size: "512MB",
      fsync: "off",
      full_page_writes: "off",
      wal_retrieve_retry_interval: "500ms",
    },
    pg_hba: [
      "local all all peer",
      `host all ${WRITER} 192.168.1.0/24 trust`,
      "host replication replicator 127.0.0.1/32 scram-sha-256",
      "host replication replicator 192.168.1.0/24 scram-sha-256",
      "host all all 127.0.0.1/32 scram-sha-256",
      "host all all 192.168.1.0/24 scram-sha-256",
    ],
  };
}
