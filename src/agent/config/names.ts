/**
 * Which setting a written name means: a key, one of its older names, or, misspelled, perhaps the
 * nearest one.
 *
 * A name that is merely ignored is how a host ends up with a VIP manager that does something else
 * than its file says. So every name is either known, known by an older name, or a complaint that
 * offers the likeliest spelling.
 */
import { type SettingKey, settingRow, settingRows, variableName } from "./table.ts";

/** What a name stands for; `isOld` says that it is one that vip-manager has given up. */
export type NamedSetting = { readonly key: SettingKey; readonly isOld: boolean };

const namedSettings: ReadonlyMap<string, NamedSetting> = new Map(
  settingRows.flatMap((row): [string, NamedSetting][] => [
    ...(row.oldNames ?? []).map((name): [string, NamedSetting] => [
      name,
      { key: row.key, isOld: true },
    ]),
    [row.key, { key: row.key, isOld: false }],
  ]),
);

// Current names come last and win: VIP_CONSUL_TOKEN is the variable of consul-token and of
// consul_token alike.
const namedVariables: ReadonlyMap<string, NamedSetting> = new Map(
  [...namedSettings]
    .toSorted(([, a], [, b]) => Number(b.isOld) - Number(a.isOld))
    .map(([name, setting]) => [variableName(name), setting]),
);

/** All names that a flag or a key of the file may have. */
const knownNames: readonly string[] = [...namedSettings.keys()];

export function settingNamed(name: string): NamedSetting | undefined {
  return namedSettings.get(name);
}

export function settingOfVariable(variable: string): NamedSetting | undefined {
  return namedVariables.get(variable);
}

/** The known name that was probably meant. */
export function nearestName(name: string): string | undefined {
  return nearestOf(name, knownNames);
}

export function nearestVariable(variable: string): string | undefined {
  const known = [...namedVariables].filter(([, { key }]) => settingRow(key).place !== "file");
  return nearestOf(
    variable,
    known.map(([name]) => name),
  );
}

/**
 * The candidate that is the fewest slips of a finger away, if that is few enough to be the one
 * that was meant.
 */
export function nearestOf(name: string, candidates: readonly string[]): string | undefined {
  const slipsAllowed = Math.min(3, Math.max(1, Math.floor(name.length / 3)));
  let nearest: { readonly candidate: string; readonly slips: number } | undefined;
  for (const candidate of candidates) {
    const slips = slipsBetween(name.slice(0, 64), candidate);
    if (slips <= slipsAllowed && slips < (nearest?.slips ?? Infinity))
      nearest = { candidate, slips };
  }
  return nearest?.candidate;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the
 * other.
 */
function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwap =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swap = isSwap ? at(beforeLast, column - 2) + 1 : Infinity;
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, substitution, swap));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(counts: readonly number[], index: number): number {
  return counts[index] ?? Infinity;
}
