/**
 * The name that was probably meant: the one that is the fewest slips of a finger away.
 */

/** More than this is not compared: nobody misspells a name that long. */
const maxLength = 64;

/** The nearest candidate, if it is near enough to be the one that was meant. */
export function nearestOf(name: string, candidates: readonly string[]): string | undefined {
  const slipsAllowed = Math.min(3, Math.max(1, Math.floor(name.length / 3)));
  const ranked = candidates
    .map((candidate) => ({ candidate, slips: slipsBetween(name.slice(0, maxLength), candidate) }))
    .filter(({ slips }) => slips <= slipsAllowed);
  return ranked.toSorted((a, b) => a.slips - b.slips)[0]?.candidate;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the
 * other, row by row of the usual table.
 */
function slipsBetween(a: string, b: string): number {
  let above: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? at(above, j - 2) + 1 : Infinity;
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, change, swap));
    }
    above = row;
    row = next;
  }
  return at(row, b.length);
}

function at(counts: readonly number[], index: number): number {
  return counts[index] ?? Infinity;
}
