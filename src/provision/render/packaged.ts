/**
 * What a package has tuned by itself: Postgres Pro makes a cluster when it is installed, and writes
 * into its configuration what its own tuner found right for the host.
 *
 * That cluster is never started, but its numbers are worth having. Only those are taken that depend
 * on the size of a host; addresses, paths, locales, logs and replication are not the package's
 * business here.
 *
 * They are taken once: a file beside Patroni's keeps what was taken, and counts from then on. So a
 * package that tunes anew at its upgrade, or somebody who removes a cluster that nobody uses, does
 * not change what PostgreSQL runs with.
 */
import { kbOf } from "./memory-text.ts";

/** By name. */
export type Packaged = Readonly<Record<string, string | number>>;

/** Of the package's own cluster, in the order of their reading. */
export const packagedFiles = ["postgresql.conf", "postgresql.auto.conf"] as const;

const sizes = new Set(
  (
    "max_connections shared_buffers effective_cache_size work_mem temp_buffers hash_mem_multiplier " +
    "maintenance_work_mem autovacuum_work_mem autovacuum_max_workers autovacuum_naptime " +
    "autovacuum_vacuum_cost_limit autovacuum_vacuum_cost_delay autovacuum_analyze_scale_factor " +
    "autovacuum_vacuum_scale_factor bgwriter_delay bgwriter_lru_multiplier bgwriter_lru_maxpages " +
    "min_wal_size max_wal_size wal_buffers wal_compression default_toast_compression commit_delay " +
    "commit_siblings checkpoint_timeout checkpoint_completion_target effective_io_concurrency " +
    "maintenance_io_concurrency random_page_cost jit max_worker_processes max_parallel_workers " +
    "max_parallel_workers_per_gather max_parallel_maintenance_workers max_locks_per_transaction " +
    "max_files_per_process default_statistics_target track_activity_query_size huge_pages " +
    "standard_conforming_strings escape_string_warning row_security from_collapse_limit " +
    "join_collapse_limit"
  ).split(" "),
);

/** What initdb writes into every cluster: nobody has tuned that. */
const untouched: Packaged = {
  max_connections: 100,
  shared_buffers: "128MB",
  max_wal_size: "1GB",
  min_wal_size: "80MB",
};

/** Of the texts of its configuration, in the order of their reading: the last counts. */
export function packagedParameters(texts: readonly string[]): Packaged {
  const found = texts.flatMap((text) => text.split("\n")).flatMap(settingOf);
  const last = Object.entries(Object.fromEntries(found));
  return Object.fromEntries(last.filter(([name, value]) => untouched[name] !== value));
}

/** The file that keeps them, which is read as the package's own. */
export function packagedText(parameters: Packaged): string {
  const names = Object.keys(parameters).toSorted();
  const lines = names.map((name) => {
    return `${name} = '${String(parameters[name]).replaceAll("'", "''")}'\n`;
  });
  return `${header}${lines.join("")}`;
}

const header =
  "# Written by vip-agent provision: what the package of PostgreSQL has tuned for this host.\n" +
  "# It was taken once; the parameters of the cluster file are stronger.\n";

/** Those of the smallest host, which set the parameters of all; undefined where there are none. */
export function smallestPackaged(ofHosts: readonly Packaged[]): Packaged | undefined {
  const bySize = ofHosts.filter((one) => Object.keys(one).length > 0);
  return bySize.toSorted((one, other) => sizeOf(one) - sizeOf(other))[0];
}

/** A bare number of shared_buffers counts pages. */
function sizeOf({ shared_buffers: shared }: Packaged): number {
  return kbOf(shared, 8) ?? Number.MAX_SAFE_INTEGER;
}

/** `name = value # remark`; the sign may be missing, and a text is in quotes. */
const settingPattern = /^\s*([A-Za-z_]\w*)(?:\s*=\s*|\s+)(?:'((?:[^'\\]|''|\\.)*)'|([^\s#']+))/;

function settingOf(line: string): readonly (readonly [string, string | number])[] {
  const [, name = "", text, word = ""] = settingPattern.exec(line) ?? [];
  if (!sizes.has(name.toLowerCase())) return [];
  const value = text === undefined ? word : text.replaceAll("''", "'");
  return [[name.toLowerCase(), /^\d+$/.test(value) ? Number(value) : value]];
}
