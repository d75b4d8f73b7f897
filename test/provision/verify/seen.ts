/**
 * A finished cluster as verify sees it, of which tests change one thing.
 */
import { done } from "../../../src/outcome.ts";
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { consulServers, databaseHosts, isDatabase } from "../../../src/provision/cluster/hosts.ts";
import type { Json } from "../../../src/provision/phases/dynamic-config.ts";
import type { Member } from "../../../src/provision/phases/patroni-state.ts";
import { dynamicConfig } from "../../../src/provision/render/patroni.ts";
import { walFolder } from "../../../src/provision/render/paths.ts";
import type {
  HbaRule,
  HostSight,
  Sights,
  UnitSight,
} from "../../../src/provision/verify/sights.ts";
import { tokenRights } from "../../../src/provision/verify/token-rights.ts";
import { worldOf } from "./worlds.ts";

export function wantedConfig(cluster: Cluster): Json {
  return dynamicConfig(cluster, worldOf(cluster).parameters);
}

/** The first database host leads. */
export function healthySights(cluster: Cluster): Sights {
  const databases = databaseHosts(cluster);
  const [leader] = databases;
  const servers = consulServers(cluster);
  const byHost = <T>(hosts: readonly Host[], valueOf: (host: Host) => T) => {
    return new Map(hosts.map((host) => [host.name, done(valueOf(host))]));
  };
  return {
    hosts: byHost(cluster.hosts, (host) => hostSight(cluster, host, host === leader)),
    metrics: byHost(databases, () => ({ status: 200, isAgent: true })),
    consul: {
      leaders: byHost(cluster.hosts, () => "192.168.1.181:8300"),
      anonymous: byHost(cluster.hosts, () => 403),
      raft: done(
        servers.map(({ name }, index) => ({ name, isLeader: index === 0, isVoter: true })),
      ),
      members: done(cluster.hosts.map(({ name, address }) => ({ name, address, isAlive: true }))),
      grants: tokenRights(worldOf(cluster)).map(({ token, may, mayNot }) => {
        const allowed = [...may.map(() => true), ...mayNot.map(() => false)];
        return { token, may, mayNot, allowed: done(allowed) };
      }),
      leaderKey: done({ member: leader?.name ?? "", hasSession: true }),
    },
    patroni: {
      members: done(databases.map(({ name }, index) => member(name, index === 0))),
      config: done(JSON.parse(JSON.stringify(wantedConfig(cluster)))),
    },
  };
}

export function member(name: string, isLeader: boolean): Member {
  return {
    name,
    role: isLeader ? "leader" : "replica",
    state: isLeader ? "running" : "streaming",
    timeline: 3,
    lagBytes: isLeader ? undefined : 0,
    isRestartPending: false,
  };
}

export const goodRules: readonly HbaRule[] = [
  { ...rule("local", null, "peer"), user: ["postgres"] },
  rule("host", "192.168.1.142", "scram-sha-256"),
  rule("host", "0.0.0.0", "reject", "0.0.0.0"),
];

export function rule(
  type: string,
  address: string | null,
  method: string,
  netmask: string | null = address === null ? null : "255.255.255.255",
): HbaRule {
  return { line: 7, type, database: ["all"], user: ["all"], address, netmask, method, error: null };
}

function hostSight(cluster: Cluster, host: Host, isLeader: boolean): HostSight {
  const { dataRoot, walRoot, databases, roles } = cluster.postgresql;
  const own = { address: host.address, prefixLength: 24, isLimited: false };
  const vip = { address: cluster.vip.address, prefixLength: 32, isLimited: true };
  const unit: UnitSight = { active: "active", file: "enabled", after: [], mounts: [] };
  const patroni: UnitSight = {
    ...unit,
    after: ["consul.service", "vip-agent.service", "network-online.target"],
    mounts: [dataRoot, walRoot],
  };
  return {
    units: new Map([
      ["consul.service", unit],
      ...(isDatabase(host)
        ? ([
            ["patroni.service", patroni],
            ["vip-agent.service", unit],
          ] as const)
        : []),
    ]),
    interfaces: [
      {
        name: "eth0",
        otherNames: [],
        mac: "02:00:00:00:00:01",
        isUp: true,
        isBridge: false,
        addresses: isLeader ? [own, vip] : [own],
      },
    ],
    walTarget: isDatabase(host) ? walFolder(cluster) : undefined,
    postgresql: isDatabase(host)
      ? {
          isInRecovery: !isLeader,
          hasChecksums: true,
          pendingRestart: [],
          rules: goodRules,
          databases: ["postgres", ...databases.map(({ name }) => name)],
          roles: ["postgres", ...roles.map(({ name }) => name)],
        }
      : undefined,
    postgresqlTrouble: "psql gave no answer",
    agent: isDatabase(host) ? { attention: [] } : undefined,
  };
}
