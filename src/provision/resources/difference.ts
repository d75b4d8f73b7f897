/**
 * The difference of two texts, as people know it from `diff -u`.
 *
 * It is there to be read before `apply`, by somebody who must find the one line that matters. So it is
 * bounded, and shows no control characters: a file on a host must not be able to write on the
 * reader's terminal.
 */

type Line = { readonly sign: " " | "-" | "+"; readonly text: string };

/** Lines of context around a change; what diff(1) does. */
const contextLines = 3;

/** More is not read. */
const maxShownLines = 400;

/** Cells of the table; above it, a change is shown as all old lines and all new ones. */
const maxCells = 4_000_000;

const unterminated = " \\ no newline at the end";

/** Empty when they are the same. No text before means that there is no such file yet. */
export function differenceOf(
  path: string,
  before: string | undefined,
  after: string,
): readonly string[] {
  const lines = script(linesOf(before ?? ""), linesOf(after));
  const hunks = hunksOf(lines);
  if (hunks.length === 0) return [];
  const heads = [`--- ${before === undefined ? "/dev/null" : path}`, `+++ ${path}`];
  const all = [...heads, ...hunks].map(printable);
  if (all.length <= maxShownLines) return all;
  const hidden = all.length - maxShownLines;
  return [...all.slice(0, maxShownLines), `(${hidden} more lines)`];
}

function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  return last === "" ? lines : [...lines, `${last}${unterminated}`];
}

function printable(line: string): string {
  return line.replaceAll(/[^\P{Cc}\t]/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Every line of both, with what becomes of it. */
function script(before: readonly string[], after: readonly string[]): readonly Line[] {
  const head = commonLength(before, after);
  const rest = { before: before.slice(head), after: after.slice(head) };
  const tail = commonLength(rest.before.toReversed(), rest.after.toReversed());
  const old = rest.before.slice(0, rest.before.length - tail);
  const fresh = rest.after.slice(0, rest.after.length - tail);
  const same = (text: string): Line => ({ sign: " ", text });
  return [
    ...before.slice(0, head).map(same),
    ...middle(old, fresh),
    ...before.slice(before.length - tail).map(same),
  ];
}

function commonLength(left: readonly string[], right: readonly string[]): number {
  const first = left.findIndex((line, index) => line !== right[index]);
  return first === -1 ? left.length : first;
}

/** By the longest common subsequence; `lengths` has that of each pair of rests. */
function middle(old: readonly string[], fresh: readonly string[]): readonly Line[] {
  const removed = (text: string): Line => ({ sign: "-", text });
  const added = (text: string): Line => ({ sign: "+", text });
  const width = fresh.length + 1;
  if ((old.length + 1) * width > maxCells) return [...old.map(removed), ...fresh.map(added)];
  const lengths = commonLengths(old, fresh);
  const lengthAt = (row: number, column: number) => lengths[row * width + column] ?? 0;
  const lines: Line[] = [];
  let [row, column] = [0, 0];
  while (row < old.length || column < fresh.length) {
    const text = old[row];
    const other = fresh[column];
    if (text !== undefined && text === other) {
      lines.push({ sign: " ", text });
      row += 1;
      column += 1;
    } else if (
      text !== undefined &&
      (other === undefined || lengthAt(row + 1, column) >= lengthAt(row, column + 1))
    ) {
      lines.push(removed(text));
      row += 1;
    } else {
      lines.push(added(other ?? ""));
      column += 1;
    }
  }
  return lines;
}

function commonLengths(old: readonly string[], fresh: readonly string[]): Uint32Array {
  const width = fresh.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = fresh.length - 1; column >= 0; column -= 1) {
      const at = row * width + column;
      lengths[at] =
        old[row] === fresh[column]
          ? (lengths[at + width + 1] ?? 0) + 1
          : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  return lengths;
}

function hunksOf(lines: readonly Line[]): readonly string[] {
  const changes = lines.flatMap(({ sign }, index) => (sign === " " ? [] : [index]));
  const hunks: { from: number; to: number }[] = [];
  for (const index of changes) {
    const last = hunks.at(-1);
    const from = Math.max(index - contextLines, 0);
    const to = Math.min(index + contextLines + 1, lines.length);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  return hunks.flatMap(({ from, to }) => {
    const shown = lines.slice(from, to);
    return [
      `@@ -${rangeText(lines, from, shown, "+")} +${rangeText(lines, from, shown, "-")} @@`,
      ...shown.map(({ sign, text }) => `${sign}${text}`),
    ];
  });
}

/** Where a hunk lies in the text that has no lines of the other sign. */
function rangeText(
  lines: readonly Line[],
  from: number,
  shown: readonly Line[],
  other: "-" | "+",
): string {
  const count = shown.filter(({ sign }) => sign !== other).length;
  const skipped = lines.slice(0, from).filter(({ sign }) => sign !== other).length;
  return `${count === 0 ? skipped : skipped + 1},${count}`;
}
