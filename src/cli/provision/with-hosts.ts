/**
 * What a verb that only looks begins and ends with: the cluster file, its secrets, the connections,
 * and the hosts as they are now.
 *
 * What is wrong with the files is said before the first connection is opened.
 */
import type { Cluster } from "../../provision/cluster/cluster.ts";
import { lookAtHosts } from "../../provision/phases/look.ts";
import type { WorldMade } from "../../provision/phases/world.ts";
import type { Secrets } from "../../provision/secrets/secrets.ts";
import { loadCluster } from "./cluster-file.ts";
import { provisionExit } from "./exit-codes.ts";
import type { ProvisionFlags } from "./flags.ts";
import { type Session, openSession } from "./session.ts";
import { transcriptFor } from "./transcript.ts";

/** Undefined: there are none that the verb can use, and it was said why. */
export type ReadSecrets = (file: string, cluster: Cluster) => Promise<Secrets | undefined>;

/** `use` answers with the exit code. */
export async function withHosts(
  flags: ProvisionFlags,
  readSecrets: ReadSecrets,
  use: (seen: WorldMade, session: Session) => Promise<number>,
): Promise<number> {
  const cluster = await loadCluster(flags.file, flags.isLocal);
  if (cluster === undefined) return provisionExit.failed;
  const secrets = await readSecrets(flags.file, cluster);
  if (secrets === undefined) return provisionExit.failed;
  const session = openSession(cluster, transcriptFor(flags, secrets));
  try {
    return await use(await lookAtHosts(cluster, secrets, session.ports), session);
  } finally {
    await session.close();
  }
}
