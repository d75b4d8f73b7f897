/**
 * Carries the phases out, one after the other, until the cluster is as its file wants it.
 *
 * Each phase asks its hosts anew and plans from what it finds, so a run that was cut off is resumed by
 * the next one without any memory of it. Obstacles on any host of a phase end the run before that
 * phase has changed anything; so does a gate that stays shut.
 */
import { type Outcome, done, failed } from "../../outcome.ts";
import type { Host } from "../cluster/cluster.ts";
import { type PlanReport, planOf, questionsOf } from "../resources/plan.ts";
import type { Finding } from "./events.ts";
import { passGate } from "./gate.ts";
import { lookAtHosts } from "./look.ts";
import type { Phase, Step } from "./phase.ts";
import type { Run } from "./run.ts";
import type { World } from "./world.ts";

export type ApplyCode = "unreachable" | "obstacle" | "failed" | "gate" | "aborted";

type Work = { readonly host: Host; readonly plan: PlanReport };

export type Applied = {
  /** How many things were done. */
  readonly steps: number;
  /** As it was looked at last. */
  readonly world: World;
};

export async function applyPhases(
  begun: Run,
  phases: readonly Phase[],
): Promise<Outcome<Applied, ApplyCode>> {
  let run = begun;
  let steps = 0;
  for (const phase of phases) {
    const startedAtMs = run.clock.nowMs();
    const looked = phase.looksAnew === true ? await lookAnew(run) : done(run);
    if (!looked.ok) return looked;
    run = looked.value;
    const hosts = phase.hosts(run.world);
    run.tell({ kind: "phase-started", phase: phase.name, hosts: hosts.map(({ name }) => name) });
    const applied = await applyPhase(run, phase, hosts);
    if (!applied.ok) return applied;
    steps += applied.value;
    const tookMs = run.clock.nowMs() - startedAtMs;
    run.tell({ kind: "phase-ended", phase: phase.name, steps: applied.value, tookMs });
  }
  return done({ steps, world: run.world });
}

/** The first look has told its warnings already. */
async function lookAnew(run: Run): Promise<Outcome<Run, ApplyCode>> {
  const { world, ports } = run;
  const looked = await lookAtHosts(world.cluster, world.secrets, ports);
  if (looked.world !== undefined) return done({ ...run, world: looked.world });
  run.tell({ kind: "obstacles", findings: looked.findings });
  return failed("unreachable", `${looked.findings.length} obstacles at a second look`);
}

async function applyPhase(
  run: Run,
  phase: Phase,
  hosts: readonly Host[],
): Promise<Outcome<number, ApplyCode>> {
  const { works, findings } = await planHosts(run, phase, hosts);
  if (findings.length > 0) {
    const again = "mend it and run it again: it goes on where it was";
    const told = findings.map((one) => ({ ...one, remedy: one.remedy ?? again }));
    run.tell({ kind: "obstacles", findings: told });
    return failed("obstacle", `${findings.length} obstacles before ${phase.name}`);
  }
  if (phase.steps !== undefined) return applySteps(run, phase);
  let steps = 0;
  for (const wave of await wavesOf(run, phase, works)) {
    const ended = await Promise.all(wave.map(async (work) => applyHost(run, phase, work)));
    const failure = ended.find((outcome) => !outcome.ok);
    if (failure !== undefined) return failure;
    steps += wave.reduce((sum, { plan }) => sum + plan.operations.length, 0);
    const reached = wave.map(({ host }) => host);
    const passed = await passGate(run, phase, reached);
    if (!passed.ok) return passed;
  }
  return done(steps);
}

