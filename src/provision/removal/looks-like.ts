/**
 * Whether a folder looks like the data that it claims to be, by the names in it.
 *
 * Each kind has a mark that is deleted last (executor/scripts/remove-data.ts), so that what a run has
 * left half deleted still looks like it. An empty folder is no data, and may go.
 */
import type { Claim } from "./thing.ts";

/** The file that stands for the whole; of WAL every file is known by its name. */
export const marks = { postgresql: "PG_VERSION", consul: "node-id" } as const;

/** Segments, histories, and what PostgreSQL 17 has beside them. */
export const walName =
  "^([0-9A-F]{24}([.].*)?|[0-9A-F]{8}[.]history|xlogtemp[.].*|archive_status|summaries)$";

export function looksLike(claim: Claim, names: readonly string[]): boolean {
  if (names.length === 0) return true;
  if (claim !== "wal") return names.includes(marks[claim]);
  const pattern = new RegExp(walName, "u");
  return names.every((name) => pattern.test(name));
}

export const claimTexts: Readonly<Record<Claim, string>> = {
  postgresql: "PGDATA",
  wal: "WAL",
  consul: "Consul's data",
};
