/**
 * Where WAL goes. It has to be said twice, for initdb makes the WAL folder of the first member and
 * a base backup that of all others; whoever says it once has a WAL disk that most members do not
 * use.
 */
import type { Complaint } from "../../../complaints.ts";
import type { PatroniDocument } from "./document.ts";

const initdb = ["bootstrap", "initdb"];
const baseBackup = ["postgresql", "basebackup"];

/** `expected`: the folder on the WAL disk, where it is known. */
export function walComplaints(
  document: PatroniDocument,
  expected: string | undefined,
): readonly Complaint[] {
  const first = optionOf(document.value(initdb), "waldir");
  const others = optionOf(document.value(baseBackup), "waldir");
  if (first === others) {
    if (expected === undefined || first === expected) return [];
    return [complaint(document, baseBackup, "does not put WAL where the WAL disk is", expected)];
  }
  const wrong = "says no waldir: some members have their WAL on the disk of the data";
  if (first === undefined) return [complaint(document, initdb, wrong, others)];
  if (others === undefined) return [complaint(document, baseBackup, wrong, first)];
  return [complaint(document, baseBackup, "says another waldir than bootstrap.initdb", first)];
}

function complaint(
  document: PatroniDocument,
  path: readonly string[],
  wrong: string,
  folder = "a folder on the WAL disk",
): Complaint {
  return {
    ...document.place(path),
    severity: "error",
    wrong,
    expected: `waldir: ${folder}`,
  };
}

/** Options come as a mapping, or as a list of words and of mappings with one key. */
function optionOf(options: unknown, name: string): string | undefined {
  const items: readonly unknown[] = Array.isArray(options) ? options : [options];
  for (const item of items) {
    if (typeof item !== "object" || item === null) continue;
    const found = Object.entries(item).find(([key]) => key === name);
    if (found !== undefined) return String(found[1]);
  }
  return undefined;
}
