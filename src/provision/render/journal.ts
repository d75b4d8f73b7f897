/**
 * What the journal of a host is told, as a drop-in beside its own configuration.
 *
 * Consul, Patroni, PostgreSQL and vip-agent write there and nowhere else, so this is the retention of
 * their logs. The journal removes whole files, and by when they were begun: with a file for each day the
 * days are kept to the day.
 */
import type { JournalWish } from "../cluster/cluster.ts";
import { fileHeader } from "./header.ts";

const bytesPerK = 1_024;

/** Undefined: nothing is wished, and the journal stays as the host has it. */
export function journalConfig({ keepDays, maxSizeBytes }: JournalWish): string | undefined {
  if (keepDays === undefined && maxSizeBytes === undefined) return undefined;
  const days = keepDays === undefined ? [] : [`MaxRetentionSec=${keepDays}day`, "MaxFileSec=1day"];
  const size =
    maxSizeBytes === undefined ? [] : [`SystemMaxUse=${Math.floor(maxSizeBytes / bytesPerK)}K`];
  return [
    `${fileHeader}[Journal]`,
    // Some distributions keep it in memory unless they are told.
    "Storage=persistent",
    ...days,
    ...size,
    "",
  ].join("\n");
}
