/**
 * Hosts as preflight would see them: bare ones that are fit, and those of a finished cluster. Tests
 * change one thing on one of them.
 */
import { createHash } from "node:crypto";

import { type Outcome, done } from "../../../src/outcome.ts";
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { isDatabase, servicesOf } from "../../../src/provision/cluster/hosts.ts";
import type { Finding } from "../../../src/provision/phases/events.ts";
import { judgePreflight } from "../../../src/provision/preflight/judge.ts";
import { neededPorts, reachedFrom } from "../../../src/provision/preflight/needed-ports.ts";
import { packageNames } from "../../../src/provision/preflight/package-names.ts";
import type { Knowledge } from "../../../src/provision/preflight/sighted.ts";
import { programFolders } from "../../../src/provision/preflight/survey-script.ts";
import type { ListenerSight, Survey } from "../../../src/provision/preflight/survey.ts";
import { dataFolder } from "../../../src/provision/render/paths.ts";

export const keyDigest = createHash("sha256").update("some key").digest("hex");

export const known: Knowledge = {
  gossipKeyDigest: keyDigest,
  lockOwner: undefined,
  consul: undefined,
};

const askedAtMs = 1_795_000_000_000;

function octetOf({ address }: Host): number {
  return Number(address.split(".")[3]);
}

export function macOf(host: Host): string {
  return `02:00:00:00:00:${octetOf(host).toString(16).padStart(2, "0")}`;
}

/** A host with a fresh system on it. */
export function bareSurvey(cluster: Cluster, host: Host): Survey {
  const { dataRoot, walRoot, locale } = cluster.postgresql;
  const space = { sizeMb: 16_000, freeMb: 12_000, mountPoint: "/", options: ["rw", "relatime"] };
  return {
    system: {
      os: { id: "debian", idLike: [], version: "12", name: "Debian GNU/Linux 12 (bookworm)" },
      architecture: "x86_64",
      glibc: "2.36",
      isSystemdRunning: true,
      systemdVersion: 252,
      container: undefined,
      packageManager: "apt",
      python: { version: "3.11.2", hasVenv: true },
      memoryMb: 2_000,
      processors: 2,
      hostname: host.name,
      machineId: `machine-${host.name}`,
      bootId: `boot-${host.name}`,
      timeServices: ["systemd-timesyncd"],
      locales: ["C", "C.utf8", "POSIX", locale],
      packages: new Map(
        packageNames(cluster).map((name) => [name, { installed: undefined, candidate: "17.6-1" }]),
      ),
      hasPackageLists: true,
    },
    clock: { askedAtMs, answeredAtMs: askedAtMs + 40, hostMs: askedAtMs + 25 },
    network: {
      interfaces: [
        {
          name: "eth0",
          otherNames: ["enp1s0"],
          mac: macOf(host),
          isUp: true,
          isBridge: false,
          addresses: [{ address: host.address, prefixLength: 24, isLimited: false }],
        },
      ],
      names: new Map(
        [...cluster.hosts, cluster.vip].map(({ name }) => [name, { byFile: [], byAll: [] }]),
      ),
      listeners: [listener("0.0.0.0", 22, "sshd", "ssh.service")],
      isForwarding: true,
    },
    programs: {
      units: new Map([["consul.service", { isKnown: false, active: "inactive" }]]),
      processes: [],
      consulConfigs: [],
      consulData: [],
      patronis: [],
      vipFiles: [],
      upgraders: [],
    },
    storage: {
      spaces: new Map(["/", ...programFolders, dataRoot, walRoot].map((path) => [path, space])),
      databases: [],
      leftovers: new Map(),
      tmpMode: "1777",
      disks: disksOf(host),
    },
    protection: { selinux: undefined, digitalSignature: undefined, umask: "0022", lock: undefined },
    wire: {
      reaches: reachedFrom(cluster, host).map(({ to, port }) => {
        return { to: to.name, port, answer: "refused" };
      }),
      vip: isDatabase(host) ? { kind: "silent" } : { kind: "unasked" },
    },
  };
}

function disksOf({ disks }: Host): Survey["storage"]["disks"] {
  if (disks === undefined) return undefined;
  const disk = { isThere: true, isTaken: false, sizeBytes: 2 ** 36 };
  return {
    disks: [
      { path: disks.data, device: "/dev/sdb", serial: "D1", ...disk },
      { path: disks.wal, device: "/dev/sdc", serial: "D2", ...disk },
    ],
    obstacles: [],
  };
}

export function listener(
  address: string,
  port: number,
  process: string,
  unit: string,
): ListenerSight {
  return { protocol: "tcp", address, port, process, unit };
}

/** The same host once `apply` is through. */
export function finishedSurvey(cluster: Cluster, host: Host): Survey {
  const bare = bareSurvey(cluster, host);
  const processes = [
    { name: "consul", unit: "consul.service" },
    { name: "patroni", unit: "patroni.service" },
    { name: "postgres", unit: "patroni.service" },
  ];
  const { scope, namespace, consul } = cluster;
  return {
    ...bare,
    network: {
      ...bare.network,
      names: new Map(
        [...cluster.hosts, cluster.vip].map(({ name, address }) => {
          return [name, { byFile: [address], byAll: [address] }];
        }),
      ),
      listeners: neededPorts(cluster, host).map(({ port, unit, from }) => {
        return listener(from === "itself" ? "127.0.0.1" : host.address, port, "some", unit);
      }),
    },
    programs: {
      ...bare.programs,
      units: new Map(
        servicesOf(host).map((name) => [`${name}.service`, { isKnown: true, active: "active" }]),
      ),
      processes: isDatabase(host) ? processes : processes.slice(0, 1),
      consulConfigs: [
        {
          path: "/etc/consul.d/consul.json",
          datacenter: consul.datacenter,
          node: host.name,
          keyDigest,
        },
      ],
      consulData: [{ path: "/var/lib/consul", keyDigest }],
      patronis: isDatabase(host)
        ? [
            {
              path: "/etc/patroni/patroni.yml",
              scope,
              namespace: `/${namespace}/`,
              name: host.name,
            },
          ]
        : [],
    },
    storage: {
      ...bare.storage,
      databases: isDatabase(host) ? [{ path: dataFolder(cluster), version: "17" }] : [],
    },
    wire: {
      reaches: reachedFrom(cluster, host).map(({ to, port }) => {
        return { to: to.name, port, answer: "connected" };
      }),
      vip: bare.wire?.vip ?? { kind: "unasked" },
    },
  };
}

export type Change = (survey: Survey, host: Host) => Survey;
export type Maker = (cluster: Cluster, host: Host) => Survey;

/** All hosts by this maker, one of them changed. */
export function surveysOf(
  cluster: Cluster,
  make: Maker,
  changes: Readonly<Record<string, Change>> = {},
): Map<string, Outcome<Survey>> {
  return new Map(
    cluster.hosts.map((host) => {
      const survey = make(cluster, host);
      return [host.name, done(changes[host.name]?.(survey, host) ?? survey)];
    }),
  );
}

/** What is not fine, as "severity host code". */
export function complaintsOf(
  cluster: Cluster,
  surveys: ReadonlyMap<string, Outcome<Survey>>,
  knowledge: Knowledge = known,
): readonly string[] {
  return namesOf(judgePreflight(cluster, surveys, knowledge));
}

export function namesOf(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ severity }) => severity !== "fine")
    .map(({ severity, host = "-", code }) => `${severity} ${host} ${code}`);
}
