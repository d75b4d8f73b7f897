/**
 * What a row of writes says: the longest time without a commit, and how those ended that failed.
 *
 * A commit counts from the moment at which the client has its answer. Time in which the client itself
 * was not run (it begins an attempt more than 5 ms after it could have) has a busy machine as its
 * cause, or its own work; it is told beside an outage and not taken from it, since two clients of one
 * machine are held up together, and are compared. Pure; all times are monotonic milliseconds.
 */
import type { Write } from "../../lab/patroni/writer.ts";
import type { Stretch } from "../faults/figures.ts";
import { lostAfterMs } from "../faults/probes.ts";

export type Attempt = Pick<
  Write,
  "startedAtMs" | "ranAtMs" | "atMs" | "outcome" | "host" | "isSent"
>;

/**
 * How a writer works that does one write after the other, begun at least so far apart. Undefined for
 * one that has a lane for each host: when it could have begun is not known.
 */
export type Manner = { readonly paceMs: number } | undefined;

export type Span = { readonly fromMs: number; readonly toMs: number };

export type Outage = Stretch & {
  /** The moment of the last commit before it. */
  readonly fromMs: number;
  /** How long the client was not run meanwhile. */
  readonly notRunMs: number;
};

export type Ending = { readonly count: number; readonly slowestMs: number };

export type WriterFigures = {
  readonly attempts: number;
  /** Not committed, or later than half a second. */
  readonly lost: number;
  /** How the lost ones ended; `late` are commits after half a second. */
  readonly endings: Readonly<Record<string, Ending>>;
  /** Lost after the statement was on its way: nobody told the client whether it was committed. */
  readonly inDoubt: number;
  /** Attempts that took longer than a second, whatever their end. */
  readonly hung: number;
  readonly outage: Outage;
  /** How long the client was not run, all in all. */
  readonly notRunMs: number;
};

/** The kernel repeats a SYN after a second: who waits longer has met silence. */
const hungAfterMs = 1_000;

const startMaxLateMs = 5;

/** What PostgreSQL says itself; everything else leaves a statement that was sent in doubt. */
const answers: ReadonlySet<string> = new Set(["committed", "read-only", "rejected"]);

export function writerFiguresOf(
  writes: readonly Attempt[],
  span: Span,
  manner: Manner,
): WriterFigures {
  const touched = writes.filter(({ startedAtMs, atMs }) => {
    return atMs >= span.fromMs && startedAtMs < span.toMs;
  });
  const lost = touched.filter(isLost);
  return {
    attempts: touched.length,
    lost: lost.length,
    endings: endingsOf(lost),
    inDoubt: lost.filter(({ isSent, outcome }) => isSent && !answers.has(outcome)).length,
    hung: touched.filter((write) => durationMs(write) > hungAfterMs).length,
    outage: outageOf(writes, span, manner),
    notRunMs: notRunOf(touched, manner),
  };
}

export function isLost(write: Attempt): boolean {
  return write.outcome !== "committed" || durationMs(write) > lostAfterMs;
}

/**
 * The longest time between two commits. The span is widened to the commits just outside of it, so that
 * an outage which began before or ended after it counts in full; one that has not ended counts up to
 * the end of the span.
 */
export function outageOf(writes: readonly Attempt[], { fromMs, toMs }: Span, manner: Manner) {
  const commits = commitsOf(writes, manner);
  const first = commits.findLast(({ atMs }) => atMs <= fromMs) ?? { atMs: fromMs, notRunMs: 0 };
  const after = commits.find(({ atMs }) => atMs >= toMs);
  const within = commits.filter(({ atMs }) => atMs > first.atMs && atMs < toMs);
  const last = after ?? { atMs: toMs, notRunMs: notRunOf(writes, manner) };
  let longest: Outage = { fromMs: first.atMs, ms: 0, isOpen: false, notRunMs: 0 };
  let before = first;
  for (const commit of [...within, last]) {
    const ms = commit.atMs - before.atMs;
    const notRunMs = Math.max(0, commit.notRunMs - before.notRunMs);
    const isOpen = commit === last && after === undefined;
    if (ms > longest.ms) longest = { fromMs: before.atMs, ms, isOpen, notRunMs };
    before = commit;
  }
  return longest;
}

function durationMs({ startedAtMs, atMs }: Attempt): number {
  return atMs - startedAtMs;
}

function endingsOf(lost: readonly Attempt[]): Readonly<Record<string, Ending>> {
  const endings: Record<string, Ending> = {};
  for (const write of lost) {
    const word = write.outcome === "committed" ? "late" : write.outcome;
    const { count, slowestMs } = endings[word] ?? { count: 0, slowestMs: 0 };
    endings[word] = { count: count + 1, slowestMs: Math.max(slowestMs, durationMs(write)) };
  }
  return endings;
}

/** `notRunMs` is how long the client had not been run when it began that write, all in all. */
type Commit = { readonly atMs: number; readonly notRunMs: number };

function commitsOf(writes: readonly Attempt[], manner: Manner): readonly Commit[] {
  let notRunMs = 0;
  const commits: Commit[] = [];
  for (const { write, lateMs } of latenessOf(writes, manner)) {
    notRunMs += lateMs;
    if (write.outcome === "committed") commits.push({ atMs: write.atMs, notRunMs });
  }
  return commits.toSorted((one, other) => one.atMs - other.atMs);
}

function notRunOf(writes: readonly Attempt[], manner: Manner): number {
  return latenessOf(writes, manner).reduce((sum, { lateMs }) => sum + lateMs, 0);
}

/** In the order of their beginning, and how much later each began than it could have. */
function latenessOf(writes: readonly Attempt[], manner: Manner) {
  const ordered = writes.toSorted((one, other) => one.startedAtMs - other.startedAtMs);
  let dueAtMs = Number.POSITIVE_INFINITY;
  return ordered.map((write) => {
    const lateMs = write.startedAtMs - dueAtMs;
    if (manner !== undefined) dueAtMs = Math.max(write.startedAtMs + manner.paceMs, write.atMs);
    return { write, lateMs: lateMs > startMaxLateMs ? lateMs : 0 };
  });
}
