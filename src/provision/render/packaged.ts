/**
 * What a package has tuned by itself: Postgres Pro makes a cluster when it is installed, and writes
 * into its configuration what its own tuner found right for the host.
 *
 * That cluster is never started, but its numbers are worth having. Only those are taken that depend
 * on the size of a host; addresses, paths, locales, logs and replication are not the package's
 * business here.
 */

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

/** Of the texts of its configuration, in the order of their reading: the last counts. */
export function packagedParameters(
  texts: readonly string[],
): Readonly<Record<string, string | number>> {
  const found = texts.flatMap((text) => text.split("\n")).flatMap(settingOf);
  return Object.fromEntries(found);
}

/** `name = value # remark`; the sign may be missing, and a text is in quotes. */
const settingPattern = /^\s*([A-Za-z_]\w*)(?:\s*=\s*|\s+)(?:'((?:[^'\\]|''|\\.)*)'|([^\s#']+))/;

function settingOf(line: string): readonly (readonly [string, string | number])[] {
  const [, name = "", text, word = ""] = settingPattern.exec(line) ?? [];
  if (!sizes.has(name.toLowerCase())) return [];
  const value = text === undefined ? word : text.replaceAll("''", "'");
  return [[name.toLowerCase(), /^\d+$/.test(value) ? Number(value) : value]];
}
