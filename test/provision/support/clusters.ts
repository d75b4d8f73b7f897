/**
 * The clusters that tests of provisioning are about, as the cluster file would give them: the
 * reference cluster with Consul servers of its own, and the one of three hosts that are both.
 *
 * Secrets are drawn anew for each test run, since a fixed one in a file sooner or later is in use
 * somewhere.
 */
import { randomBytes, randomUUID } from "node:crypto";

import type { Cluster, Host, Role } from "../../../src/provision/cluster/cluster.ts";
import type { HostFact } from "../../../src/provision/resources/facts.ts";
import { Secret, type Secrets, type Token } from "../../../src/provision/secrets/secrets.ts";

const artefactSha256 = "0".repeat(64);

export function testHost(name: string, lastOctet: number, roles: readonly Role[]): Host {
  const address = `192.168.1.${lastOctet}`;
  return {
    name,
    address,
    roles,
    interface: "eth0",
    sshHost: address,
    disks: undefined,
    tags: {},
  };
}

/** test-dcs1..3 with Consul servers, test-db1..3 with PostgreSQL. */
export function sixHosts(changes: Partial<Cluster> = {}): Cluster {
  return {
    scope: "test",
    namespace: "db",
    vip: { address: "192.168.1.140", prefixLength: 32, name: "test-db-cl" },
    hosts: [
      testHost("test-dcs1", 181, ["consul"]),
      testHost("test-dcs2", 182, ["consul"]),
      testHost("test-dcs3", 183, ["consul"]),
      testHost("test-db1", 141, ["database"]),
      testHost("test-db2", 142, ["database"]),
      testHost("test-db3", 143, ["database"]),
    ],
    ssh: { user: undefined, port: undefined, options: [], sudo: "auto" },
    journal: { keepDays: undefined, maxSizeBytes: undefined },
    consul: {
      datacenter: "test-dcs-cluster",
      version: "1.22.3",
      program: { from: "consul_1.22.3_linux_amd64.zip", sha256: artefactSha256 },
      logLevel: "info",
      httpAddress: "127.0.0.1",
      isUiShown: true,
      raftMultiplier: 1,
    },
    postgresql: {
      major: 17,
      profile: "distribution",
      tuning: "generic",
      port: 5432,
      locale: "C.UTF-8",
      dataRoot: "/pgdata",
      walRoot: "/pgwal",
      clientNetworks: ["192.168.1.0/24", "10.20.0.0/16"],
      databases: [{ name: "shop", owner: "shop_owner" }],
      roles: [
        { name: "shop_owner", isReplica: false },
        { name: "Отчёты", isReplica: false },
        { name: "backup", isReplica: true },
      ],
      parameters: {},
    },
    patroni: {
      version: "4.1.5",
      wheels: undefined,
      ttlS: 30,
      loopWaitS: 10,
      retryTimeoutS: 10,
      maximumLagBytes: 1_048_576,
      isFailsafe: true,
      synchronous: "off",
      synchronousNodes: 1,
      restPort: 8008,
      restart: "on-failure",
      watchdog: "off",
      controlGroup: undefined,
      isServiceRegistered: true,
    },
    agent: {
      package: { from: "vip-agent_0.1.0_amd64.deb", sha256: artefactSha256 },
      metricsAddress: "host",
      metricsPort: 9728,
    },
    ...changes,
  };
}

/** The same on three hosts, each with a Consul server, PostgreSQL and two disks. */
export function threeHosts(changes: Partial<Cluster> = {}): Cluster {
  const roles: readonly Role[] = ["consul", "database"];
  return sixHosts({
    hosts: [141, 142, 143].map((lastOctet, index) => ({
      ...testHost(`test-db${index + 1}`, lastOctet, roles),
      disks: { data: "/dev/disk/by-id/test-data", wal: "/dev/disk/by-id/test-wal" },
    })),
    ...changes,
  });
}

function token(): Token {
  return { accessor: randomUUID(), secret: new Secret(randomUUID()) };
}

function password(): Secret {
  return new Secret(randomBytes(24).toString("base64url"));
}

export function secretsFor({ hosts, postgresql }: Cluster): Secrets {
  return {
    gossipKey: new Secret(randomBytes(32).toString("base64")),
    managementToken: token(),
    agentTokens: new Map(hosts.map(({ name }) => [name, token()])),
    readingToken: token(),
    patroniToken: token(),
    vipAgentToken: token(),
    superuserPassword: password(),
    replicationPassword: password(),
    rewindPassword: password(),
    restPassword: password(),
    rolePasswords: new Map(postgresql.roles.map(({ name }) => [name, password()])),
  };
}

/** Every secret by a name for people, for tests that look for them, or that mask them. */
export function secretTexts(secrets: Secrets): ReadonlyMap<string, string> {
  const { agentTokens, rolePasswords, ...others } = secrets;
  const all: [string, Secret | Token][] = [
    ...Object.entries(others),
    ...[...agentTokens].map(([name, one]): [string, Token] => [`agentToken of ${name}`, one]),
    ...[...rolePasswords].map(([name, one]): [string, Secret] => [`password of ${name}`, one]),
  ];
  return new Map(
    all.map(([name, one]) => [name, (one instanceof Secret ? one : one.secret).reveal()]),
  );
}

export const debian12: HostFact["os"] = { id: "debian", idLike: [], version: "12" };
export const astra18: HostFact["os"] = { id: "astra", idLike: ["debian"], version: "1.8_x86-64" };
export const redos8: HostFact["os"] = { id: "redos", idLike: ["rhel", "fedora"], version: "8.0" };
export const rocky9: HostFact["os"] = {
  id: "rocky",
  idLike: ["rhel", "centos", "fedora"],
  version: "9.4",
};

export function hostFact(changes: Partial<HostFact> = {}): HostFact {
  return {
    os: debian12,
    packageManager: "apt",
    architecture: "x86_64",
    memoryMb: 8_192,
    processors: 4,
    clockMs: 1_795_000_000_000,
    ...changes,
  };
}
