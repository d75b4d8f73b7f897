/**
 * What `vip-agent provision remove` is told on its command line, and what is wrong with it.
 *
 * A confirmation of another cluster is said at once, before any host is looked at.
 */
import type { Complaint } from "../../complaints.ts";
import type { Cluster } from "../../provision/cluster/cluster.ts";
import { confirmationWords } from "../../provision/removal/confirmation.ts";
import type { ProvisionFlags } from "./flags.ts";

export type RemoveFlags = ProvisionFlags & {
  /** Hosts that are left out. */
  readonly skip: readonly string[];
  /** Delete the data too. */
  readonly isWithData: boolean;
  readonly confirm: string | undefined;
  readonly confirmData: string | undefined;
};

export function removeMisuses(flags: RemoveFlags, cluster: Cluster): readonly Complaint[] {
  const { skip, isWithData, confirm, confirmData } = flags;
  const words = confirmationWords(cluster);
  const names = cluster.hosts.map(({ name }) => name);
  const unknown = skip.filter((name) => !names.includes(name));
  const complaints = unknown.map((name) => {
    return complaint("--skip", name, "is no host of the cluster file", names.join(", "));
  });
  if (names.every((name) => skip.includes(name))) {
    complaints.push(complaint("--skip", skip.join(","), "leaves no host", "fewer than all hosts"));
  }
  if (confirm !== undefined && confirm !== words.stack) {
    complaints.push(complaint("--confirm", confirm, "is not this cluster's name", words.stack));
  }
  if (confirmData !== undefined && confirmData !== words.data) {
    const wrong = "is not what confirms that the data are deleted";
    complaints.push(complaint("--confirm-data", confirmData, wrong, words.data));
  }
  if (confirmData !== undefined && !isWithData) {
    complaints.push(complaint("--confirm-data", confirmData, "means nothing without --data"));
  }
  return complaints;
}

function complaint(flag: string, value: string, wrong: string, expected?: string): Complaint {
  const wanted = expected === undefined ? {} : { expected };
  return { severity: "error", key: flag, where: { kind: "nowhere" }, value, wrong, ...wanted };
}
