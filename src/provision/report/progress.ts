/**
 * How far a run is, as its events have told it: which hosts have finished which phase, what is being
 * done now, what has failed. Pure, so that a picture of it can be tried without a run.
 *
 * It takes events as they come. A phase, or a host, that nobody has announced is there as soon as
 * something is said of it; a plan announces none.
 */
import type { PhaseName, RunEvent, Verb } from "../phases/events.ts";
import type { RunEnded } from "./ending.ts";
import { wholeCluster } from "./words.ts";

/** `stopped`: the run ended before it had ended. */
export type State = "waiting" | "busy" | "done" | "failed" | "stopped";

export type Cell = { readonly state: State; readonly steps: number };

export type PhaseRow = {
  readonly phase: PhaseName;
  readonly state: State;
  /** Done, or planned; those of no single host too. */
  readonly steps: number;
  readonly startedAtMs: number;
  /** Undefined while it goes on. */
  readonly tookMs: number | undefined;
  readonly cells: ReadonlyMap<string, Cell>;
};

/** One thing that goes on: a step on a host or for the whole cluster, or a wait. */
export type Activity = {
  readonly phase: PhaseName;
  readonly who: string;
  readonly what: string;
  readonly sinceMs: number;
};

export type Progress = {
  readonly verb: Verb | undefined;
  readonly hosts: readonly string[];
  readonly startedAtMs: number;
  readonly rows: readonly PhaseRow[];
  readonly activities: readonly Activity[];
  /** One line each. */
  readonly failures: readonly string[];
  readonly ending: { readonly event: RunEnded; readonly atMs: number } | undefined;
};

/** In the place of a host, for what a gate waits for. */
export const waitsFor = "waits for";

export function progressAt(startedAtMs: number): Progress {
  return {
    verb: undefined,
    hosts: [],
    startedAtMs,
    rows: [],
    activities: [],
    failures: [],
    ending: undefined,
  };
}

export function progressAfter(progress: Progress, event: RunEvent, nowMs: number): Progress {
  switch (event.kind) {
    case "run-started":
      return withHosts({ ...progress, verb: event.verb }, event.hosts);
    case "phase-started": {
      const cells = event.hosts.map((host): [string, Cell] => [
        host,
        { state: "waiting", steps: 0 },
      ]);
      const begun = withHosts(progress, event.hosts);
      return withRow(begun, event.phase, nowMs, (row) => {
        return { ...row, cells: new Map([...cells, ...row.cells]) };
      });
    }
    case "step-started":
      return withActivity(
        withCell(progress, event, nowMs, (cell) => ({ ...cell, state: "busy" })),
        { ...placeOf(event), what: event.summary, sinceMs: nowMs },
      );
    case "step-ended":
      return stepEnded(withoutActivity(progress, placeOf(event)), event, nowMs);
    case "step-planned":
      return withCell(withStep(progress, event.phase, nowMs), event, nowMs, ({ steps }) => {
        return { state: "done", steps: steps + 1 };
      });
    case "host-ended":
      return withCell(progress, event, nowMs, ({ steps }) => {
        return { state: "done", steps: Math.max(steps, event.steps) };
      });
    case "gate-waiting":
      return withActivity(progress, {
        phase: event.phase,
        who: waitsFor,
        what: event.what,
        sinceMs: nowMs,
      });
    case "gate-ended":
      return gateEnded(withoutActivity(progress, { ...event, who: waitsFor }), event, nowMs);
    case "phase-ended":
      return phaseEnded(progress, event, nowMs);
    case "obstacles":
      return progress;
    case "run-ended":
      return runEnded(progress, event, nowMs);
  }
}

type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { readonly kind: Kind }>;

function stepEnded(progress: Progress, event: EventOf<"step-ended">, nowMs: number): Progress {
  if (event.isDone) {
    return withCell(withStep(progress, event.phase, nowMs), event, nowMs, ({ steps }) => {
      return { state: "busy", steps: steps + 1 };
    });
  }
  const failed = withCell(progress, event, nowMs, (cell) => ({ ...cell, state: "failed" }));
  return withFailure(
    failed,
    event.phase,
    nowMs,
    `${event.phase}, ${event.host ?? wholeCluster}: ${event.summary}`,
  );
}

