/**
 * Preflight: asks all hosts at once, changes nothing, and says everything that would fail.
 */
import { createHash } from "node:crypto";

import { type Outcome, done, failed } from "../../outcome.ts";
import type { Cluster, Host } from "../cluster/cluster.ts";
import { isConsulServer } from "../cluster/hosts.ts";
import type { CommandResult, Executor, ExecutorCode } from "../executor/executor.ts";
import type { Finding } from "../phases/events.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { askConsul } from "./ask-consul.ts";
import { askDisks } from "./ask-disks.ts";
import { judgePreflight } from "./judge.ts";
import { parseSurvey } from "./parse-survey.ts";
import { type Sighted, isConsulOurs } from "./sighted.ts";
import { surveyScript } from "./survey-script.ts";
import type { ClockSight, Survey, Surveys, WireSight } from "./survey.ts";
import { parseWire, wireScript } from "./wire-script.ts";

export type PreflightOptions = {
  /** None: there is no secrets file yet. */
  readonly secrets?: Secrets;
  /** Of the lock that this run has taken already. */
  readonly lockOwner?: string;
  /** The clock that those of the hosts are compared with; of the wall. */
  readonly wallMs?: () => number;
};

const surveyDeadlineMs = 60_000;
const wireDeadlineMs = 20_000;
const clockDeadlineMs = 10_000;

/** Never rejects. `executors` has one for each host, by its name. */
export async function preflight(
  cluster: Cluster,
  executors: ReadonlyMap<string, Executor>,
  { secrets, lockOwner, wallMs = Date.now }: PreflightOptions = {},
): Promise<readonly Finding[]> {
  const asked = await Promise.all(
    cluster.hosts.map(async (host) => {
      const executor = executors.get(host.name);
      const survey =
        executor === undefined
          ? failed("unreachable", "there is no way to this host")
          : await surveyHost(cluster, host, { executor, wallMs });
      return [host.name, survey] as const;
    }),
  );
  const surveys: Surveys = new Map(asked);
  return judgePreflight(cluster, surveys, {
    gossipKeyDigest: secrets && digestOf(secrets.gossipKey.reveal()),
    lockOwner,
    consul: secrets && (await consulState(cluster, surveys, { executors, secrets })),
  });
}

type Means = { readonly executor: Executor; readonly wallMs: () => number };

async function surveyHost(
  cluster: Cluster,
  host: Host,
  { executor, wallMs }: Means,
): Promise<Outcome<Survey>> {
  // What the wire says is mostly waited for: who does not answer takes seconds.
  const [answer, wire, disks] = await Promise.all([
    runScript(executor, surveyScript(cluster, host), surveyDeadlineMs),
    askWire(executor, wireScript(cluster, host)),
    askDisks(cluster, host, executor),
  ]);
  if (!answer.ok) return answer;
  // Not the first question, which opens the connection: it would time that.
  const clock = await askClock(executor, wallMs);
  const survey = parseSurvey(answer.value.stdout, { clock, wire, disks });
  if (survey !== undefined) return done(survey);
  const words = answer.value.stderr.trim().split("\n")[0] ?? "";
  return failed("failed", `the answer of ${host.name} was cut off${words && `: ${words}`}`);
}

function runScript(
  executor: Executor,
  script: string,
  deadlineMs: number,
): Promise<Outcome<CommandResult, ExecutorCode>> {
  return executor.ask(["sh", "-s"], { stdin: script, deadlineMs });
}

async function askClock(executor: Executor, wallMs: () => number): Promise<ClockSight | undefined> {
  const askedAtMs = wallMs();
  const answer = await executor.ask(["date", "+%s%3N"], { deadlineMs: clockDeadlineMs });
  const answeredAtMs = wallMs();
  const text = answer.ok ? answer.value.stdout.trim() : "";
  if (!/^\d{13}$/.test(text)) return undefined;
  return { askedAtMs, answeredAtMs, hostMs: Number(text) };
}

async function askWire(executor: Executor, script: string): Promise<WireSight | undefined> {
  const answer = await runScript(executor, script, wireDeadlineMs);
  return answer.ok ? parseWire(answer.value.stdout) : undefined;
}

type State = { readonly executors: ReadonlyMap<string, Executor>; readonly secrets: Secrets };

/** By the first server that runs our Consul; undefined where none does yet. */
async function consulState(cluster: Cluster, surveys: Surveys, { executors, secrets }: State) {
  const servers = cluster.hosts.filter(isConsulServer).flatMap((host): readonly Sighted[] => {
    const survey = surveys.get(host.name);
    return survey?.ok === true ? [{ host, survey: survey.value }] : [];
  });
  for (const sighted of servers) {
    const isRunning = sighted.survey.programs.processes.some(({ name }) => name === "consul");
    const executor = executors.get(sighted.host.name);
    if (!isRunning || !isConsulOurs(cluster, sighted) || executor === undefined) continue;
    const state = await askConsul(cluster, executor, secrets);
    if (state !== undefined) return state;
  }
  return undefined;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
