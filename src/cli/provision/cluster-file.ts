/**
 * The cluster file of a command line, read, with all complaints about it.
 */
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";

import { complaintsText } from "../../complaints.ts";
import type { Cluster } from "../../provision/cluster/cluster.ts";
import { readCluster } from "../../provision/cluster/read-cluster.ts";
import { hostOfThisMachine } from "./local-host.ts";

/** Undefined where it cannot be used; then everything that is wrong with it has been said. */
export async function loadCluster(file: string, isLocal: boolean): Promise<Cluster | undefined> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    const remedy = `vip-agent provision init > ${file} writes one to start from`;
    process.stderr.write(
      `error: the cluster file cannot be read: ${words}\n    to do: ${remedy}\n`,
    );
  });
  if (text === undefined) return undefined;
  const read = readCluster(text, file);
  if (read.complaints.length > 0) process.stderr.write(complaintsText(read.complaints));
  if (!read.ok) return undefined;
  return isLocal ? fromHere(read.cluster, file) : read.cluster;
}

/** The same cluster, with one of its hosts as this machine. */
function fromHere(cluster: Cluster, file: string): Cluster | undefined {
  const localHost = hostOfThisMachine(cluster.hosts, networkInterfaces());
  if (localHost !== undefined) return { ...cluster, ssh: { ...cluster.ssh, localHost } };
  process.stderr.write(
    `error: --local, and no host of ${file} has an address of this machine\n` +
      "    to do: leave --local out, or run it on one of the hosts\n",
  );
  return undefined;
}
