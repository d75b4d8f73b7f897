/**
 * A cluster file read: the cluster that it means, or everything that is wrong with it.
 *
 * Nothing is looked up, neither on this machine nor on a host: whether a file is there and a host
 * answers is said by preflight. So the same text is always the same cluster.
 */
import { type Complaint, distinctComplaints, isError } from "../../complaints.ts";
import { buildCluster } from "./build.ts";
import type { Cluster } from "./cluster.ts";
import { draftOf } from "./draft.ts";
import { judge } from "./rules.ts";
import { readYaml } from "./yaml-source.ts";

export type ClusterRead =
  /** Its complaints are warnings. */
  | { readonly ok: true; readonly cluster: Cluster; readonly complaints: readonly Complaint[] }
  | { readonly ok: false; readonly complaints: readonly Complaint[] };

/** `file` is where the text is from: for complaints, and for relative paths in it. */
export function readCluster(text: string, file: string): ClusterRead {
  const complaints: Complaint[] = [];
  const root = readYaml(file, text, complaints);
  if (root === undefined) return { ok: false, complaints };
  const { draft, complaints: ofKeys } = draftOf(root);
  const all = inOrder([...complaints, ...ofKeys, ...judge(draft)]);
  if (all.some(isError)) return { ok: false, complaints: all };
  return { ok: true, cluster: buildCluster(draft, file), complaints: all };
}

/** From the top of the file down, as one goes through it to mend it. */
function inOrder(complaints: readonly Complaint[]): readonly Complaint[] {
  return distinctComplaints(complaints).toSorted((a, b) => lineOf(a) - lineOf(b));
}

/** What has no line is not there, and is said first. */
function lineOf({ where }: Complaint): number {
  return where.kind === "file" ? (where.line ?? 0) : 0;
}
