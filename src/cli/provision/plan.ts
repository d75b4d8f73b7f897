/**
 * `vip-agent provision plan`: what `apply` would do. It changes nothing, neither on a host nor here:
 * secrets that have not been made yet are made for this plan and forgotten.
 */
import { phases } from "../../provision/phases/phases.ts";
import { planPhases } from "../../provision/phases/plan.ts";
import type { RunEvent } from "../../provision/phases/events.ts";
import { jsonReporter } from "../../provision/report/json.ts";
import { planText } from "../../provision/report/plan-text.ts";
import type { Reporter } from "../../provision/report/reporter.ts";
import { styleFor } from "../../style.ts";
import { loadCluster } from "./cluster-file.ts";
import { provisionExit } from "./exit-codes.ts";
import type { ProvisionFlags } from "./flags.ts";
import { playRun, startShow } from "./run.ts";
import { readSecrets } from "./secrets-file.ts";
import { openSession } from "./session.ts";
import { transcriptFor } from "./transcript.ts";

export async function plan(flags: ProvisionFlags): Promise<number> {
  const cluster = await loadCluster(flags.file, flags.isLocal);
  if (cluster === undefined) return provisionExit.failed;
  const secrets = await readSecrets(flags.file, cluster);
  if (secrets === undefined) return provisionExit.failed;
  const session = openSession(cluster, transcriptFor(flags, secrets));
  const show = startShow(session, reporterOf(flags));
  try {
    const { steps, isDone } = await playRun(show, "plan", secrets, async (run) => {
      const planned = await planPhases(run, phases);
      return { steps: planned.steps, isDone: planned.findings.length === 0 };
    });
    if (!isDone) return provisionExit.failed;
    return steps === 0 ? provisionExit.fine : provisionExit.changesPending;
  } finally {
    await session.close();
    show.end();
  }
}

/** A plan is read as a whole: host by host, not in the order in which it was found. */
function reporterOf({ isJson }: ProvisionFlags): Reporter {
  const write = (text: string) => process.stdout.write(text);
  if (isJson) return jsonReporter(write);
  const events: RunEvent[] = [];
  const style = styleFor(process.stdout.isTTY, process.env);
  return { tell: (event) => events.push(event), end: () => write(planText(events, style)) };
}
