/**
 * What verify sees of a cluster. Only types.
 *
 * Everything is an Outcome of its own, so that one thing that does not answer hides no other.
 */
import type { Outcome } from "../../outcome.ts";
import type { ConsulMember, RaftServer } from "../acl/consul-http.ts";
import type { Member } from "../phases/patroni-state.ts";
import type { InterfaceSight } from "../preflight/survey.ts";

export type Sights = {
  /** By the host's name. */
  readonly hosts: ReadonlyMap<string, Outcome<HostSight>>;
  readonly consul: ConsulSights;
  readonly patroni: PatroniSights;
  /** By the name of a database host: what its metrics address answers. */
  readonly metrics: ReadonlyMap<string, Outcome<MetricsSight>>;
};

export type HostSight = {
  readonly units: ReadonlyMap<string, UnitSight>;
  readonly interfaces: readonly InterfaceSight[] | undefined;
  /** Where pg_wal of PGDATA leads; undefined: it is no link, or there is none. */
  readonly walTarget: string | undefined;
  /** Undefined: it gave no answer, for the reason beside it. */
  readonly postgresql: PostgresqlSight | undefined;
  readonly postgresqlTrouble: string;
  readonly agent: AgentSight | undefined;
};

export type UnitSight = {
  readonly active: string;
  /** systemd's word: enabled, disabled, masked */
  readonly file: string;
  readonly after: readonly string[];
  readonly mounts: readonly string[];
};

export type PostgresqlSight = {
  readonly isInRecovery: boolean;
  readonly hasChecksums: boolean;
  /** Names of parameters that wait for a restart. */
  readonly pendingRestart: readonly string[];
  readonly rules: readonly HbaRule[];
  readonly databases: readonly string[];
  readonly roles: readonly string[];
};

export type HbaRule = {
  readonly line: number | null;
  readonly type: string | null;
  readonly database: readonly string[] | null;
  readonly user: readonly string[] | null;
  readonly address: string | null;
  readonly netmask: string | null;
  readonly method: string | null;
  readonly error: string | null;
};

export type AgentSight = { readonly attention: readonly string[] };

export type ConsulSights = {
  /** By host: the Raft leader that its Consul knows; empty: none. */
  readonly leaders: ReadonlyMap<string, Outcome<string>>;
  readonly raft: Outcome<readonly RaftServer[]>;
  readonly members: Outcome<readonly ConsulMember[]>;
  /** By host: HTTP's status of a look at the leader key without a token. */
  readonly anonymous: ReadonlyMap<string, Outcome<number>>;
  readonly grants: readonly GrantSight[];
  /** As the agent's token reads it. */
  readonly leaderKey: Outcome<LeaderKey>;
};

export type LeaderKey = { readonly member: string; readonly hasSession: boolean } | undefined;

/** A right of a token, in Consul's words. */
export type Right = {
  readonly resource: "key" | "session" | "service" | "node" | "agent" | "acl" | "operator";
  readonly access: "read" | "write";
  /** What it is about: a key, a node. */
  readonly segment: string;
};

export type TokenRights = {
  /** Whose it is, for people. */
  readonly token: string;
  readonly may: readonly Right[];
  readonly mayNot: readonly Right[];
};

export type GrantSight = TokenRights & {
  /** Whether each is allowed: first those that should be, then those that should not. */
  readonly allowed: Outcome<readonly boolean[]>;
};

export type PatroniSights = {
  readonly members: Outcome<readonly Member[]>;
  /** The dynamic configuration. */
  readonly config: Outcome<unknown>;
};

export type MetricsSight = { readonly status: number; readonly isAgent: boolean };