/** Hosts that need nothing are in the first wave: what they wait for is looked at once. */
async function wavesOf(
  { world, ports }: Run,
  phase: Phase,
  works: readonly Work[],
): Promise<readonly (readonly Work[])[]> {
  const idle = works.filter(({ plan }) => plan.operations.length === 0);
  const busy = works.filter(({ plan }) => plan.operations.length > 0);
  if (phase.waves === undefined || busy.length === 0) return [works];
  const waves = await phase.waves(
    world,
    ports,
    busy.map(({ host }) => host),
  );
  const ofHosts = (wave: readonly Host[]) => busy.filter(({ host }) => wave.includes(host));
  const [first = [], ...others] = waves.map(ofHosts);
  return [[...idle, ...first], ...others];
}

type HostsPlanned = {
  /** Of each host that has answered. */
  readonly works: readonly Work[];
  readonly findings: readonly Finding[];
};

/** What hosts of a phase need, and everything that stands in the way on any of them. */
export async function planHosts(
  run: Pick<Run, "world" | "ports">,
  phase: Phase,
  hosts: readonly Host[],
): Promise<HostsPlanned> {
  const planned = await Promise.all(
    hosts.map(async (host) => ({ host, plan: await planHost(run, phase, host) })),
  );
  const findings: Finding[] = [];
  const works: Work[] = [];
  for (const { host, plan } of planned) {
    const about = { severity: "error", host: host.name } as const;
    if (!plan.ok) {
      findings.push({ ...about, code: plan.code, finding: plan.detail });
      continue;
    }
    for (const { subject, finding, remedy } of plan.value.obstacles) {
      findings.push({ ...about, code: "obstacle", finding: `${subject} ${finding}`, remedy });
    }
    works.push({ host, plan: plan.value });
  }
  return { works, findings };
}

export async function planHost(
  { world, ports }: Pick<Run, "world" | "ports">,
  phase: Phase,
  host: Host,
): Promise<Outcome<PlanReport>> {
  const resources = phase.resources(world, host);
  const facts = await ports.executor(host).probe(questionsOf(resources));
  return facts.ok ? done(planOf(resources, facts.value)) : facts;
}

async function applyHost(
  run: Run,
  phase: Phase,
  { host, plan }: Work,
): Promise<Outcome<void, ApplyCode>> {
  const executor = run.ports.executor(host);
  for (const { operation, summary } of plan.operations) {
    const performed = await timed(run, { phase, host: host.name, summary }, () =>
      executor.perform(operation),
    );
    if (!performed.ok) return performed;
  }
  const steps = plan.operations.length;
  run.tell({ kind: "host-ended", phase: phase.name, host: host.name, steps });
  return done(undefined);
}

async function applySteps(run: Run, phase: Phase): Promise<Outcome<number, ApplyCode>> {
  if (phase.steps === undefined) return done(0);
  const steps = await phase.steps(run.world, run.ports);
  if (!steps.ok) {
    const finding = { severity: "error", code: steps.code, finding: steps.detail } as const;
    run.tell({ kind: "obstacles", findings: [finding] });
    return failed("failed", steps.detail);
  }
  for (const step of steps.value) {
    const performed = await timed(run, { phase, summary: step.summary }, step.perform);
    if (!performed.ok) return performed;
  }
  const passed = await passGate(run, phase, []);
  return passed.ok ? done(steps.value.length) : passed;
}

type Label = { readonly phase: Phase; readonly host?: string; readonly summary: string };

async function timed(
  run: Run,
  { phase, host, summary }: Label,
  perform: Step["perform"],
): Promise<Outcome<void, ApplyCode>> {
  if (run.signal.aborted)
    return failed("aborted", "the run was ended; the next one goes on from here");
  const label = { phase: phase.name, ...(host !== undefined && { host }), summary };
  const startedAtMs = run.clock.nowMs();
  run.tell({ kind: "step-started", ...label });
  const performed = await perform();
  const tookMs = run.clock.nowMs() - startedAtMs;
  const detail = performed.ok ? {} : { detail: performed.detail };
  run.tell({ kind: "step-ended", ...label, isDone: performed.ok, tookMs, ...detail });
  return performed.ok ? performed : failed("failed", `${summary}: ${performed.detail}`);
}
