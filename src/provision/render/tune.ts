/**
 * PostgreSQL's parameters, computed from the smallest database host, each with its reason.
 *
 * One set for all hosts: any of them may lead, and a replica with fewer connections or locks than
 * the primary does not start at all. What the operator's cluster file says is stronger than what is
 * computed, and what it says against the memory of the hosts is told, not corrected. The numbers
 * are a start that no host is hurt by; who measures will know better.
 *
 * No lz4 is asked for, since not every build has it. Disks are taken for solid state.
 */
import type { Cluster } from "../cluster/cluster.ts";
import type { HostFact } from "../resources/facts.ts";
import type { Obstacle } from "../resources/operation.ts";
import { amountText, kbOf, megabytes, kilobytesText } from "./memory-text.ts";
import type { Packaged } from "./packaged.ts";
import type { Parameters } from "./patroni.ts";
import { oneC } from "./tune-1c.ts";
import { generic } from "./tune-generic.ts";
import { type Basis, type Tuned, clamp } from "./tuning.ts";

export type Tuning = { readonly parameters: Tuned; readonly warnings: readonly Obstacle[] };

/** A bare number of shared_buffers counts pages. */
const bufferKb = 8;

export type TuneOptions = {
  /** Of the smallest WAL volume; absent where it is not known. */
  readonly walVolumeMb?: number | undefined;
  /** What the package has tuned on the smallest host (packaged.ts); absent where it does not. */
  readonly packaged?: Packaged | undefined;
};

type Size = Pick<HostFact, "memoryMb" | "processors">;

export function tune(
  hosts: readonly Size[],
  { postgresql }: Cluster,
  { walVolumeMb, packaged = {} }: TuneOptions = {},
): Tuning {
  const { max_connections: ownConnections, shared_buffers: ownShared } = postgresql.parameters;
  const ownSharedKb = kbOf(ownShared, bufferKb);
  const basis: Basis = {
    memoryMb: Math.min(...hosts.map(({ memoryMb }) => memoryMb)),
    processors: Math.min(...hosts.map(({ processors }) => processors)),
    walVolumeMb,
    ownConnections: ownConnections === undefined ? undefined : Number(ownConnections),
    ownSharedMb: ownSharedKb === undefined ? undefined : megabytes(ownSharedKb),
  };
  const parameters = sorted({
    ...common,
    ...walPart(basis),
    ...profile(postgresql.tuning, basis),
    ...withReason(packaged, "the package has tuned it on the smallest host"),
    // The package has tuned for another volume.
    ...(walVolumeMb === undefined ? {} : walPart(basis)),
    ...withReason(postgresql.parameters, "the cluster file says so"),
  });
  return {
    parameters,
    warnings: [
      ...inequality(hosts),
      ...overcommitment(parameters, basis),
      ...ofPatroni(postgresql.parameters),
    ],
  };
}

function withReason(parameters: Parameters, reason: string): Tuned {
  const tuned = Object.entries(parameters).map(([name, value]) => {
    return [name, { value: settingText(value), reason }] as const;
  });
  return Object.fromEntries(tuned);
}

/** As Patroni's configuration takes them. */
export function valuesOf(parameters: Tuned): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
}

function profile(tuning: Cluster["postgresql"]["tuning"], basis: Basis): Tuned {
  return tuning === "1c" ? oneC(basis) : generic(basis);
}

/** A boolean in Python would become `True`; PostgreSQL's own word is plainer. */
function settingText(value: string | number | boolean): string | number {
  if (typeof value === "boolean") return value ? "on" : "off";
  return value;
}

