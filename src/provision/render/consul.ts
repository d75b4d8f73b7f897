/**
 * The configuration of Consul on one host, server or client by the roles of that host.
 *
 * Three things in it keep Patroni's lock from vanishing before its time, and with it the primary:
 * no agent leaves the cluster because it is stopped or restarted (its sessions would end at once),
 * no server that shares its host with PostgreSQL is cleaned away by autopilot, and addresses are
 * literal (a template picks the VIP sooner or later).
 *
 * The tokens stand in the file from the first start on. Consul does not know them until the ACLs
 * are bootstrapped and they are made there; until then it logs that they are unknown. Keys come in
 * a fixed order, so that a difference is a difference.
 */
import assert from "node:assert/strict";

import type { Cluster, Host } from "../cluster/cluster.ts";
import { consulServers, isConsulServer, isDatabase } from "../cluster/hosts.ts";
import type { Content } from "../resources/resource.ts";
import type { Secrets, Token } from "../secrets/secrets.ts";
import { consulDataFolder, consulHttpPort } from "./paths.ts";

const loopback = "127.0.0.1";

export function consulConfig(cluster: Cluster, host: Host, secrets: Secrets): Content {
  const config = isConsulServer(host)
    ? { ...common(cluster, host, secrets), ...serverPart(cluster, host) }
    : { ...common(cluster, host, secrets), server: false };
  return { text: `${JSON.stringify(config, undefined, 2)}\n`, isSecret: true };
}

function common(cluster: Cluster, host: Host, secrets: Secrets): object {
  const { consul } = cluster;
  return {
    datacenter: consul.datacenter,
    primary_datacenter: consul.datacenter,
    node_name: host.name,
    data_dir: consulDataFolder,
    bind_addr: host.address,
    advertise_addr: host.address,
    client_addr: clientAddresses(cluster, host),
    addresses: { dns: loopback },
    // There is one datacenter and no service mesh: what would listen for them does not.
    ports: { http: consulHttpPort, https: -1, grpc: -1, grpc_tls: -1, serf_wan: -1 },
    connect: { enabled: false },
    encrypt: secrets.gossipKey.reveal(),
    retry_join: consulServers(cluster)
      .filter(({ name }) => name !== host.name)
      .map(({ address }) => address),
    retry_interval: "5s",
    rejoin_after_leave: true,
    leave_on_terminate: false,
    skip_leave_on_interrupt: true,
    acl: aclPart(secrets, host),
    // A check that is a script would let who may register a service run programs here.
    enable_script_checks: false,
    enable_local_script_checks: false,
    disable_remote_exec: true,
    disable_update_check: true,
    // What it logs goes to stderr, and so to the journal, and nowhere else.
    log_level: consul.logLevel.toUpperCase(),
    enable_syslog: false,
  };
}

/**
 * `default` is what a request without a token may do, so it reads nodes and services and no more:
 * `consul members` and DNS work on the hosts. No persistence: this file says which tokens count.
 */
function aclPart(secrets: Secrets, host: Host): object {
  return {
    enabled: true,
    default_policy: "deny",
    down_policy: "extend-cache",
    enable_token_persistence: false,
    tokens: {
      agent: agentToken(secrets, host).secret.reveal(),
      default: secrets.readingToken.secret.reveal(),
    },
  };
}

function serverPart(cluster: Cluster, host: Host): object {
  const count = consulServers(cluster).length;
  return {
    server: true,
    bootstrap_expect: count,
    performance: { raft_multiplier: cluster.consul.raftMultiplier },
    autopilot: autopilot(host, count),
    ui_config: { enabled: cluster.consul.isUiShown },
  };
}

/**
 * Autopilot removes a server that is silent for some seconds, and a removed server's sessions are
 * gone whatever their TTL. Where PostgreSQL runs beside it, that is the lock of a leader. On hosts
 * of its own a dead server may go, once another has taken its place. Consul reads this when the
 * cluster is new; afterwards `consul operator autopilot set-config` changes it.
 */
function autopilot(host: Host, count: number): object {
  return { cleanup_dead_servers: !isDatabase(host), min_quorum: count };
}

/** A client serves its own host alone, whoever wants to see the servers' UI. */
function clientAddresses({ consul }: Cluster, host: Host): string {
  const { httpAddress } = consul;
  if (!isConsulServer(host) || httpAddress === loopback) return loopback;
  if (httpAddress === "0.0.0.0") return httpAddress;
  return httpAddress === host.address ? `${loopback} ${httpAddress}` : loopback;
}

function agentToken({ agentTokens }: Secrets, { name }: Host): Token {
  const token = agentTokens.get(name);
  assert(token, `there is no Consul token for ${name}`);
  return token;
}
