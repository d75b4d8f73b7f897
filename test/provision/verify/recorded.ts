/**
 * What hosts and Patroni print, as documented by systemd, iproute2, PostgreSQL and Patroni 4.
 */
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { databaseHosts } from "../../../src/provision/cluster/hosts.ts";

const rules = [
  {
    line: 1,
    type: "local",
    database: ["all"],
    user: ["postgres"],
    address: null,
    netmask: null,
    method: "peer",
    error: null,
  },
  {
    line: 2,
    type: "host",
    database: ["all"],
    user: ["all"],
    address: "0.0.0.0",
    netmask: "0.0.0.0",
    method: "md5",
    error: null,
  },
  {
    line: 3,
    type: null,
    database: null,
    user: null,
    address: null,
    netmask: null,
    method: null,
    error: 'invalid connection type "bogus"',
  },
];

/** With two bad rules of pg_hba, a setting that waits, and an agent that is not content. */
export function hostAnswer(host: Host): string {
  const postgresql = {
    isInRecovery: false,
    hasChecksums: true,
    pendingRestart: ["max_connections"],
    databases: ["postgres", "shop"],
    roles: ["postgres", "shop_owner"],
    rules,
  };
  const status = { version: 1, vips: [{ vip: "x", attention: ["Consul gives no answer"] }] };
  const addresses = [
    { family: "inet", local: host.address, prefixlen: 24, valid_life_time: 4_294_967_295 },
    {},
    { family: "inet", local: "192.168.1.140", prefixlen: 32, valid_life_time: 5 },
  ];
  const interfaces = [
    { ifname: "eth0", flags: ["UP"], address: "02:00:00:00:00:8d", addr_info: addresses },
    {},
  ];
  return [
    `interfaces\t${JSON.stringify(interfaces)}`,
    ...unit("consul.service"),
    "unit\t",
    ...unit("patroni.service", "consul.service vip-agent.service basic.target", "/pgdata /pgwal"),
    "unit\t",
    ...unit("vip-agent.service"),
    "wal\t/pgwal/17/test",
    "wal-link\tyes",
    `postgresql\t${JSON.stringify(postgresql)}`,
    `agent\t${JSON.stringify(status)}`,
    "end\n",
  ].join("\n");
}

function unit(name: string, after = "network.target", mounts = ""): readonly string[] {
  return [
    `unit\tRequiresMountsFor=${mounts}`,
    `unit\tId=${name}`,
    `unit\tAfter=${after}`,
    "unit\tActiveState=active",
    "unit\tUnitFileState=enabled",
  ];
}

/** `GET /cluster` of Patroni: the leader has no lag, and one member waits for a restart. */
export function clusterAnswer(cluster: Cluster): string {
  const members = databaseHosts(cluster).map(({ name, address }, index) => ({
    name,
    role: index === 0 ? "leader" : "replica",
    state: index === 0 ? "running" : "streaming",
    api_url: `http://${address}:8008/patroni`,
    host: address,
    port: 5432,
    timeline: 4,
    ...(index === 0 ? {} : { lag: index === 1 ? 16 : "unknown" }),
    ...(index === 2 ? { pending_restart: true } : {}),
  }));
  return JSON.stringify({ members, scope: cluster.scope });
}
