/**
 * What preflight sees of a host: the answer to one read-only script (survey-script.ts). Only types.
 *
 * Everything may be missing. A host without the program that would tell, or with a version of it that
 * says something else, is a host of which one thing is unknown, not one that cannot be judged.
 */
import type { Outcome } from "../../outcome.ts";
import type { Obstacle } from "../resources/operation.ts";

export type Survey = {
  readonly system: SystemSight;
  /** When the host was asked, and what its clock said then. */
  readonly clock: ClockSight | undefined;
  readonly network: NetworkSight;
  readonly programs: ProgramsSight;
  readonly storage: StorageSight;
  readonly protection: ProtectionSight;
  /** None: it was not looked at. */
  readonly wire: WireSight | undefined;
};

/** A host by its name in the cluster file, or why it could not be asked. */
export type Surveys = ReadonlyMap<string, Outcome<Survey>>;

export type SystemSight = {
  readonly os: OsSight | undefined;
  /** As `uname -m` says it. */
  readonly architecture: string | undefined;
  /** "2.36"; none: not glibc, or not to be found out. */
  readonly glibc: string | undefined;
  readonly isSystemdRunning: boolean;
  readonly systemdVersion: number | undefined;
  /** systemd's word for the kind of container; undefined: none. */
  readonly container: string | undefined;
  readonly packageManager: "apt" | "dnf" | "unknown";
  readonly python: PythonSight | undefined;
  readonly memoryMb: number | undefined;
  readonly processors: number | undefined;
  readonly hostname: string | undefined;
  readonly machineId: string | undefined;
  readonly bootId: string | undefined;
  /** Services that keep the clock right, and run. */
  readonly timeServices: readonly string[];
  readonly locales: readonly string[] | undefined;
  /** By name, as far as they were asked for. */
  readonly packages: ReadonlyMap<string, PackageSight>;
  /** Whether the package manager has lists to look in. */
  readonly hasPackageLists: boolean;
};

export type OsSight = {
  readonly id: string;
  readonly idLike: readonly string[];
  readonly version: string;
  /** For people. */
  readonly name: string;
};

export type PythonSight = { readonly version: string; readonly hasVenv: boolean };

export type PackageSight = {
  readonly installed: string | undefined;
  /** What would be installed; undefined: there is none, or it is unknown. */
  readonly candidate: string | undefined;
};

/** The first two are of the clock here, the third of the host's. */
export type ClockSight = {
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
  readonly hostMs: number;
};

export type NetworkSight = {
  /** None: there is no `ip` to ask. */
  readonly interfaces: readonly InterfaceSight[] | undefined;
  /** By name: what it resolves to. */
  readonly names: ReadonlyMap<string, NameSight>;
  /** None: there is no `ss` to ask. */
  readonly listeners: readonly ListenerSight[] | undefined;
  /** Whether sshd forwards connections; undefined: unknown. */
  readonly isForwarding: boolean | undefined;
};

export type InterfaceSight = {
  readonly name: string;
  readonly otherNames: readonly string[];
  readonly mac: string;
  readonly isUp: boolean;
  readonly isBridge: boolean;
  readonly addresses: readonly AddressSight[];
};

export type AddressSight = {
  readonly address: string;
  readonly prefixLength: number;
  /** With a lifetime, as an agent binds a VIP. */
  readonly isLimited: boolean;
};

export type NameSight = {
  /** By /etc/hosts alone. */
  readonly byFile: readonly string[];
  /** By all that the host asks. */
  readonly byAll: readonly string[];
};

export type ListenerSight = {
  readonly protocol: "tcp" | "udp";
  /** `*` and `0.0.0.0` are all addresses. */
  readonly address: string;
  readonly port: number;
  /** Empty where it could not be found out. */
  readonly process: string;
  readonly unit: string;
};

export type ProgramsSight = {
  /** By their whole names. */
  readonly units: ReadonlyMap<string, UnitSight>;
  readonly processes: readonly ProcessSight[];
  readonly consulConfigs: readonly ConsulConfigSight[];
  readonly consulData: readonly ConsulDataSight[];
  readonly patronis: readonly PatroniSight[];
  /** Files of other VIP managers that name the VIP. */
  readonly vipFiles: readonly string[];
  /** What installs upgrades by itself; empty: nothing. */
  readonly upgraders: readonly string[];
};

export type UnitSight = { readonly isKnown: boolean; readonly active: string };

export type ProcessSight = { readonly name: string; readonly unit: string };

export type ConsulConfigSight = {
  readonly path: string;
  readonly datacenter: string;
  readonly node: string;
  /** SHA-256 of the gossip key in it; empty: none. */
  readonly keyDigest: string;
};

export type ConsulDataSight = {
  readonly path: string;
  /** Of the key in use, which counts more than that of the configuration. */
  readonly keyDigest: string;
};

export type PatroniSight = {
  readonly path: string;
  readonly scope: string;
  readonly namespace: string;
  readonly name: string;
  /** PGDATA, in a note that a removal has left. */
  readonly data?: string;
};

export type StorageSight = {
  /** By the path that was asked for. */
  readonly spaces: ReadonlyMap<string, SpaceSight>;
  readonly databases: readonly DatabaseSight[];
  /** PGDATA of the cluster file, without a database: the number of things in it. */
  readonly leftovers: ReadonlyMap<string, number>;
  /** Four octal digits at most. */
  readonly tmpMode: string | undefined;
  /** Undefined: the cluster file names none, or they could not be looked at. */
  readonly disks: DisksSight | undefined;
};

export type SpaceSight = {
  readonly sizeMb: number;
  readonly freeMb: number;
  readonly mountPoint: string;
  readonly options: readonly string[];
};

export type DatabaseSight = { readonly path: string; readonly version: string };

export type DisksSight = {
  readonly disks: readonly DiskSight[];
  /** Why they cannot be taken. */
  readonly obstacles: readonly Obstacle[];
};

export type DiskSight = {
  /** As in the cluster file. */
  readonly path: string;
  readonly isThere: boolean;
  /** By us: its volume is there. */
  readonly isTaken: boolean;
  readonly device: string;
  readonly serial: string;
  readonly sizeBytes: number;
};

export type ProtectionSight = {
  readonly selinux: "enforcing" | "permissive" | undefined;
  /** Where it says that unsigned programs are refused; undefined: nowhere. */
  readonly digitalSignature: string | undefined;
  readonly umask: string | undefined;
  /** Who holds provisioning's lock; undefined: nobody. */
  readonly lock: LockSight | undefined;
};

export type LockSight = {
  readonly owner: string;
  readonly machine: string;
  readonly ageS: number | undefined;
};

/** What the other hosts look like from this one (wire-script.ts). */
export type WireSight = {
  readonly reaches: readonly ReachSight[];
  /** On this host's interface. */
  readonly vip: VipAnswer;
};

export type ReachSight = {
  /** The other host, by its name in the cluster file. */
  readonly to: string;
  readonly port: number;
  /** `refused`: the host is reached, and nothing listens or something rejects. */
  readonly answer: "connected" | "refused" | "silent" | "rejected" | "unknown";
};

export type VipAnswer =
  | { readonly kind: "unasked" }
  | { readonly kind: "silent" }
  | { readonly kind: "answered"; readonly mac: string };
