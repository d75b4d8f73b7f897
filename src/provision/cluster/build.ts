/**
 * A draft without an error, as the cluster that everything else works with.
 */
import assert from "node:assert/strict";
import { dirname, resolve } from "node:path";
import type {
  AgentWish,
  Artefact,
  Cluster,
  ConsulWish,
  Disks,
  Host,
  PatroniWish,
  PostgresqlWish,
} from "./cluster.ts";
import type { Draft } from "./draft.ts";
import { isAddress } from "./net-kinds.ts";
import type { ClusterKey, ValueOf } from "./table.ts";

/** `file` is the cluster file: relative paths in it count from its folder. */
export function buildCluster(draft: Draft, file: string): Cluster {
  const folder = dirname(file);
  return {
    scope: needed(draft, "scope"),
    namespace: needed(draft, "namespace"),
    vip: {
      address: needed(draft, "vip.address"),
      prefixLength: needed(draft, "vip.prefix-length"),
      name: needed(draft, "vip.name"),
    },
    hosts: draft.names("hosts").map((name) => buildHost(draft, name)),
    ssh: {
      user: draft.value("ssh.user"),
      port: draft.value("ssh.port"),
      options: needed(draft, "ssh.options"),
      sudo: needed(draft, "ssh.sudo"),
    },
    journal: {
      keepDays: draft.value("journal.keep-days"),
      maxSizeBytes: draft.value("journal.max-size"),
    },
    consul: buildConsul(draft, folder),
    postgresql: buildPostgresql(draft),
    patroni: buildPatroni(draft, folder),
    agent: buildAgent(draft, folder),
  };
}

/** For a key that has a value in every file without an error. */
function needed<K extends ClusterKey>(draft: Draft, key: K, name?: string): ValueOf<K> {
  const value = draft.value(key, name);
  assert(value !== undefined, `${key} has neither a value nor a complaint`);
  return value;
}

function buildHost(draft: Draft, name: string): Host {
  const address = needed(draft, "hosts.*.address", name);
  const roles = needed(draft, "hosts.*.roles", name);
  const own = draft.value("hosts.*.interface", name) ?? draft.value("vip.interface");
  return {
    name,
    address,
    roles,
    // The VIP lives nowhere else, so a mere Consul server has no such interface.
    interface: roles.includes("database") ? (own ?? "") : "",
    sshHost: draft.value("hosts.*.ssh-host", name) ?? address,
    disks: disksOf(draft, name),
    tags: needed(draft, "hosts.*.tags", name),
  };
}

function disksOf(draft: Draft, name: string): Disks | undefined {
  const data = draft.value("hosts.*.disks.data", name);
  const wal = draft.value("hosts.*.disks.wal", name);
  return data === undefined || wal === undefined ? undefined : { data, wal };
}

function buildConsul(draft: Draft, folder: string): ConsulWish {
  return {
    datacenter: needed(draft, "consul.datacenter"),
    version: needed(draft, "consul.version"),
    program: artefact(folder, needed(draft, "consul.program"), draft.value("consul.sha256")),
    logLevel: needed(draft, "consul.log-level"),
    httpAddress: needed(draft, "consul.http-address"),
    isUiShown: needed(draft, "consul.ui"),
    raftMultiplier: needed(draft, "consul.raft-multiplier"),
  };
}

function artefact(folder: string, from: string, sha256: string | undefined): Artefact {
  return { from: isAddress(from) ? from : resolve(folder, from), sha256 };
}

function buildPostgresql(draft: Draft): PostgresqlWish {
  return {
    major: needed(draft, "postgresql.major"),
    profile: needed(draft, "postgresql.profile"),
    tuning: needed(draft, "postgresql.tuning"),
    port: needed(draft, "postgresql.port"),
    locale: needed(draft, "postgresql.locale"),
    dataRoot: needed(draft, "postgresql.data-root"),
    walRoot: needed(draft, "postgresql.wal-root"),
    clientNetworks: needed(draft, "postgresql.client-networks"),
    databases: draft.names("postgresql.databases").map((name) => ({
      name,
      owner: needed(draft, "postgresql.databases.*.owner", name),
    })),
    roles: draft.names("postgresql.roles").map((name) => ({
      name,
      isReplica: needed(draft, "postgresql.roles.*.replication", name),
    })),
    parameters: needed(draft, "postgresql.parameters"),
  };
}

function buildPatroni(draft: Draft, folder: string): PatroniWish {
  const wheels = draft.value("patroni.wheels");
  return {
    version: needed(draft, "patroni.version"),
    wheels: wheels === undefined ? undefined : resolve(folder, wheels),
    ttlS: needed(draft, "patroni.ttl"),
    loopWaitS: needed(draft, "patroni.loop-wait"),
    retryTimeoutS: needed(draft, "patroni.retry-timeout"),
    maximumLagBytes: needed(draft, "patroni.maximum-lag"),
    isFailsafe: needed(draft, "patroni.failsafe"),
    synchronous: needed(draft, "patroni.synchronous"),
    synchronousNodes: needed(draft, "patroni.synchronous-nodes"),
    restPort: needed(draft, "patroni.rest-port"),
    restart: needed(draft, "patroni.restart"),
    watchdog: needed(draft, "patroni.watchdog"),
    controlGroup: draft.value("patroni.control-group"),
    isServiceRegistered: needed(draft, "patroni.register-service"),
  };
}

function buildAgent(draft: Draft, folder: string): AgentWish {
  const from = needed(draft, "vip-agent.package");
  return {
    package: artefact(folder, from, draft.value("vip-agent.sha256")),
    metricsAddress: needed(draft, "vip-agent.metrics-address"),
    metricsPort: needed(draft, "vip-agent.metrics-port"),
  };
}
