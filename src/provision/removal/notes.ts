/**
 * Notes on a host about whose the data are that a removal has left there.
 *
 * Once the configurations are gone nothing would tell a database of this cluster from somebody else's,
 * and the next `apply` leaves somebody else's alone. They say in the words of those configurations what
 * preflight asks of them (script-programs.ts), and hold no secret.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { stateFolder } from "../executor/scripts/parts.ts";
import { dataFolder } from "../render/paths.ts";

export const consulNoteFile = `${stateFolder}/left-consul.json`;
export const patroniNoteFile = `${stateFolder}/left-patroni.yml`;

export function consulNote({ consul }: Cluster, { name }: Host): string {
  return `${JSON.stringify({ datacenter: consul.datacenter, node_name: name }, undefined, 2)}\n`;
}

/** `data` keeps a cluster file with other paths from taking over what lies there. */
export function patroniNote(cluster: Cluster, { name }: Host): string {
  const { scope, namespace } = cluster;
  const words = { scope, namespace: `/${namespace}/`, name, data: dataFolder(cluster) };
  const lines = Object.entries(words).map(([key, word]) => `${key}: ${JSON.stringify(word)}\n`);
  const head = "# Left by vip-agent provision remove: whose the data of this host are.\n";
  return head + lines.join("");
}
