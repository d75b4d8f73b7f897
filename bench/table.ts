/**
 * The results as text: Markdown tables that read well in a terminal too.
 */
import { type Goal, goalsOf } from "./goals.ts";
import type { Idle } from "./idle.ts";
import { type CandidateResult, type Results, type Row, rows, summaryOf } from "./results.ts";
import { summarize } from "./statistics.ts";

type Cells = readonly string[];

export function tablesOf(results: Results): string {
  const { moves, gapMs, versions, date } = results;
  const setting = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}; ${setting.join(", ")}. Milliseconds from the commit of the new leader's key.`,
    `Key moved directly, ${moves} moves`,
    movesTable(results, "direct"),
    `${gapMs} ms without a key between the old leader and the new one, ${moves} moves`,
    movesTable(results, "gap"),
    "At rest, on the host that holds the VIP",
    idleTable(results),
    "Goals",
    goalsTable(goalsOf(results)),
  ].join("\n\n");
}

function movesTable(results: Results, mode: Row["mode"]): string {
  const { candidates } = results;
  const head = [
    "",
    "",
    "mean",
    "median",
    "p90",
    "max",
    ...candidates.map(({ name }) => `÷ ${name}`),
  ];
  const lines = rows
    .filter((row) => row.mode === mode)
    .flatMap((row) =>
      candidates.map((candidate, index) => rowCells(results, row, candidate, index)),
    );
  return markdown([head, ...lines]);
}

function rowCells(
  { candidates, moves }: Results,
  row: Row,
  candidate: CandidateResult,
  index: number,
): Cells {
  const summary = summaryOf(candidate, row);
  const title = index === 0 ? row.title : "";
  if (summary === undefined) return [title, candidate.name, "–", "–", "–", "–"];
  const { count, mean, median, p90, max } = summary;
  const missing = count < moves ? ` (${count} of ${moves})` : "";
  const ratios = candidates.map((other) => {
    const base = summaryOf(other, row)?.mean;
    return other === candidate ? "" : ratio(mean, base);
  });
  const figures = [mean, median, p90, max].map(milliseconds);
  return [title, `${candidate.name}${missing}`, ...figures, ...ratios];
}

function idleTable({ candidates }: Results): string {
  const lines: readonly (readonly [string, (candidate: CandidateResult) => string])[] = [
    ["resident / private, daemon, MB", ({ idle }) => ofIdle(idle, daemonMemory)],
    ["resident / private, its children, MB", ({ idle }) => ofIdle(idle, childrenMemory)],
    ["children", ({ idle }) => ofIdle(idle, ({ family }) => family.childNames.join(" ") || "none")],
    ["processor time per minute, ms", ({ idle }) => ofIdle(idle, cpuPerMinute)],
    ["questions to Consul per minute", ({ idle }) => ofIdle(idle, questions)],
    ["process start to first verdict, mean / max ms", firstVerdict],
  ];
  const head = ["", ...candidates.map(({ name }) => name)];
  return markdown([head, ...lines.map(([title, cell]) => [title, ...candidates.map(cell)])]);
}

function ofIdle(idle: Idle | undefined, show: (idle: Idle) => string): string {
  return idle === undefined ? "–" : show(idle);
}

function daemonMemory({ family: { daemon } }: Idle): string {
  return `${megabytes(daemon.residentKb)} / ${megabytes(daemon.privateKb)}`;
}

function childrenMemory({ family: { children } }: Idle): string {
  return `${megabytes(children.residentKb)} / ${megabytes(children.privateKb)}`;
}

function cpuPerMinute({ cpuMs, seconds }: Idle): string {
  return ((cpuMs * 60) / seconds).toFixed(0);
}

function questions({ questionsPerMinute }: Idle): string {
  return questionsPerMinute.toFixed(0);
}

function firstVerdict({ firstVerdictMs }: CandidateResult): string {
  const summary = summarize(firstVerdictMs);
  return summary === undefined
    ? "–"
    : `${milliseconds(summary.mean)} / ${milliseconds(summary.max)}`;
}

export function goalsTable(goals: readonly Goal[]): string {
  const lines = goals.map(({ text, limit, value, isMet }) => {
    const reached = value === undefined ? "–" : milliseconds(value);
    return [text, `≤ ${limit}`, reached, isMet ? "met" : "MISSED"];
  });
  return markdown([["", "goal", "reached", ""], ...lines]);
}

export function milliseconds(value: number): string {
  return Math.abs(value) < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

/** Of figures about zero or below a ratio says nothing. */
export function ratio(value: number, base: number | undefined): string {
  if (base === undefined || base < 0.05 || value < 0) return "–";
  const times = value / base;
  return times >= 10 ? times.toFixed(0) : times.toPrecision(2);
}

function megabytes(kb: number): string {
  return (kb / 1_024).toFixed(0);
}

/** The first column reads from the left, figures stand under each other. */
export function markdown(lines: readonly Cells[]): string {
  const columns = Math.max(...lines.map((cells) => cells.length));
  const full = lines.map((cells) => {
    return Array.from({ length: columns }, (_, column) => cells[column] ?? "");
  });
  const widths = Array.from({ length: columns }, (_, column) => {
    return Math.max(3, ...full.map((cells) => (cells[column] ?? "").length));
  });
  const isText = (column: number) => column === 0 || lines[0]?.[column] === "";
  const line = (cells: Cells) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isText(column) ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) => {
    return isText(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`;
  });
  const [head = [], ...body] = full;
  return [line(head), line(rule), ...body.map(line)].join("\n");
}
