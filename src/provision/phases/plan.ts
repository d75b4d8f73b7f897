/**
 * Says what `apply` would do, without doing any of it.
 *
 * What the cluster as a whole needs can only be looked up where its parts already run; on bare hosts
 * such steps are planned by what is known from here.
 */
import { planHosts } from "./apply.ts";
import type { Finding } from "./events.ts";
import type { Phase } from "./phase.ts";
import type { Run } from "./run.ts";

export type Planned = { readonly steps: number; readonly findings: readonly Finding[] };

/** Tells each step; answers with their number and with everything that stands in the way. */
export async function planPhases(run: Run, phases: readonly Phase[]): Promise<Planned> {
  const findings: Finding[] = [];
  let steps = 0;
  for (const phase of phases) {
    const startedAtMs = run.clock.nowMs();
    const names = phase.hosts(run.world).map(({ name }) => name);
    run.tell({ kind: "phase-started", phase: phase.name, hosts: names });
    const ofHosts = await planHostSteps(run, phase);
    const ofCluster = await planSteps(run, phase);
    findings.push(...ofHosts.findings, ...ofCluster.findings);
    const planned = ofHosts.steps + ofCluster.steps;
    steps += planned;
    const tookMs = run.clock.nowMs() - startedAtMs;
    run.tell({ kind: "phase-ended", phase: phase.name, steps: planned, tookMs });
  }
  if (findings.length > 0) run.tell({ kind: "obstacles", findings });
  return { steps, findings };
}

async function planHostSteps(run: Run, phase: Phase): Promise<Planned> {
  const { works, findings } = await planHosts(run, phase, phase.hosts(run.world));
  let steps = 0;
  for (const { host, plan } of works) {
    for (const { summary, difference } of plan.operations) {
      const shown = difference === undefined ? {} : { difference };
      run.tell({ kind: "step-planned", phase: phase.name, host: host.name, summary, ...shown });
    }
    steps += plan.operations.length;
  }
  return { steps, findings };
}

async function planSteps(run: Run, phase: Phase): Promise<Planned> {
  if (phase.steps === undefined) return { steps: 0, findings: [] };
  const steps = await phase.steps(run.world, run.ports);
  if (!steps.ok) {
    const { code, detail } = steps;
    // Nothing runs yet that could be asked: the phase will ask again when its turn has come.
    if (code === "absent") return { steps: 0, findings: [] };
    return { steps: 0, findings: [{ severity: "error", code, finding: detail }] };
  }
  for (const { summary, difference } of steps.value) {
    const shown = difference === undefined ? {} : { difference };
    run.tell({ kind: "step-planned", phase: phase.name, summary, ...shown });
  }
  return { steps: steps.value.length, findings: [] };
}