function gateEnded(progress: Progress, event: EventOf<"gate-ended">, nowMs: number): Progress {
  if (event.isOpen) return progress;
  return withFailure(progress, event.phase, nowMs, `${event.phase}: ${event.detail}`);
}

function phaseEnded(progress: Progress, event: EventOf<"phase-ended">, nowMs: number): Progress {
  const ended = withRow(progress, event.phase, nowMs, (row) => ({
    ...row,
    state: row.state === "failed" ? "failed" : "done",
    steps: Math.max(row.steps, event.steps),
    tookMs: event.tookMs,
    cells: mapCells(row.cells, (state) => (state === "failed" ? "failed" : "done")),
  }));
  const activities = ended.activities.filter(({ phase }) => phase !== event.phase);
  return { ...ended, activities };
}

function runEnded(progress: Progress, event: RunEnded, nowMs: number): Progress {
  const rows = progress.rows.map((row): PhaseRow => {
    if (row.tookMs !== undefined) return row;
    const isFound = event.verb === "plan" && event.isDone;
    const end = (state: State): State => {
      if (state === "failed" || state === "done") return state;
      return isFound ? "done" : "stopped";
    };
    const cells = mapCells(row.cells, end);
    return { ...row, state: end(row.state), tookMs: nowMs - row.startedAtMs, cells };
  });
  return { ...progress, rows, activities: [], ending: { event, atMs: nowMs } };
}

function mapCells(cells: PhaseRow["cells"], next: (state: State) => State): PhaseRow["cells"] {
  return new Map(
    [...cells].map(([host, cell]) => [host, { ...cell, state: next(cell.state) }] as const),
  );
}

function withHosts(progress: Progress, hosts: readonly string[]): Progress {
  return { ...progress, hosts: [...new Set([...progress.hosts, ...hosts])] };
}

function withRow(
  progress: Progress,
  phase: PhaseName,
  nowMs: number,
  change: (row: PhaseRow) => PhaseRow,
): Progress {
  const isThere = progress.rows.some((row) => row.phase === phase);
  const fresh: PhaseRow = {
    phase,
    state: "busy",
    steps: 0,
    startedAtMs: nowMs,
    tookMs: undefined,
    cells: new Map(),
  };
  const rows = isThere ? progress.rows : [...progress.rows, fresh];
  return { ...progress, rows: rows.map((row) => (row.phase === phase ? change(row) : row)) };
}

type Place = { readonly phase: PhaseName; readonly host?: string };

/** Nothing where it concerns no single host. */
function withCell(
  progress: Progress,
  { phase, host }: Place,
  nowMs: number,
  change: (cell: Cell) => Cell,
): Progress {
  if (host === undefined) return withRow(progress, phase, nowMs, (row) => row);
  return withRow(withHosts(progress, [host]), phase, nowMs, (row) => {
    const cell = row.cells.get(host) ?? { state: "waiting", steps: 0 };
    return { ...row, cells: new Map([...row.cells, [host, change(cell)]]) };
  });
}

function withStep(progress: Progress, phase: PhaseName, nowMs: number): Progress {
  return withRow(progress, phase, nowMs, (row) => ({ ...row, steps: row.steps + 1 }));
}

function withFailure(
  progress: Progress,
  phase: PhaseName,
  nowMs: number,
  failure: string,
): Progress {
  const failed = withRow(progress, phase, nowMs, (row) => ({ ...row, state: "failed" }));
  return { ...failed, failures: [...failed.failures, failure] };
}

type Spot = Pick<Activity, "phase" | "who">;

function placeOf({ phase, host }: Place): Spot {
  return { phase, who: host ?? wholeCluster };
}

function withActivity(progress: Progress, activity: Activity): Progress {
  const others = withoutActivity(progress, activity);
  return { ...others, activities: [...others.activities, activity] };
}

function withoutActivity(progress: Progress, { phase, who }: Spot): Progress {
  const activities = progress.activities.filter((one) => one.phase !== phase || one.who !== who);
  return { ...progress, activities };
}
