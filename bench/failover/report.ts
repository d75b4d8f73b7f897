/**
 * The results as Markdown: per event a table of figures and one of how the writes ended, then the goals.
 */
import { goalsTable, markdown, milliseconds } from "../table.ts";
import type { FailoverEvent } from "./event.ts";
import { events, sharedIds } from "./events.ts";
import { runsOf, summaryOf, type EventRun, type FailoverResults } from "./results.ts";
import { overlap, type Row } from "./rows.ts";
import { verdictsOf } from "./verdicts.ts";
import type { Ending, WriterFigures } from "./writes.ts";

type Cells = readonly string[];

const figuresHead: Cells = ["", "", "mean", "median", "p90", "max", "runs"];

const clientsHead: Cells = [
  "writes through the VIP",
  "",
  "attempts",
  "lost",
  "how they ended: number, slowest",
  "in doubt",
  "longer than 1 s",
  "two holders, max ms",
  "on a host that is not the key's",
  "the last after, ms",
  "nobody had the key",
  "client not run, ms",
  "processors idle, least %",
];

export function reportOf(results: FailoverResults): string {
  const { date, versions, lanes, seed, failed } = results;
  const setting = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const failures = failed.map(({ event, candidate, failure }) => {
    return `Failed: ${event}, ${candidate}: ${failure.split("\n")[0] ?? ""}`;
  });
  const isMade = ({ id }: FailoverEvent): boolean => results.runs.some(({ event }) => event === id);
  return [
    `${date}; ${setting.join(", ")}; seed ${seed}. ttl 30, loop_wait 10, retry_timeout 10, no watchdog. ` +
      `${sharedIds}: ${lanes} side by side.`,
    ...events
      .filter(isMade)
      .flatMap((event) => [
        `\`${event.id}\`: ${event.title}`,
        figuresTable(results, event),
        clientsTable(results, event),
      ]),
    ...failures,
    ...goals(results),
  ].join("\n\n");
}

function figuresTable(results: FailoverResults, { id, rows }: FailoverEvent): string {
  const lines = rows.flatMap((row) => {
    return results.candidates.map((candidate, index) => {
      const runs = runsOf(results, id, candidate);
      return [index === 0 ? row.title : "", candidate, ...figureCells(runs, row)];
    });
  });
  return markdown([figuresHead, ...lines]);
}

function figureCells(runs: readonly EventRun[], row: Row): Cells {
  const summary = summaryOf(runs, row);
  if (summary === undefined) return ["–", "–", "–", "–", `0 of ${runs.length}`];
  const { count, mean, median, p90, max } = summary;
  const times = count === runs.length ? String(count) : `${count} of ${runs.length}`;
  return [...[mean, median, p90, max].map(milliseconds), times];
}

function clientsTable(results: FailoverResults, { id }: FailoverEvent): string {
  const lines = results.candidates.map((candidate, index) => {
    const runs = runsOf(results, id, candidate);
    return [index === 0 ? "of all runs" : "", candidate, ...clientCells(runs)];
  });
  return markdown([clientsHead, ...lines]);
}

function clientCells(runs: readonly EventRun[]): Cells {
  const total = (valueOf: (run: EventRun) => number): string => {
    return String(runs.reduce((sum, run) => sum + valueOf(run), 0));
  };
  const notRunMs = runs.reduce((sum, { figures }) => sum + figures.vip.notRunMs, 0);
  const lastStrayMs = Math.max(0, ...runs.map(({ figures }) => figures.lastStrayMs));
  return [
    total(({ figures }) => figures.vip.attempts),
    total(({ figures }) => figures.vip.lost),
    endingWords(runs.map(({ figures }) => figures.vip)),
    total(({ figures }) => figures.vip.inDoubt),
    total(({ figures }) => figures.vip.hung),
    milliseconds(summaryOf(runs, overlap)?.max ?? 0),
    total(({ figures }) => figures.strayWrites),
    lastStrayMs === 0 ? "–" : milliseconds(lastStrayMs),
    total(({ figures }) => figures.keylessWrites),
    milliseconds(notRunMs),
    runs.length === 0 ? "–" : (100 * Math.min(...runs.map((run) => run.idleShare))).toFixed(0),
  ];
}

function endingWords(writers: readonly WriterFigures[]): string {
  const sums = new Map<string, Ending>();
  for (const [word, ending] of writers.flatMap(({ endings }) => Object.entries(endings))) {
    const { count, slowestMs } = sums.get(word) ?? { count: 0, slowestMs: 0 };
    const worst = Math.max(slowestMs, ending.slowestMs);
    sums.set(word, { count: count + ending.count, slowestMs: worst });
  }
  const words = [...sums].map(([word, { count, slowestMs }]) => {
    return `${count} ${word} ${milliseconds(slowestMs)} ms`;
  });
  return words.join(", ") || "–";
}

function goals(results: FailoverResults): readonly string[] {
  const told = verdictsOf(results).map((goal) => ({
    ...goal,
    text: `\`${goal.event}\`: ${goal.text}`,
  }));
  return told.length === 0 ? [] : ["Goals of vip-agent", goalsTable(told)];
}
