/**
 * `vip-agent provision apply`: makes the hosts as the cluster file wants them.
 *
 * All hosts are locked for the time of it, so that two people at two desks cannot build one cluster.
 * The secrets are on disk here before the first of them goes anywhere.
 */
import { isError } from "../../complaints.ts";
import type { Failure } from "../../outcome.ts";
import type { Cluster } from "../../provision/cluster/cluster.ts";
import { claimAcl } from "../../provision/phases/acl-steps.ts";
import { applyPhases } from "../../provision/phases/apply.ts";
import type { Finding } from "../../provision/phases/events.ts";
import { phases } from "../../provision/phases/phases.ts";
import { proveCluster } from "../../provision/phases/proof.ts";
import { preflight } from "../../provision/preflight/preflight.ts";
import { reporterFor } from "../../provision/report/reporter-for.ts";
import type { Secrets } from "../../provision/secrets/secrets.ts";
import { loadCluster } from "./cluster-file.ts";
import { provisionExit } from "./exit-codes.ts";
import type { ProvisionFlags } from "./flags.ts";
import { lockAll, unlockAll } from "./locks.ts";
import { asOnlyRun, lockOwner } from "./one-run.ts";
import { type Show, playRun, startShow } from "./run.ts";
import { type Kept, keptSecrets, storeKept } from "./secrets-file.ts";
import { type Session, openSession } from "./session.ts";
import { transcriptFor } from "./transcript.ts";

export async function apply(flags: ProvisionFlags): Promise<number> {
  const cluster = await loadCluster(flags.file, flags.isLocal);
  if (cluster === undefined) return provisionExit.failed;
  return asOnlyRun(flags.file, async () => applyCluster(cluster, flags));
}

async function applyCluster(cluster: Cluster, flags: ProvisionFlags): Promise<number> {
  const kept = await keptSecrets(flags.file, cluster);
  if (kept === undefined) return provisionExit.failed;
  const session = openSession(cluster, transcriptFor(flags, kept.complete));
  const { isJson, isVerbose } = flags;
  const isTerminal = process.stdout.isTTY;
  const show = startShow(session, reporterFor({ isTerminal, isJson, isVerbose }));
  try {
    return await playApply({ cluster, flags, kept, session, show });
  } finally {
    await unlockAll([...session.executors.values()]);
    await session.close();
    show.end();
  }
}

type Play = {
  readonly cluster: Cluster;
  readonly flags: ProvisionFlags;
  readonly kept: Kept;
  readonly session: Session;
  readonly show: Show;
};

async function playApply({ cluster, flags, kept, session, show }: Play): Promise<number> {
  let code: number = provisionExit.failed;
  const { isDone } = await playRun(show, "apply", kept.complete, async (run) => {
    let steps = 0;
    const tell: typeof run.tell = (event) => {
      if (event.kind === "step-ended" && event.isDone) steps += 1;
      run.tell(event);
    };
    const end = (findings: readonly Finding[], exit: number) => {
      tell({ kind: "obstacles", findings });
      code = exit;
      return { steps, isDone: false };
    };
    const owner = lockOwner(flags.file);
    const troubles = await troublesOf(cluster, session, kept.stored, owner);
    if (troubles.length > 0) return end(troubles, provisionExit.notReady);
    const refusals = await lockAll([...session.executors.values()], owner, { ...run, tell });
    if (refusals.length > 0) return end(refusals, provisionExit.notReady);
    const stored = await storeKept(flags.file, cluster, kept);
    if (!stored.ok) return end([errorOf(stored)], provisionExit.failed);
    const strangers = await claimAcl(run.world, run.ports);
    if (strangers.length > 0) return end(strangers, provisionExit.notReady);
    code = provisionExit.unfinished;
    const applied = await applyPhases({ ...run, tell }, phases);
    if (!applied.ok) return { steps, isDone: false };
    const proven = await proveCluster({ ...run, tell, world: applied.value.world });
    if (!proven.ok && proven.code === "unverified") code = provisionExit.unverified;
    return { steps, isDone: proven.ok };
  });
  return isDone ? provisionExit.fine : code;
}

/**
 * What preflight calls an error. It knows a living cluster whose secrets are not these, which would be
 * lost by new ones.
 */
async function troublesOf(
  cluster: Cluster,
  { executors }: Session,
  secrets: Secrets | undefined,
  owner: string,
): Promise<readonly Finding[]> {
  const findings = await preflight(cluster, executors, {
    ...(secrets !== undefined && { secrets }),
    lockOwner: owner,
  });
  return findings.filter(isError);
}

function errorOf({ code, detail }: Failure): Finding {
  return { severity: "error", code, finding: detail };
}
