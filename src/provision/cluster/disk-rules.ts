/**
 * Rules about disks, and about the folders that they are mounted at.
 */
import type { Complaint } from "../../complaints.ts";
import type { Draft } from "./draft.ts";
import { isKernelName, isWithin } from "./path-kinds.ts";
import type { Rule } from "./rule.ts";

const diskKeys = ["hosts.*.disks.data", "hosts.*.disks.wal"] as const;

export const disksAreTwo: Rule = (draft) => {
  return draft.names("hosts").flatMap((host) => disksOf(draft, host));
};

/** One disk for both would be full of the one when the other needs it, which is why there are two. */
function disksOf(draft: Draft, host: string): readonly Complaint[] {
  const [data, wal] = diskKeys.map((key) => draft.value(key, host));
  const given = diskKeys.filter((key) => draft.isGiven(key, host));
  const missing = diskKeys.find((key) => !draft.isGiven(key, host));
  if (given.length === 1 && missing !== undefined) {
    const wrong = "is missing: the host has a disk for the other half";
    const remedy = "name two disks, or none";
    return [{ severity: "error", ...draft.subject(missing, host), wrong, remedy }];
  }
  if (data === undefined || data !== wal) return [];
  const wrong = "is the disk for data too";
  const expected = "a second disk";
  return [{ severity: "error", ...draft.subject("hosts.*.disks.wal", host), wrong, expected }];
}

/**
 * The kernel gives its names in the order in which disks answer. The disk that was /dev/sdb when the
 * file was written may be another one after the next boot.
 */
export const disksHaveLastingNames: Rule = (draft) => {
  return draft.names("hosts").flatMap((host) => {
    const passing = diskKeys.filter((key) => isKernelName(draft.value(key, host) ?? ""));
    return passing.map((key): Complaint => ({
      severity: "warning",
      ...draft.subject(key, host),
      wrong: "is a name that may stand for another disk after a boot",
      remedy: "write the disk's name in /dev/disk/by-id",
    }));
  });
};

/** A mount below another one is there only when that one came first. */
export const rootsAreApart: Rule = (draft) => {
  const data = draft.value("postgresql.data-root");
  const wal = draft.value("postgresql.wal-root");
  if (data === undefined || wal === undefined) return [];
  if (!isWithin(data, wal) && !isWithin(wal, data)) return [];
  const wrong = data === wal ? "is data-root too" : `and data-root (${data}) lie in each other`;
  const expected = "two folders beside each other";
  return [{ severity: "error", ...draft.subject("postgresql.wal-root"), wrong, expected }];
};
