/**
 * Runs of `vip-agent provision` on a stage, told as events and not as text for people.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import type { Finding, RunEvent } from "../../../../src/provision/phases/events.ts";
import type { Ended, ProvisionStage } from "./stage.ts";

/** A finding has no kind. */
export type Told = RunEvent | (Finding & { readonly kind?: undefined });

export type ProvisionRun = Ended & { readonly events: readonly Told[] };

/** With `--json`, to its end. */
export async function provision(
  stage: ProvisionStage,
  verb: string,
  file: string,
  ...flags: readonly string[]
): Promise<ProvisionRun> {
  const ended = await stage.vipAgent(["provision", verb, file, "--json", ...flags]);
  const lines = ended.stdout.split("\n").filter((line) => line.startsWith("{"));
  return { ...ended, events: lines.map((line) => JSON.parse(line) as Told) };
}

/** How many steps the run has done, or planned. */
export function stepsOf({ events }: ProvisionRun): number {
  for (const event of events) if (event.kind === "run-ended") return event.steps;
  return NaN;
}

/** What was found, by preflight and verify, or in the way of an apply. */
export function findingsOf({ events }: ProvisionRun): readonly Finding[] {
  return events.flatMap((event) => {
    if (event.kind === undefined) return [event];
    return event.kind === "obstacles" ? event.findings : [];
  });
}

/** Of those the errors, in short: host and code, each once. Each says what to do. */
export function errorsOf(run: ProvisionRun): readonly string[] {
  const errors = findingsOf(run).filter(({ severity }) => severity === "error");
  for (const { finding, remedy } of errors) assert.ok(remedy, `nothing to do about: ${finding}`);
  const short = errors.map(({ host = "cluster", code }) => `${host} ${code}`);
  return [...new Set(short)].toSorted();
}

/** Fails with what the run has said where its exit code is another one. */
export function endsWith(run: ProvisionRun, exitCode: number): void {
  const said = run.events.filter(isWrong).map((event) => JSON.stringify(event, undefined, 2));
  assert.equal(run.exitCode, exitCode, [...said, run.stderr].join("\n"));
}

function isWrong(event: Told): boolean {
  if (event.kind === undefined) return event.severity !== "fine";
  if (event.kind === "step-ended") return !event.isDone;
  if (event.kind === "gate-ended") return !event.isOpen;
  return event.kind === "obstacles";
}

/** How long each phase took, in one line, for the record. */
export function phaseTimes({ events }: ProvisionRun): string {
  const times = events.flatMap((event) => {
    if (event.kind !== "phase-ended") return [];
    return [`${event.phase} ${event.steps} in ${(event.tookMs / 1e3).toFixed(1)} s`];
  });
  return times.join(", ");
}

/** What was planned, or done: host and summary. */
export function summariesOf({ events }: ProvisionRun): readonly string[] {
  return events.flatMap((event) => {
    if (event.kind !== "step-planned" && event.kind !== "step-ended") return [];
    return [`${event.host ?? "cluster"}: ${event.summary}`];
  });
}

/** Every secret word of the cluster, by where it stands in the secrets file. */
export async function secretsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(file.replace(/\.yml$/u, ".secrets.json"), "utf8");
  const found = new Map<string, string>();
  collect(JSON.parse(text), "", found);
  return found;
}

// An accessor may be shown, and the scope is in every path.
function collect(value: unknown, path: string, found: Map<string, string>): void {
  if (typeof value === "string" && !/\.(?:accessor|scope)$/u.test(path)) {
    found.set(path.slice(1), value);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, below] of Object.entries(value)) collect(below, `${path}.${name}`, found);
}
