/**
 * The results as Markdown tables that read well in a terminal too.
 */
import type { Summary } from "../statistics.ts";
import { goalsTable, markdown } from "../table.ts";
import { type OperateResult, type OperateResults, goalsOf } from "./results.ts";

type Row = readonly [title: string, cell: (result: OperateResult) => string | undefined];

const rows: readonly Row[] = [
  ["moves, one per second", ({ endurance }) => endurance && String(endurance.moves)],
  ["resident memory at the end / at most, MiB", ({ endurance }) => mib(endurance?.resident)],
  ["private memory at the end / at most, MiB", ({ endurance }) => mib(endurance?.private)],
  [
    "private memory, slope of the second half ± scatter, KiB/h",
    ({ endurance }) =>
      endurance &&
      `${endurance.private.slopeKbPerHour.toFixed(0)} ± ${endurance.private.scatterKb.toFixed(0)}`,
  ],
  [
    "processor time at rest, helpers included, % of a core",
    ({ idle }) => idle && ((idle.cpuMs / idle.seconds / 1_000) * 100).toFixed(2),
  ],
  ["its helpers", ({ idle }) => idle?.family.childNames.join(", ")],
  ["memory of its helpers, resident / private, MiB", ({ idle }) => helpersOf(idle)],
  ["start to first verdict, ms", ({ firstVerdict }) => summaryText(firstVerdict)],
  ["take-over, ms", ({ scrapes }) => summaryText(scrapes?.quiet)],
  ["the same under 1000 scrapes a second, ms", ({ scrapes }) => summaryText(scrapes?.scraped)],
  ["scrapes answered", ({ scrapes }) => scrapes && `${scrapes.answered} of ${scrapes.asked}`],
  ["`vip-agent status`, ms", ({ asking }) => summaryText(asking?.answers)],
];

export function reportOf(results: OperateResults): string {
  const { date, versions, minutes, candidates } = results;
  const setting = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const shown = rows.map(([title, cell]) => [title, ...candidates.map((one) => cell(one) ?? "–")]);
  return [
    `${date}; ${setting.join(", ")}. Memory after ${minutes} minutes of one move per second. Times: median / 90th percentile / maximum.`,
    markdown([["", ...candidates.map(({ name }) => name)], ...shown]),
    goalsTable(goalsOf(results)),
  ].join("\n\n");
}

function summaryText(summary: Summary | undefined): string | undefined {
  if (summary === undefined) return undefined;
  return [summary.median, summary.p90, summary.max].map((figure) => figure.toFixed(1)).join(" / ");
}

function mib(trend: { readonly lastKb: number; readonly maxKb: number } | undefined) {
  return trend && `${(trend.lastKb / 1_024).toFixed(1)} / ${(trend.maxKb / 1_024).toFixed(1)}`;
}

function helpersOf(idle: OperateResult["idle"]): string | undefined {
  if (idle === undefined) return undefined;
  const { residentKb, privateKb } = idle.family.children;
  return `${(residentKb / 1_024).toFixed(1)} / ${(privateKb / 1_024).toFixed(1)}`;
}
