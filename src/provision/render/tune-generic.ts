/**
 * Parameters for applications in general: many short transactions, some longer queries.
 */
import { amountText } from "./memory-text.ts";
import { type Basis, type Tuned, clamp } from "./tuning.ts";

/** What a connection is reckoned to cost, its share of the buffers included. */
const connectionMb = 40;

export function generic({ memoryMb, processors, ...own }: Basis): Tuned {
  const maxConnections =
    own.ownConnections ?? clamp(Math.floor(memoryMb / connectionMb / 50) * 50, 100, 500);
  const sharedMb = own.ownSharedMb ?? Math.floor(memoryMb / 4);
  // A query may sort in several places at once; three is what is reckoned with.
  const workMb = clamp(Math.floor((memoryMb - sharedMb) / (maxConnections * 3)), 4, 128);
  const workers = Math.max(2, processors);
  return {
    max_connections: {
      value: maxConnections,
      reason: `one for each ${connectionMb} MB of memory, 100 to 500`,
    },
    shared_buffers: { value: amountText(sharedMb), reason: "a quarter of the memory" },
    effective_cache_size: {
      value: amountText(Math.floor((memoryMb * 3) / 4)),
      reason: "three quarters of the memory: what the kernel is expected to cache, and the buffers",
    },
    work_mem: {
      value: amountText(workMb),
      reason: "the rest of the memory, shared by all connections with three sorts each",
    },
    maintenance_work_mem: {
      value: amountText(clamp(Math.floor(memoryMb / 16), 64, 2_048)),
      reason: "a sixteenth of the memory, 2 GB at most",
    },
    max_worker_processes: { value: Math.max(8, processors), reason: "one for each processor" },
    max_parallel_workers: { value: workers, reason: "one for each processor" },
    max_parallel_workers_per_gather: {
      value: clamp(Math.floor(processors / 2), 1, 4),
      reason: "half of the processors: one query must not have them all",
    },
    max_parallel_maintenance_workers: {
      value: clamp(Math.floor(processors / 2), 1, 4),
      reason: "half of the processors: one index must not have them all",
    },
  };
}
