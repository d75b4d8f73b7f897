/**
 * `vip-agent provision verify`: proves, without changing anything, that the cluster is as it should be.
 */
import { verify as lookAtCluster } from "../../provision/verify/verify.ts";
import { loadCluster } from "./cluster-file.ts";
import { provisionExit } from "./exit-codes.ts";
import { writeFindings } from "./findings.ts";
import type { ProvisionFlags } from "./flags.ts";
import { knownSecrets } from "./secrets-file.ts";
import { lookAtHosts, openSession } from "./session.ts";
import { transcriptFor } from "./transcript.ts";

export async function verify(flags: ProvisionFlags): Promise<number> {
  const cluster = await loadCluster(flags.file);
  if (cluster === undefined) return provisionExit.failed;
  const secrets = await knownSecrets(flags.file, cluster);
  if (secrets === undefined) {
    process.stderr.write("error: there are no secrets of this cluster yet: nothing was applied\n");
    return provisionExit.failed;
  }
  const session = openSession(cluster, transcriptFor(flags, secrets));
  try {
    const { world, findings } = await lookAtHosts(session, secrets);
    const found = world === undefined ? findings : await lookAtCluster(world, session.ports);
    writeFindings(found, flags);
    const isGood = found.every(({ severity }) => severity !== "error");
    return isGood ? provisionExit.fine : provisionExit.unverified;
  } finally {
    await session.close();
  }
}
