/**
 * All that a run of the fault bench found, and the worst of each figure over its repeats.
 */
import type { Figures, Stretch } from "./figures.ts";
import { longer } from "./figures.ts";
import type { Note } from "./scene.ts";

/** What the probes lost in 300 ms that were made to lose some. */
export type Control = { readonly echoes: number; readonly calls: number };

export type FaultRun = {
  readonly fault: string;
  readonly candidate: string;
  readonly kind: "agent" | "floor" | "peer";
  readonly figures: Figures;
  /** Only where nothing was lost: there the probes have to be proven. */
  readonly control: Control | undefined;
  readonly notes: readonly Note[];
  /** What vip-agent logged after the fault, on both hosts. */
  readonly log: readonly string[];
};

/** A run that came to no figures, with the reason. */
export type FailedRun = Pick<FaultRun, "fault" | "candidate"> & { readonly failure: string };

export type FaultResults = {
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Observed from the fault on. */
  readonly spanMs: number;
  readonly runs: readonly FaultRun[];
  readonly failed: readonly FailedRun[];
};

/** One fault and one candidate, the worst of all repeats. */
export type Worst = {
  readonly count: number;
  readonly figures: Figures;
  readonly control: Control | undefined;
};

export function worstOf(
  results: FaultResults,
  fault: string,
  candidate: string,
): Worst | undefined {
  const runs = results.runs.filter((run) => run.fault === fault && run.candidate === candidate);
  const [first, ...rest] = runs;
  if (first === undefined) return undefined;
  const controls = runs.flatMap(({ control }) => (control === undefined ? [] : [control]));
  return {
    count: runs.length,
    figures: rest.reduce((worst, { figures }) => worseOf(worst, figures), first.figures),
    // The weakest control is the one that counts.
    control: controls.reduce<Control | undefined>((least, control) => {
      return {
        echoes: Math.min(least?.echoes ?? Infinity, control.echoes),
        calls: Math.min(least?.calls ?? Infinity, control.calls),
      };
    }, undefined),
  };
}

export function candidatesIn({ runs, failed }: FaultResults): readonly string[] {
  const ours = runs.flatMap(({ kind, candidate }) => (kind === "agent" ? [candidate] : []));
  const all = [...ours, ...runs.map(({ candidate }) => candidate)];
  return [...new Set([...all, ...failed.map(({ candidate }) => candidate)])];
}

function worseOf(one: Figures, other: Figures): Figures {
  const lost = one.calls.lost >= other.calls.lost ? one : other;
  return {
    echoes: one.echoes.lost >= other.echoes.lost ? one.echoes : other.echoes,
    calls: {
      ...lost.calls,
      wrongHost: Math.max(one.calls.wrongHost, other.calls.wrongHost),
      longestMs: Math.max(one.calls.longestMs, other.calls.longestMs),
    },
    outage: longest(one.outage, other.outage),
    overlap: longest(one.overlap, other.overlap),
    absence: longest(one.absence, other.absence),
    goneMs: latest(one.goneMs, other.goneMs),
    transitions: Math.max(one.transitions, other.transitions),
    connection: laterHeard(one.connection, other.connection),
  };
}

/** What has not ended is longer than all that has. */
function longest(one: Stretch, other: Stretch): Stretch {
  if (one.isOpen === other.isOpen) return longer(one, other);
  return one.isOpen ? one : other;
}

/** Not gone at all is the latest. */
function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}

function laterHeard(one: Figures["connection"], other: Figures["connection"]) {
  if (one === undefined || other === undefined) return undefined;
  return one.afterMs >= other.afterMs ? one : other;
}
