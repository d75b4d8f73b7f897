/**
 * The cluster file of a command line, read, with all complaints about it.
 */
import { readFile } from "node:fs/promises";

import { complaintsText } from "../../complaints.ts";
import type { Cluster } from "../../provision/cluster/cluster.ts";
import { readCluster } from "../../provision/cluster/read-cluster.ts";

/** Undefined where it cannot be used; then everything that is wrong with it has been said. */
export async function loadCluster(file: string): Promise<Cluster | undefined> {
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
  return read.ok ? read.cluster : undefined;
}
