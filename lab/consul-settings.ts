/**
 * What the Consul agents of the lab are told: the lone server, and the servers and clients of a
 * cluster.
 *
 * Everything that the lab has no use for is off, and raft is as quick as it can be told to be. Two
 * settings of the cluster are not for speed: a client that leaves, or a server that autopilot cleans
 * up, takes its sessions along at once, whatever their TTL, and with them the time that every lease
 * counts on. A production cluster must have them too (`leave_on_terminate`, `cleanup_dead_servers`).
 */
import { addressOf, type HostName } from "./network.ts";

export const HTTP_PORT = 8500;
export const HTTPS_PORT = 8501;

export type ConsulTls = {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Whether a client needs a certificate of that CA. */
  readonly isMutual: boolean;
};

export type ConsulSettings = {
  readonly host: HostName;
  readonly folder: string;
  /** Given, the agent denies by default. */
  readonly managementToken: string | undefined;
};

export type LoneServerSettings = ConsulSettings & {
  readonly tls: ConsulTls | undefined;
  /** Given, HTTP is served there too. */
  readonly socket: string | undefined;
};

export type ClusterSettings = ConsulSettings & { readonly servers: readonly HostName[] };

export function loneServer({ tls, socket, ...settings }: LoneServerSettings): object {
  return {
    ...common(settings),
    server: true,
    bootstrap_expect: 1,
    addresses: { http: socket === undefined ? "0.0.0.0" : `0.0.0.0 ${socket}` },
    ports: { ...ports, https: tls === undefined ? -1 : HTTPS_PORT },
    ...(tls === undefined ? {} : { tls: { https: httpsOf(tls) } }),
  };
}

export function clusterServer({ servers, ...settings }: ClusterSettings): object {
  return {
    ...common(settings),
    ...joining(servers),
    server: true,
    bootstrap_expect: servers.length,
    autopilot: { cleanup_dead_servers: false },
  };
}

export function clusterClient({ servers, ...settings }: ClusterSettings): object {
  return { ...common(settings), ...joining(servers), server: false };
}

const ports = { http: HTTP_PORT, https: -1, dns: -1, grpc: -1, grpc_tls: -1, serf_wan: -1 };

function common({ host, folder, managementToken }: ConsulSettings): object {
  const acl = {
    enabled: true,
    default_policy: "deny",
    enable_token_persistence: true,
    tokens: { initial_management: managementToken, agent: managementToken },
  };
  return {
    node_name: host,
    data_dir: `${folder}/data`,
    bind_addr: addressOf(host),
    client_addr: "0.0.0.0",
    log_level: "info",
    performance: { raft_multiplier: 1, leave_drain_time: "0s", rpc_hold_timeout: "7s" },
    ports,
    connect: { enabled: false },
    ui_config: { enabled: false },
    disable_update_check: true,
    // Thousands of connections of tests come from few addresses.
    limits: { http_max_conns_per_client: 2_000 },
    ...(managementToken === undefined ? {} : { acl }),
  };
}

function joining(servers: readonly HostName[]): object {
  return {
    retry_join: servers.map(addressOf),
    retry_interval: "1s",
    leave_on_terminate: false,
    skip_leave_on_interrupt: true,
  };
}

function httpsOf({ caFile, certFile, keyFile, isMutual }: ConsulTls): object {
  return { ca_file: caFile, cert_file: certFile, key_file: keyFile, verify_incoming: isMutual };
}
