/**
 * The lines that a run leaves in a log: one for each event that matters to a person, with the time
 * since the beginning in front. What has failed comes with all that is known about it.
 *
 * Steps of a plan are no part of it: the plan itself is shown when it is whole (plan-text.ts).
 */
import { isError } from "../../complaints.ts";
import type { PhaseName, RunEvent } from "../phases/events.ts";
import { endingText, endingTone } from "./ending.ts";
import { findingLines } from "./findings-text.ts";
import { type Line, indented, line } from "./line.ts";
import { type Progress, waitsFor } from "./progress.ts";
import {
  counted,
  durationText,
  elapsedText,
  printable,
  printableLines,
  wholeCluster,
} from "./words.ts";

const elapsedWidth = 7;
const phaseWidth = 14;

/** What belongs to an event stands this far in. */
const hang = elapsedWidth + 2 + 4;

export type LogOptions = {
  /** How far the run was when the event came, and how far it is with it. */
  readonly before: Progress;
  readonly progress: Progress;
  readonly nowMs: number;
  /** Beginnings of steps and ends of hosts too. */
  readonly isVerbose: boolean;
};

export function logLines(event: RunEvent, options: LogOptions): readonly Line[] {
  const { progress, nowMs } = options;
  const elapsed = elapsedText(nowMs - progress.startedAtMs).padStart(elapsedWidth);
  const below = " ".repeat(elapsedWidth);
  return linesOf(event, options).map((one, index) => {
    const text = `${index === 0 ? elapsed : below}  ${one.text}`.trimEnd();
    return index === 0 ? { ...one, text, hang } : { ...one, text };
  });
}

function linesOf(event: RunEvent, options: LogOptions): readonly Line[] {
  const { progress, isVerbose } = options;
  switch (event.kind) {
    case "run-started":
      return [line(printable(`${event.verb}${onHosts(event.hosts)}`), "title")];
    case "phase-started":
      return [at(progress, event, `begins${onHosts(event.hosts)}`)];
    case "step-started":
      return isVerbose ? [at(progress, placeOf(event), `begin   ${event.summary}`)] : [];
    case "step-ended":
      return stepLines(progress, event);
    case "step-planned":
      return [];
    case "host-ended":
      return isVerbose ? [at(progress, event, `ended   ${counted(event.steps, "step")}`)] : [];
    case "gate-waiting": {
      const isSaid = options.before.activities.some(
        ({ phase, who, what }) => phase === event.phase && who === waitsFor && what === event.what,
      );
      return isSaid ? [] : [at(progress, event, `waits for ${event.what}`)];
    }
    case "gate-ended":
      return gateLines(progress, event);
    case "phase-ended": {
      const did = event.steps === 0 ? "nothing to do" : counted(event.steps, "step");
      return [at(progress, event, `ended: ${did} (${durationText(event.tookMs)})`)];
    }
    case "obstacles": {
      const isWorse = event.findings.some(isError);
      const head = isWorse ? line("in the way:", "bad") : line("worth a look:", "busy");
      return [head, ...indented(findingLines(event.findings), 2)];
    }
    case "run-ended":
      return [
        line(endingText(event), endingTone(event)),
        ...progress.failures.map((failure) => line(`  failed: ${printable(failure)}`, "bad")),
      ];
  }
}

type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { readonly kind: Kind }>;

function stepLines(progress: Progress, event: EventOf<"step-ended">): readonly Line[] {
  const { summary, isDone, tookMs, detail } = event;
  const words = `${isDone ? "done  " : "FAILED"}  ${summary} (${durationText(tookMs)})`;
  const details = detail === undefined ? [] : printableLines(detail);
  return [
    at(progress, placeOf(event), words, !isDone),
    ...details.map((text) => line(`    ${text}`.trimEnd())),
  ];
}

function gateLines(progress: Progress, event: EventOf<"gate-ended">): readonly Line[] {
  const { isOpen, tookMs, detail, evidence = [] } = event;
  const took = durationText(tookMs);
  const [first = "", ...others] = printableLines(detail);
  const words = isOpen ? `proved: ${first} (${took})` : `FAILED after ${took}: ${first}`;
  const seen = evidence.flatMap(({ host, lines }) => [
    line(`    ${printable(host)}`, "title"),
    ...lines.flatMap(printableLines).map((text) => line(`      ${text}`)),
  ]);
  const more = others.map((text) => line(`    ${text}`));
  return [at(progress, event, words, !isOpen), ...more, ...seen];
}

type Place = { readonly phase: PhaseName; readonly host?: string };

/** Phase and host in columns, so that an eye can run down them. */
function at({ hosts }: Progress, { phase, host }: Place, words: string, isBad = false): Line {
  const width = Math.max(wholeCluster.length, ...hosts.map(({ length }) => length));
  const text = `${phase.padEnd(phaseWidth)}  ${(host ?? "").padEnd(width)}  ${words}`;
  return line(printable(text), isBad ? "bad" : undefined);
}

function onHosts(hosts: readonly string[]): string {
  return hosts.length === 0 ? "" : ` on ${hosts.join(", ")}`;
}

/** A step of no single host has its place named, so that it is not taken for a phase's own line. */
function placeOf({ phase, host }: Place): Place {
  return { phase, host: host ?? wholeCluster };
}
