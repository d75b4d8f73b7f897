/**
 * What the names of the cluster file mean on each host.
 *
 * The lines of /etc/hosts are written by the first phase, so a name that nobody knows yet is fine, and
 * so is one that only DNS has wrong: the file comes first. A line of somebody else's in that file stays
 * beside ours, and whoever asks may get either. What is configured goes by address, so none of it
 * stops the cluster; people and clients go astray.
 */
import type { Cluster } from "../cluster/cluster.ts";
import type { Finding } from "../phases/events.ts";
import { fine, orFine, warning } from "./finding.ts";
import type { Sighted } from "./sighted.ts";
import type { NameSight } from "./survey.ts";

type Name = { readonly name: string; readonly address: string };

export function nameFindings(cluster: Cluster, sighted: Sighted): readonly Finding[] {
  const { host, survey } = sighted;
  const names: readonly Name[] = [...cluster.hosts, cluster.vip];
  const troubles = names.flatMap((name) => {
    const sight = survey.network.names.get(name.name);
    return sight === undefined ? [] : nameTroubles(sighted, name, sight);
  });
  return orFine(troubles, fine(host, "names", "no name leads elsewhere"));
}

function nameTroubles({ host }: Sighted, { name, address }: Name, sight: NameSight): Finding[] {
  const { byFile, byAll } = sight;
  const isOwn = name === host.name;
  const loopbacks = byFile.filter((found) => found.startsWith("127."));
  if (isOwn && loopbacks.length > 0) {
    const finding = `/etc/hosts says that ${name}, its own name, is ${loopbacks.join(", ")}`;
    const remedy = `take ${name} out of that line of /etc/hosts`;
    return [warning({ host, code: "own-name-loopback", finding, remedy })];
  }
  const strange = byFile.filter((found) => found !== address);
  if (strange.length > 0) {
    const finding = `/etc/hosts says that ${name} is ${strange.join(", ")}, not ${address}`;
    const remedy = "correct that line of /etc/hosts, or the address in the cluster file";
    return [warning({ host, code: "name-elsewhere", finding, remedy })];
  }
  const byOthers = byAll.filter((found) => found !== address && !found.startsWith("127."));
  if (byFile.length > 0 || isOwn || byOthers.length === 0) return [];
  const finding = `DNS says that ${name} is ${byOthers.join(", ")}, not ${address}`;
  const remedy =
    "correct DNS: on these hosts /etc/hosts will count, for clients elsewhere DNS does";
  return [warning({ host, code: "name-elsewhere", finding, remedy })];
}
