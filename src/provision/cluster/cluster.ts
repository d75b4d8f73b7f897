/**
 * The cluster that an operator wants: the cluster file, read and complete. Only types.
 *
 * Every default is filled in and every rule holds, so that nothing after this asks twice. There is
 * nothing secret in it. Addresses and paths are as they are written on the hosts.
 */

export type Cluster = {
  /** Patroni's name of the cluster: one word, also in the names of policies and in paths. */
  readonly scope: string;
  /** In Consul, without slashes at its ends: `db` for keys below `db/test/`. */
  readonly namespace: string;
  readonly vip: Vip;
  /** In the order of the file; the first database host is the first to be started. */
  readonly hosts: readonly Host[];
  readonly ssh: Ssh;
  readonly journal: JournalWish;
  readonly consul: ConsulWish;
  readonly postgresql: PostgresqlWish;
  readonly patroni: PatroniWish;
  readonly agent: AgentWish;
};

export type Vip = {
  readonly address: string;
  readonly prefixLength: number;
  /** What clients call it: a line of /etc/hosts on every host. */
  readonly name: string;
};

export type Role = "consul" | "database";

export type Host = {
  /** Patroni's member and Consul's node; a line of /etc/hosts. */
  readonly name: string;
  /** A literal IPv4 address, where the others reach it. */
  readonly address: string;
  /** `consul` has a server, `database` PostgreSQL; both on one host where there are but three. */
  readonly roles: readonly Role[];
  /** Where the VIP lives, on a database host. */
  readonly interface: string;
  /** What `ssh` is called with, when it is not the address. */
  readonly sshHost: string;
  /** None: plain directories on what is there. */
  readonly disks: Disks | undefined;
  /** Patroni's tags. */
  readonly tags: Readonly<Record<string, string | number | boolean>>;
};

/** Whole block devices, by the path in the file: best one of /dev/disk/by-id. */
export type Disks = { readonly data: string; readonly wal: string };

export type Ssh = {
  /** None: whoever the user's ssh says. */
  readonly user: string | undefined;
  readonly port: number | undefined;
  /**
   * The host, by its name, that is this machine and needs no ssh. No key of the file, which is the same
   * on all machines: the command line says it.
   */
  readonly localHost?: string;
  /** Arguments for `ssh`, one word each, before all others. */
  readonly options: readonly string[];
  readonly sudo: "auto" | "never";
};

/** Of each host's journal; none: as the host has it. */
export type JournalWish = {
  readonly keepDays: number | undefined;
  readonly maxSizeBytes: number | undefined;
};

/** Where something comes from: a file here, or an https address that it is fetched from to here. */
export type Artefact = {
  readonly from: string;
  /** Of the file, in hex; needed unless it is a file here. */
  readonly sha256: string | undefined;
};

export type ConsulWish = {
  readonly datacenter: string;
  /** As `consul version` says it, without the v. */
  readonly version: string;
  /** The program itself, or a zip archive with it. */
  readonly program: Artefact;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error";
  /** Where the HTTP interface, and the UI on servers, listens. */
  readonly httpAddress: string;
  readonly isUiShown: boolean;
  /** 1 is right for servers of their own; more stands slower disks, and finds a dead leader later. */
  readonly raftMultiplier: number;
};

export type PostgresqlWish = {
  readonly major: number;
  readonly profile: "distribution" | "pgdg" | "postgrespro-1c";
  /** What is computed from memory and processors. */
  readonly tuning: "generic" | "1c";
  readonly port: number;
  /** Of initdb; the hosts must have it. */
  readonly locale: string;
  readonly dataRoot: string;
  readonly walRoot: string;
  /** Networks that may log in as anybody but a superuser, in CIDR form. */
  readonly clientNetworks: readonly string[];
  readonly databases: readonly { readonly name: string; readonly owner: string }[];
  /** Roles that may log in; their passwords are made and kept with the secrets. */
  readonly roles: readonly { readonly name: string; readonly isReplica: boolean }[];
  /** Stronger than what is computed. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
};

export type PatroniWish = {
  readonly version: string;
  /** Folder with wheels here; none: the host's own package index. */
  readonly wheels: string | undefined;
  readonly ttlS: number;
  readonly loopWaitS: number;
  readonly retryTimeoutS: number;
  readonly maximumLagBytes: number;
  readonly isFailsafe: boolean;
  readonly synchronous: "off" | "on" | "quorum" | "strict";
  readonly synchronousNodes: number;
  readonly restPort: number;
  readonly restart: "on-failure" | "no";
  readonly watchdog: "off" | "automatic" | "required";
  /** Members of this group of the host may run `patronictl`; none: root and postgres alone. */
  readonly controlGroup: string | undefined;
  readonly isServiceRegistered: boolean;
};

export type AgentWish = {
  /** The .deb or .rpm. */
  readonly package: Artefact;
  /** Where metrics are served, as `metrics-address` of the agent. */
  readonly metricsAddress: "host" | "loopback";
  readonly metricsPort: number;
};
