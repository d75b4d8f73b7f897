/**
 * What `plan` has found to be done, as text: by host, below it by phase, each step with what it changes.
 *
 * The last line says how much it is, and never that there is nothing where something stood in the way
 * of looking.
 */
import { isError } from "../../complaints.ts";
import type { Style, Tone } from "../../style.ts";
import type { RunEvent } from "../phases/events.ts";
import { findingLines } from "./findings-text.ts";
import { type Line, indented, line, textOf } from "./line.ts";
import { counted, printable, wholeCluster } from "./words.ts";

type StepPlanned = Extract<RunEvent, { readonly kind: "step-planned" }>;

export function planText(events: readonly RunEvent[], style?: Style): string {
  const steps = events.filter((event) => event.kind === "step-planned");
  const findings = events.flatMap((event) => (event.kind === "obstacles" ? event.findings : []));
  const obstacles = findings.length === 0 ? [] : [...findingLines(findings), line("")];
  const lines = [...hostLines(events, steps), ...obstacles, lastLine(events, steps)];
  return textOf(lines, style);
}

/** Hosts in the order of the cluster file, the cluster as a whole after them. */
function hostLines(events: readonly RunEvent[], steps: readonly StepPlanned[]): readonly Line[] {
  const named = events.flatMap((event) => (event.kind === "run-started" ? event.hosts : []));
  const met = steps.flatMap(({ host }) => host ?? []);
  const hosts = [...new Set([...named, ...met]), undefined];
  return hosts.flatMap((host) => {
    const ofHost = steps.filter((step) => step.host === host);
    if (ofHost.length === 0) return [];
    const title = line(printable(host ?? wholeCluster), "title");
    return [title, ...indented(phaseLines(ofHost), 2), line("")];
  });
}

function phaseLines(steps: readonly StepPlanned[]): readonly Line[] {
  const byPhase = Map.groupBy(steps, ({ phase }) => phase);
  return [...byPhase].flatMap(([phase, ofPhase]) => [
    line(phase, "quiet"),
    ...indented(ofPhase.flatMap(stepLines), 2),
  ]);
}

function stepLines({ summary, difference = [] }: StepPlanned): readonly Line[] {
  const changes = difference.map((text) => line(`    ${printable(text)}`, differenceTone(text)));
  return [line(printable(summary)), ...changes];
}

function differenceTone(text: string): Tone | undefined {
  if (text.startsWith("+")) return "added";
  return text.startsWith("-") ? "removed" : undefined;
}

function lastLine(events: readonly RunEvent[], steps: readonly StepPlanned[]): Line {
  const isStopped = events.some(
    (event) =>
      (event.kind === "obstacles" && event.findings.some(isError)) ||
      (event.kind === "run-ended" && !event.isDone),
  );
  const hosts = new Set(steps.flatMap(({ host }) => host ?? [])).size;
  const hasWhole = steps.some(({ host }) => host === undefined);
  const places = [
    ...(hosts > 0 ? [`on ${counted(hosts, "host")}`] : []),
    ...(hasWhole ? [`in ${wholeCluster} as a whole`] : []),
  ];
  const changes = `${counted(steps.length, "change")} ${places.join(" and ")}`.trimEnd();
  if (isStopped) return line(`${changes} found, but the plan is not complete`, "bad");
  return steps.length === 0 ? line("no changes", "good") : line(changes, "title");
}
