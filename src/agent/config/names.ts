/**
 * Which setting a written name means: a key, one of its older names, or, misspelled, perhaps the
 * nearest one.
 *
 * A name that is merely ignored is how a host ends up with a VIP manager that does something else
 * than its file says. So every name is either known, known by an older name, or a complaint that
 * offers the likeliest spelling.
 */
import { nearestOf } from "../../nearest.ts";
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
