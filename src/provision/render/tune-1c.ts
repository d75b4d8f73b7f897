/**
 * Parameters for 1C:Enterprise, which keeps its connections, works in temporary tables, and locks a
 * great many objects in one transaction.
 *
 * They follow what Postgres Pro's own tuner gives such a server; where its package has tuned a
 * cluster on the host, those numbers are better, and the cluster file may say them.
 */
import { amountText } from "./memory-text.ts";
import { type Basis, type Tuned, clamp } from "./tuning.ts";

const connectionMb = 33;

export function oneC({ memoryMb, processors, ...own }: Basis): Tuned {
  const maxConnections =
    own.ownConnections ?? clamp(Math.floor(memoryMb / connectionMb), 50, 1_000);
  const sharedMb = own.ownSharedMb ?? Math.floor(memoryMb / 4);
  const workMb = clamp(Math.floor((memoryMb - sharedMb) / maxConnections), 8, 256);
  const maintenanceMb = clamp(Math.floor(memoryMb / 16), 64, 2_048);
  return {
    max_connections: {
      value: maxConnections,
      reason: `one for each ${connectionMb} MB of memory, 50 to 1000`,
    },
    shared_buffers: { value: amountText(sharedMb), reason: "a quarter of the memory" },
    effective_cache_size: {
      value: amountText(Math.floor(memoryMb / 2)),
      reason: "half of the memory: 1C's server may be on the host too",
    },
    work_mem: {
      value: amountText(workMb),
      reason: "the rest of the memory, shared by all connections",
    },
    temp_buffers: {
      value: amountText(Math.floor(workMb / 2)),
      reason: "1C works in temporary tables",
    },
    maintenance_work_mem: {
      value: amountText(maintenanceMb),
      reason: "a sixteenth of the memory, 2 GB at most",
    },
    autovacuum_work_mem: {
      value: amountText(Math.floor(maintenanceMb / 2)),
      reason: "several vacuums run at once",
    },
    max_worker_processes: { value: Math.max(8, processors), reason: "one for each processor" },
    ...fixed,
    autovacuum_max_workers: {
      value: clamp(Math.floor(processors / 2), 4, 8),
      reason: "temporary tables leave much behind",
    },
  };
}

const fixed: Tuned = {
  max_parallel_workers_per_gather: { value: 0, reason: "1C's queries lose by it" },
  max_parallel_maintenance_workers: { value: 2, reason: "indexes gain by it" },
  max_locks_per_transaction: { value: 256, reason: "1C locks many objects at once" },
  max_files_per_process: { value: 10_000, reason: "1C has many tables" },
  standard_conforming_strings: { value: "off", reason: "1C writes backslashes as escapes" },
  escape_string_warning: { value: "off", reason: "1C writes backslashes as escapes" },
  track_activity_query_size: { value: "10kB", reason: "1C's statements are long" },
  default_statistics_target: { value: 800, reason: "1C's joins are wide" },
  autovacuum_vacuum_cost_limit: { value: 400, reason: "vacuum keeps up with temporary tables" },
  autovacuum_naptime: { value: "20s", reason: "vacuum keeps up with temporary tables" },
  autovacuum_analyze_scale_factor: { value: 0.005, reason: "plans go by fresh numbers" },
  bgwriter_delay: { value: "20ms", reason: "backends find clean buffers" },
  bgwriter_lru_multiplier: { value: 4, reason: "backends find clean buffers" },
  bgwriter_lru_maxpages: { value: 4_000, reason: "backends find clean buffers" },
  commit_delay: { value: 1_000, reason: "commits share a write" },
  jit: { value: "off", reason: "1C's queries are short and many" },
};
