/**
 * Keys that Patroni no longer heeds, or not in this place. It says nothing of them itself: a
 * section one level too high, or a name of an older release, is as if it had not been written.
 */
import type { Complaint } from "../../../complaints.ts";
import type { PatroniDocument } from "./document.ts";

const dcs = ["bootstrap", "dcs"];

type Renamed = {
  readonly path: readonly string[];
  readonly wrong: string;
  readonly remedy: string;
};

const renamed: readonly Renamed[] = [
  {
    path: [...dcs, "master_start_timeout"],
    wrong: "is an old name",
    remedy: "write primary_start_timeout",
  },
  {
    path: [...dcs, "master_stop_timeout"],
    wrong: "is an old name",
    remedy: "write primary_stop_timeout",
  },
  ...[
    [...dcs, "postgresql", "parameters"],
    ["postgresql", "parameters"],
  ].map((path) => ({
    path: [...path, "wal_keep_segments"],
    wrong: "has gone with PostgreSQL 13",
    remedy: "write wal_keep_size, 16MB for each segment",
  })),
  {
    path: ["bootstrap", "users"],
    wrong: "has gone with Patroni 4: no user is made",
    remedy: "make them on the leader, or by bootstrap.post_bootstrap",
  },
  ...["superuser", "replication", "pg_rewind"].map((name) => ({
    path: ["postgresql", name],
    wrong: "is the layout of very old releases",
    remedy: `move it to postgresql.authentication.${name === "pg_rewind" ? "rewind" : name}`,
  })),
  {
    path: ["postgresql", "use_slots"],
    wrong: "is not heeded in the file of one host",
    remedy: "put it under bootstrap.dcs.postgresql, and into the dynamic configuration",
  },
  {
    path: ["restapi", "auth"],
    wrong: "is an old form",
    remedy: "write restapi.authentication with username and password",
  },
];

const sections = new Set(
  (
    "name scope namespace thread_pool_size thread_stack_size log ctl restapi bootstrap consul etcd " +
    "etcd3 exhibitor raft zookeeper kubernetes citus postgresql watchdog tags"
  ).split(" "),
);

/** What is often written one level too high. */
const belongsTo: Readonly<Record<string, string>> = {
  initdb: "bootstrap",
  dcs: "bootstrap",
  pg_hba: "postgresql",
  parameters: "postgresql",
  callbacks: "postgresql",
  authentication: "postgresql",
  data_dir: "postgresql",
  ttl: "bootstrap.dcs",
  loop_wait: "bootstrap.dcs",
  retry_timeout: "bootstrap.dcs",
  maximum_lag_on_failover: "bootstrap.dcs",
  failsafe_mode: "bootstrap.dcs",
  synchronous_mode: "bootstrap.dcs",
};

/**
 * Patroni passes these on the command line of every member, from the dynamic configuration alone.
 */
const clusterWide = new Set(
  (
    "max_connections max_locks_per_transaction max_worker_processes max_prepared_transactions " +
    "wal_level wal_log_hints track_commit_timestamp max_wal_senders max_replication_slots " +
    "wal_keep_size hot_standby listen_addresses port cluster_name"
  ).split(" "),
);

export function keyComplaints(document: PatroniDocument): readonly Complaint[] {
  return [
    ...renamedKeys(document),
    ...misplacedSections(document),
    ...localParameters(document),
    ...document.doubles.map((place): Complaint => ({
      ...place,
      severity: "warning",
      wrong: "is given twice in one place; the last one counts",
      remedy: "keep one",
    })),
    ...document.plainWords.filter(isSurprising).map(({ key, where, source, value }): Complaint => ({
      severity: "warning",
      key,
      where,
      value: source,
      wrong: `is read by Patroni as ${String(value)}`,
      expected: "a text in quotes, or a plain number",
    })),
  ];
}

function renamedKeys(document: PatroniDocument): readonly Complaint[] {
  const found = renamed.filter(({ path }) => document.value(path) !== undefined);
  return found.map(({ path, wrong, remedy }) => {
    return { ...document.place(path), severity: "error", wrong, remedy };
  });
}

function misplacedSections(document: PatroniDocument): readonly Complaint[] {
  const top = document.names([]).map((name) => ({ path: [name], name, home: belongsTo[name] }));
  const underBootstrap = document
    .names(["bootstrap"])
    .map((name) => ({ path: ["bootstrap", name], name, home: belongsTo[name] }))
    .filter(({ home }) => home !== undefined && home !== "bootstrap");
  const strangers = top.filter(({ name }) => !sections.has(name));
  return [...strangers, ...underBootstrap].map(({ path, name, home }) => ({
    ...document.place(path),
    severity: "error",
    wrong: "is not heeded here",
    remedy: home === undefined ? "take it out" : `move it to ${home}.${name}`,
  }));
}

function localParameters(document: PatroniDocument): readonly Complaint[] {
  const path = ["postgresql", "parameters"];
  const found = document.names(path).filter((name) => clusterWide.has(name.toLowerCase()));
  return found.map((name) => ({
    ...document.place([...path, name]),
    severity: "error",
    wrong: "is not heeded in the file of one host: all members must agree on it",
    remedy: "put it into the dynamic configuration: patronictl edit-config",
  }));
}

/** Minutes and seconds, digits with underscores, octal numbers, dates. */
function isSurprising({ source }: { readonly source: string }): boolean {
  return /^[-+]?(\d[\d_]*(:[0-5]?\d)+(\.\d*)?|\d*_[\d_]*|0\d+|\d{4}-\d\d?-\d\d?.*)$/.test(source);
}