const common: Tuned = {
  wal_level: { value: "replica", reason: "replicas stream" },
  max_wal_senders: { value: 10, reason: "replicas, their clones, backups, and room" },
  max_replication_slots: { value: 10, reason: "a slot for each member, and room" },
  wal_keep_size: { value: "512MB", reason: "lets an old primary be rewound after a fail-over" },
  password_encryption: { value: "scram-sha-256", reason: "pg_hba asks for nothing else" },
  checkpoint_timeout: { value: "15min", reason: "fewer full pages in WAL" },
  checkpoint_completion_target: { value: 0.9, reason: "checkpoints spread their writes" },
  random_page_cost: { value: 1.1, reason: "solid state; 4 for disks that turn" },
  effective_io_concurrency: { value: 200, reason: "solid state; 2 for disks that turn" },
  logging_collector: { value: "off", reason: "the journal has it, beside Patroni's own words" },
  log_line_prefix: { value: "%m [%p] %q%u@%d ", reason: "time, process, user and database" },
  log_checkpoints: { value: "on", reason: "a checkpoint that comes too often is seen" },
  log_lock_waits: { value: "on", reason: "who waited for whom" },
  log_temp_files: { value: "10MB", reason: "a sort that did not fit is seen" },
  log_autovacuum_min_duration: { value: "10s", reason: "a vacuum that takes long is seen" },
};

/** Where the size of the WAL volume is not known. */
const unknownLimitMb = 10_240;

/** A replica that stays away must not fill the primary's disk with what it has not fetched. */
function walPart({ walVolumeMb }: Basis): Tuned {
  const limit = walVolumeMb === undefined ? unknownLimitMb : Math.floor(walVolumeMb / 4);
  const reason = "the usual 4 GB, at most a quarter of the WAL volume";
  return {
    max_wal_size: { value: amountText(Math.min(4_096, limit)), reason },
    min_wal_size: {
      value: amountText(clamp(Math.floor(limit / 4), 80, 1_024)),
      reason: "segments that are used again",
    },
    max_slot_wal_keep_size: {
      value: amountText(limit),
      reason: "a replica that stays away is cloned anew before the primary's disk is full",
    },
  };
}

/**
 * Hosts of one cluster may differ a little: a virtual machine's memory is never exactly what was
 * asked.
 */
const tolerance = 0.1;

function inequality(hosts: readonly Size[]): readonly Obstacle[] {
  const differs = (values: readonly number[]) => {
    return Math.max(...values) > Math.min(...values) * (1 + tolerance);
  };
  const memories = hosts.map(({ memoryMb }) => memoryMb);
  const processors = hosts.map(({ processors: count }) => count);
  if (!differs(memories) && !differs(processors)) return [];
  const seen = hosts.map((host) => `${host.memoryMb} MB and ${host.processors} processors`);
  return [
    {
      subject: "database hosts",
      finding: `are not equal: ${[...new Set(seen)].join(", ")}`,
      remedy: "the smallest one sets the parameters of all; make them equal, or accept that",
    },
  ];
}

function overcommitment(parameters: Tuned, { memoryMb }: Basis): readonly Obstacle[] {
  const sharedKb = kbOf(parameters["shared_buffers"]?.value, bufferKb);
  const workKb = kbOf(parameters["work_mem"]?.value, 1);
  const connections = Number(parameters["max_connections"]?.value);
  if (sharedKb === undefined || workKb === undefined || Number.isNaN(connections)) return [];
  const neededMb = megabytes(sharedKb + workKb * connections);
  if (neededMb <= memoryMb) return [];
  return [
    {
      subject: "postgresql.parameters",
      finding:
        `work_mem ${kilobytesText(workKb)} for each of ${connections} connections and shared_buffers ` +
        `${kilobytesText(sharedKb)} are ${neededMb} MB, on hosts with ${memoryMb} MB`,
      remedy: "lower work_mem or max_connections, or put a connection pool in front",
    },
  ];
}

/** Patroni says these itself and drops what others say. */
const patronisOwn = new Set(["listen_addresses", "port", "cluster_name", "hot_standby"]);

function ofPatroni(own: Parameters): readonly Obstacle[] {
  const dropped = Object.keys(own).filter((name) => patronisOwn.has(name.toLowerCase()));
  return dropped.map((name) => ({
    subject: `postgresql.parameters.${name}`,
    finding: "is set by Patroni, which drops what is said here",
    remedy: "take it out",
  }));
}

function sorted(parameters: Tuned): Tuned {
  const names = Object.keys(parameters).toSorted();
  return Object.fromEntries(
    names.flatMap((name) => {
      const tuned = parameters[name];
      return tuned === undefined ? [] : [[name, tuned] as const];
    }),
  );
}
