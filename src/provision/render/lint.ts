/**
 * What is wrong with a patroni.yml that `patroni --validate-config` lets pass.
 *
 * It is run over what is rendered here, and over a file that is found on a host. Complaints are all
 * told at once, each with its line. A password is never part of one.
 */
import { type Complaint, distinctComplaints } from "../../complaints.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { agreementComplaints } from "./lint/agreement.ts";
import { type SourceText, readDocument } from "./lint/document.ts";
import { hbaComplaints } from "./lint/hba.ts";
import { keyComplaints } from "./lint/keys.ts";
import { valueComplaints } from "./lint/values.ts";
import { walComplaints } from "./lint/wal.ts";
import { walFolder } from "./paths.ts";

/** With a cluster, the file must be one of it as well. */
export function lintPatroni(source: SourceText, cluster?: Cluster): readonly Complaint[] {
  const document = readDocument(source);
  if ("severity" in document) return [document];
  return distinctComplaints([
    ...keyComplaints(document),
    ...hbaComplaints(document),
    ...valueComplaints(document),
    ...walComplaints(document, cluster && walFolder(cluster)),
    ...(cluster === undefined ? [] : agreementComplaints(document, cluster)),
  ]);
}
