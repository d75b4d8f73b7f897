/**
 * `vip-agent provision verify`: proves, without changing anything, that the cluster is as it should be.
 */
import { verify as lookAtCluster } from "../../provision/verify/verify.ts";
import { provisionExit } from "./exit-codes.ts";
import { writeFindings } from "./findings.ts";
import type { ProvisionFlags } from "./flags.ts";
import { appliedSecrets } from "./secrets-file.ts";
import { withHosts } from "./with-hosts.ts";

export async function verify(flags: ProvisionFlags): Promise<number> {
  return withHosts(flags, appliedSecrets, async ({ world, findings }, { ports }) => {
    const found = world === undefined ? findings : await lookAtCluster(world, ports);
    writeFindings(found, flags);
    const isGood = found.every(({ severity }) => severity !== "error");
    return isGood ? provisionExit.fine : provisionExit.unverified;
  });
}
