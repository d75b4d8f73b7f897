/**
 * Brings the measured cells of a page up to date: docs/failure-modes.md.
 *
 * A row of a table whose first cell begins with the name of a fault (`kill`) has its figures in the
 * columns that bear a candidate's name, with or without its version. All other cells are the
 * author's. Nothing is added: a fault that the page does not name is missing there, and a test says so.
 */
import { candidatesIn, worstOf, type FaultResults } from "./results.ts";
import { faults } from "./faults.ts";
import { wordsOf } from "./words.ts";

type Cells = readonly string[];

/** By fault, then by candidate. */
export type Words = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function wordsIn(results: FaultResults): Words {
  return new Map(
    faults.map((fault) => {
      const { id } = fault;
      const ofCandidates = candidatesIn(results).flatMap((name) => {
        const worst = worstOf(results, id, name);
        return worst === undefined ? [] : [[name, wordsOf(worst, fault)] as const];
      });
      return [id, new Map(ofCandidates)];
    }),
  );
}

export function filledIn(page: string, words: Words): string {
  const lines = page.split("\n");
  const filled: string[] = [];
  for (let at = 0; at < lines.length;) {
    const table = tableAt(lines, at);
    if (table.length === 0) filled.push(lines[at] ?? "");
    else filled.push(...render(fillTable(table.map(cellsOf), words)));
    at += Math.max(1, table.length);
  }
  return filled.join("\n");
}

/** The name that a first cell begins with, with a colon behind it where more follows. */
export function faultIn(cell = ""): string | undefined {
  return /^`([a-z0-9-]+)`(?::|$)/u.exec(cell)?.[1];
}

export function cellsOf(line: string): Cells {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function tableAt(lines: readonly string[], at: number): readonly string[] {
  const length = lines.slice(at).findIndex((line) => !line.startsWith("|"));
  return lines.slice(at, length === -1 ? undefined : at + length);
}

function fillTable([head = [], ...rows]: readonly Cells[], words: Words): readonly Cells[] {
  const filled = rows.map((cells) => {
    const measured = words.get(faultIn(cells[0]) ?? "");
    return cells.map((cell, column) => {
      if (measured === undefined) return cell;
      const name = [...measured.keys()].find((one) => isNamed(one, head[column]));
      return name === undefined ? cell : (measured.get(name) ?? cell);
    });
  });
  return [head, ...filled];
}

function isNamed(candidate: string, title = ""): boolean {
  return title !== "" && (candidate === title || candidate.startsWith(`${title} `));
}

/** As the formatter leaves it: every column as wide as its widest cell. */
function render(rows: readonly Cells[]): readonly string[] {
  const columns = Math.max(...rows.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, column) => {
    const lengths = rows.map((cells) => cells[column] ?? "").filter((cell) => !/^-+$/u.test(cell));
    return Math.max(3, ...lengths.map((cell) => cell.length));
  });
  return rows.map((cells) => {
    const padded = widths.map((width, column) => {
      const cell = cells[column] ?? "";
      return /^-+$/u.test(cell) ? "-".repeat(width) : cell.padEnd(width);
    });
    return `| ${padded.join(" | ")} |`;
  });
}
