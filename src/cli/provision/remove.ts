/**
 * `vip-agent provision remove`: takes the stack off the hosts of the cluster file, and keeps its data.
 *
 * It shows first what it will do, and does nothing before the cluster's name was typed; data are only
 * deleted on a second, other word. Like `apply` it locks the hosts, looks at everything anew, and goes
 * on where a run was cut off. The secrets file stays, so that `apply` finds the same tokens again.
 */
import { complaintsText, isError } from "../../complaints.ts";
import type { Cluster } from "../../provision/cluster/cluster.ts";
import { applyPhases } from "../../provision/phases/apply.ts";
import type { Finding, RunEvent } from "../../provision/phases/events.ts";
import { lookAtHosts } from "../../provision/phases/look.ts";
import { planPhases } from "../../provision/phases/plan.ts";
import type { Run } from "../../provision/phases/run.ts";
import type { World } from "../../provision/phases/world.ts";
import { confirmationWords, isConfirmed } from "../../provision/removal/confirmation.ts";
import { judgeRemoval } from "../../provision/removal/judge.ts";
import { lookAround } from "../../provision/removal/look.ts";
import { type Removal, removalPhases } from "../../provision/removal/phases.ts";
import { loadCluster } from "./cluster-file.ts";
import { askConfirmation, canAsk } from "./confirm.ts";
import { provisionExit } from "./exit-codes.ts";
import { lockAll, unlockAll } from "./locks.ts";
import { asOnlyRun, lockOwner } from "./one-run.ts";
import { type RemoveFlags, removeMisuses } from "./remove-flags.ts";
import { type RemovalShow, removalShow } from "./remove-show.ts";
import { keptSecrets } from "./secrets-file.ts";
import { type Session, openSession } from "./session.ts";
import { transcriptFor } from "./transcript.ts";

export async function remove(flags: RemoveFlags): Promise<number> {
  const whole = await loadCluster(flags.file, flags.isLocal);
  if (whole === undefined) return provisionExit.failed;
  const misuses = removeMisuses(flags, whole);
  if (misuses.length > 0) {
    process.stderr.write(complaintsText(misuses));
    return provisionExit.misused;
  }
  return asOnlyRun(flags.file, async () => removeCluster(whole, flags));
}

type Play = {
  /** Of the cluster file, with the hosts that are left out. */
  readonly whole: Cluster;
  readonly flags: RemoveFlags;
  readonly removal: Removal;
  readonly areSecretsKnown: boolean;
  readonly session: Session;
  readonly show: RemovalShow;
};

async function removeCluster(whole: Cluster, flags: RemoveFlags): Promise<number> {
  const kept = await keptSecrets(flags.file, whole);
  if (kept === undefined) return provisionExit.failed;
  const hosts = whole.hosts.filter(({ name }) => !flags.skip.includes(name));
  const session = openSession({ ...whole, hosts }, transcriptFor(flags, kept.complete));
  const show = removalShow(session, flags);
  const areSecretsKnown = kept.stored !== undefined;
  const isComparable = areSecretsKnown && flags.skip.length === 0;
  const removal = { isWithData: flags.isWithData, isComparable };
  try {
    show.tell({ kind: "run-started", verb: "remove", hosts: hosts.map(({ name }) => name) });
    const { world, findings } = await lookAtHosts(session.cluster, kept.complete, session.ports);
    if (world === undefined) {
      return show.stop(findings.map(withSkip), provisionExit.failed);
    }
    return await playRemove({ whole, flags, removal, areSecretsKnown, session, show }, world);
  } finally {
    await unlockAll([...session.executors.values()]);
    await session.close();
    show.end();
  }
}

/** A host that is gone for good must not keep the others from being cleared, if somebody says so. */
function withSkip(finding: Finding): Finding {
  const { host, remedy = "mend that" } = finding;
  if (host === undefined) return finding;
  return {
    ...finding,
    remedy: `${remedy}; or leave it out, with all that is on it: --skip ${host}`,
  };
}

async function playRemove(play: Play, world: World): Promise<number> {
  const { flags, removal, session, show } = play;
  const phases = removalPhases(removal);
  const run: Run = { ...show.run, world };
  const [troubles, planned] = [await judge(play, world), await planPhases(run, phases)];
  const errors = troubles.filter(isError);
  if (planned.findings.length > 0 || errors.length > 0) {
    return show.stop(troubles, provisionExit.notReady);
  }
  if (troubles.length > 0) show.tell({ kind: "obstacles", findings: troubles });
  show.planned();
  if (planned.steps === 0) return show.finish({ steps: 0, world, exit: provisionExit.fine });
  const refusal = await refusalOf(play);
  if (refusal !== undefined) return show.stop([refusal], provisionExit.misused);
  show.begin();
  const owner = lockOwner(flags.file);
  const locks = await lockAll([...session.executors.values()], owner, show.run);
  if (locks.length > 0) return show.stop(locks, provisionExit.notReady);
  // Much may have happened while a person read the plan.
  const since = (await judge(play, world)).filter(isError);
  if (since.length > 0) return show.stop(since, provisionExit.notReady);
  let steps = 0;
  const tell = (event: RunEvent) => {
    if (event.kind === "step-ended" && event.isDone) steps += 1;
    show.tell(event);
  };
  const { ok } = await applyPhases({ ...show.run, world, tell }, phases);
  if (!ok) return show.stop([], provisionExit.unfinished, steps);
  return show.finish({ steps, world, exit: provisionExit.fine });
}

async function judge(play: Play, world: World): Promise<readonly Finding[]> {
  const { whole, removal, areSecretsKnown, session } = play;
  const sights = await lookAround(world, session.ports, areSecretsKnown);
  const { isWithData } = removal;
  return judgeRemoval(world.cluster, sights, { all: whole.hosts, isWithData });
}

/** Undefined: it was confirmed, all of it. */
async function refusalOf({ whole, flags }: Play): Promise<Finding | undefined> {
  const { isWithData, isJson, confirm: stack, confirmData: data } = flags;
  const words = confirmationWords(whole);
  const given = { stack, data };
  const asked = canAsk() && !isJson;
  const answer = asked ? await askConfirmation({ words, given, isWithData }) : given;
  if (isConfirmed(words, answer, isWithData)) return undefined;
  const dataFlag = isWithData ? ` --confirm-data "${words.data}"` : "";
  return {
    severity: "error",
    code: "unconfirmed",
    finding: "it was not confirmed, so nothing was done",
    remedy: `type what is asked for at a terminal, or add --confirm ${words.stack}${dataFlag}`,
  };
}
