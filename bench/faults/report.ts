/**
 * The results as Markdown: one table of figures per group of faults, and the goals.
 */
import { markdown } from "../table.ts";
import { groups, type FaultGroup } from "./faults.ts";
import { wordsIn } from "./page.ts";
import { candidatesIn, worstOf, type FaultResults, type Worst } from "./results.ts";
import { verdictsOf } from "./verdicts.ts";
import { duration, stretch } from "./words.ts";

type Cells = readonly string[];

const head: Cells = [
  "",
  "",
  "runs",
  "echoes lost",
  "calls lost",
  "how they ended",
  "no answer for",
  "longest call",
  "two holders",
  "on no host",
  "left after",
  "changes",
  "wrong host",
  "open connection",
];

export function reportOf(results: FaultResults): string {
  const { date, versions, spanMs, failed } = results;
  const setting = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const failures = failed.map(({ fault, candidate, failure }) => {
    return `Failed: ${fault}, ${candidate}: ${failure}`;
  });
  return [
    `${date}; ${setting.join(", ")}. Worst of the runs, within ${spanMs / 1_000} s of the fault.`,
    ...groups.flatMap((group) => [group.title, groupTable(results, group)]),
    ...failures,
    "Goals of vip-agent",
    goalsTable(results),
    "In words",
    wordsTable(results),
  ].join("\n\n");
}

function groupTable(results: FaultResults, { faults }: FaultGroup): string {
  const lines = faults.flatMap((fault) => {
    const rows = candidatesIn(results).flatMap((candidate) => {
      const worst = worstOf(results, fault.id, candidate);
      return worst === undefined ? [] : [{ candidate, worst }];
    });
    return rows.map(({ candidate, worst }, index) => {
      const title = index === 0 ? `\`${fault.id}\`: ${fault.title}` : "";
      return [title, candidate, ...figureCells(worst)];
    });
  });
  return lines.length === 0 ? "–" : markdown([head, ...lines]);
}

function figureCells({ count, figures }: Worst): Cells {
  const { echoes, calls, outage, overlap, absence, goneMs, transitions, connection } = figures;
  const endings = Object.entries(calls.endings).map(([ending, number]) => `${number} ${ending}`);
  return [
    String(count),
    `${echoes.lost} of ${echoes.asked}`,
    `${calls.lost} of ${calls.asked}`,
    endings.join(", ") || "–",
    outage.ms === 0 ? "–" : stretch(outage),
    duration(calls.longestMs),
    overlap.ms === 0 ? "–" : stretch(overlap),
    absence.ms === 0 ? "–" : stretch(absence),
    goneMs === undefined ? "–" : duration(goneMs),
    String(transitions),
    String(calls.wrongHost),
    connection === undefined ? "open" : `${connection.heard} ${duration(connection.afterMs)}`,
  ];
}

function goalsTable(results: FaultResults): string {
  const lines = verdictsOf(results).map(({ fault, text, limit, value, isMet }) => {
    const reached = value === undefined ? "–" : String(Math.round(value * 10) / 10);
    return [`\`${fault}\`: ${text}`, `≤ ${limit}`, reached, isMet ? "met" : "MISSED"];
  });
  return markdown([["", "goal", "reached", ""], ...lines]);
}

/** What docs/failure-modes.md repeats. */
function wordsTable(results: FaultResults): string {
  const candidates = candidatesIn(results);
  const lines = [...wordsIn(results)]
    .filter(([, words]) => words.size > 0)
    .map(([fault, words]) => [`\`${fault}\``, ...candidates.map((name) => words.get(name) ?? "–")]);
  return markdown([["", ...candidates], ...lines]);
}
