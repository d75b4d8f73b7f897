/**
 * What many simulated hours came to: one value that workers hand over and that can be added up.
 */
import type { LocalCounts } from "./checkers/local.ts";
import { Violation } from "./checkers/violation.ts";
import type { Played } from "./hour.ts";

export type Failure = {
  readonly seed: number;
  /** The checker that saw it; undefined where something else broke. */
  readonly checker: string | undefined;
  readonly message: string;
  readonly scenario: string;
  readonly history: readonly string[];
};

export type Spread = { readonly count: number; readonly worstMs: number; readonly totalMs: number };
export type Counts = Readonly<Record<string, number>>;

export type Tally = {
  readonly hours: number;
  readonly harmlessHours: number;
  readonly steps: number;
  /** Processor time. */
  readonly cpuMs: number;
  readonly transitions: number;
  readonly faults: Counts;
  readonly reasons: Counts;
  /** By what made two hosts answer. */
  readonly overlaps: Readonly<Record<string, Spread>>;
  /** How often a lease ended before its expired lock was another's, and by how much at least. */
  readonly spares: { readonly count: number; readonly leastMs: number };
  /** How often Patroni was woken, and what was put to the test of checkers/local.ts. */
  readonly local: LocalCounts;
  /** From the key to the bind, where nothing was wrong. */
  readonly takeOvers: Spread;
  readonly failures: readonly Failure[];
};

const none: Spread = { count: 0, worstMs: 0, totalMs: 0 };

export const emptyTally: Tally = {
  hours: 0,
  harmlessHours: 0,
  steps: 0,
  cpuMs: 0,
  transitions: 0,
  faults: {},
  reasons: {},
  overlaps: {},
  spares: { count: 0, leastMs: Number.MAX_VALUE },
  local: { wakes: 0, keysBack: 0, postgresBack: 0, demoted: 0 },
  takeOvers: none,
  failures: [],
};

export function tallyOf(played: Played): Tally {
  const { inspector, steps, scenario } = played;
  const overlaps: Record<string, Spread> = {};
  for (const { cause, lastedMs } of inspector.holders.overlaps) {
    overlaps[cause] = addSpread(overlaps[cause] ?? none, one(lastedMs));
  }
  return {
    hours: 1,
    harmlessHours: scenario.temper === "harmless" ? 1 : 0,
    steps,
    cpuMs: played.cpuMs,
    transitions: inspector.transitions,
    faults: Object.fromEntries(played.faults),
    reasons: Object.fromEntries(inspector.reasons),
    overlaps,
    spares: {
      count: inspector.holders.sparesMs.length,
      leastMs: Math.min(Number.MAX_VALUE, ...inspector.holders.sparesMs),
    },
    local: inspector.localCounts,
    takeOvers: inspector.calm.takeOversMs.map(one).reduce(addSpread, none),
    failures: failureOf(played),
  };
}

function failureOf({ failure, seed, scenario }: Played): readonly Failure[] {
  if (failure === undefined) return [];
  const { error, history } = failure;
  const checker = error instanceof Violation ? error.checker : undefined;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [{ seed, checker, message, scenario: JSON.stringify(scenario), history }];
}

export function add(a: Tally, b: Tally): Tally {
  const overlaps = { ...a.overlaps };
  for (const [cause, spread] of Object.entries(b.overlaps)) {
    overlaps[cause] = addSpread(overlaps[cause] ?? none, spread);
  }
  return {
    hours: a.hours + b.hours,
    harmlessHours: a.harmlessHours + b.harmlessHours,
    steps: a.steps + b.steps,
    cpuMs: a.cpuMs + b.cpuMs,
    transitions: a.transitions + b.transitions,
    faults: addCounts(a.faults, b.faults),
    reasons: addCounts(a.reasons, b.reasons),
    overlaps,
    spares: {
      count: a.spares.count + b.spares.count,
      leastMs: Math.min(a.spares.leastMs, b.spares.leastMs),
    },
    local: addLocal(a.local, b.local),
    takeOvers: addSpread(a.takeOvers, b.takeOvers),
    failures: [...a.failures, ...b.failures],
  };
}

function one(lastedMs: number): Spread {
  return { count: 1, worstMs: lastedMs, totalMs: lastedMs };
}

function addSpread(a: Spread, b: Spread): Spread {
  return {
    count: a.count + b.count,
    worstMs: Math.max(a.worstMs, b.worstMs),
    totalMs: a.totalMs + b.totalMs,
  };
}

function addLocal(a: LocalCounts, b: LocalCounts): LocalCounts {
  return {
    wakes: a.wakes + b.wakes,
    keysBack: a.keysBack + b.keysBack,
    postgresBack: a.postgresBack + b.postgresBack,
    demoted: a.demoted + b.demoted,
  };
}

function addCounts(a: Counts, b: Counts): Counts {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
