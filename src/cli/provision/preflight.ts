/**
 * `vip-agent provision preflight`: everything that would fail, on all hosts at once.
 */
import { preflight as askHosts } from "../../provision/preflight/preflight.ts";
import { loadCluster } from "./cluster-file.ts";
import { provisionExit } from "./exit-codes.ts";
import { writeFindings } from "./findings.ts";
import type { ProvisionFlags } from "./flags.ts";
import { lockOwner } from "./one-run.ts";
import { keptSecrets } from "./secrets-file.ts";
import { openSession } from "./session.ts";
import { transcriptFor } from "./transcript.ts";

export async function preflight(flags: ProvisionFlags): Promise<number> {
  const cluster = await loadCluster(flags.file, flags.isLocal);
  if (cluster === undefined) return provisionExit.failed;
  const kept = await keptSecrets(flags.file, cluster);
  if (kept === undefined) return provisionExit.failed;
  const { stored } = kept;
  const session = openSession(cluster, transcriptFor(flags, stored));
  try {
    const findings = await askHosts(cluster, session.executors, {
      ...(stored !== undefined && { secrets: stored }),
      lockOwner: lockOwner(flags.file),
    });
    writeFindings(findings, flags);
    const isReady = findings.every(({ severity }) => severity !== "error");
    return isReady ? provisionExit.fine : provisionExit.notReady;
  } finally {
    await session.close();
  }
}
