/**
 * Which source wins: a flag over a variable, a variable over the file, the file over patroni.yml and
 * a default.
 *
 * Inside of one source a setting may stand under its name of today and under an older one. Equal
 * values pass with a word about the old name; different values are an error, since no rule could
 * tell which of them was meant.
 */
import { type Complaint, type Where, whereText } from "../../complaints.ts";
import { shownEndpoint } from "./endpoints.ts";
import type { Variables } from "./host.ts";
import { type Flags, readFlags, readVariables } from "./command-source.ts";
import { nearestName, settingNamed } from "./names.ts";
import { type Given, type Raw, type RawEntry, isSameRaw } from "./raw.ts";
import { type SettingKey, settingRow } from "./table.ts";

/** What one source says, by setting. */
export type Level = ReadonlyMap<SettingKey, Given>;

export type Levels = {
  readonly flags: Level;
  readonly variables: Level;
  readonly file: Level;
  /**
   * What patroni.yml says, by the names that settings have here; undefined where it could not be
   * read, so that nobody misses what may stand there.
   */
  readonly patroni: Level | undefined;
};

export const emptyLevel: Level = new Map();

/** The sources, strongest first. */
export function levelsInOrder(levels: Levels): readonly Level[] {
  return [...ownLevels(levels), levels.patroni ?? emptyLevel];
}

/** The sources that are the agent's own, strongest first. */
export function ownLevels({ flags, variables, file }: Levels): readonly Level[] {
  return [flags, variables, file];
}

/** The strongest source's word on a setting; an empty one says nothing. */
export function winner(levels: Levels, key: SettingKey): Given | undefined {
  return strongest(levelsInOrder(levels), key);
}

/** What was said of a setting for the agent itself, whatever patroni.yml says. */
export function ownWord(levels: Levels, key: SettingKey): Given | undefined {
  return strongest(ownLevels(levels), key);
}

function strongest(levels: readonly Level[], key: SettingKey): Given | undefined {
  return levels.map((level) => level.get(key)).find(isSpoken);
}

export function isSpoken(given: Given | undefined): given is Given {
  return given !== undefined && given.raw.kind !== "empty";
}

/** Where a setting stands without a value, to send the reader there when it is missing. */
export function emptyPlace(levels: Levels, key: SettingKey): Where | undefined {
  const givens = levelsInOrder(levels).map((level) => level.get(key));
  return givens.find((given) => given !== undefined)?.raw.where;
}

/** What patroni.yml lacks for a setting that nobody else gives. */
export function gapIn(
  levels: Levels,
  key: SettingKey,
): { readonly where: Where; readonly why: string } | undefined {
  const raw = levels.patroni?.get(key)?.raw;
  if (raw?.kind !== "empty" || raw.why === undefined || winner(levels, key) !== undefined) {
    return undefined;
  }
  return { where: raw.where, why: raw.why };
}

export type Command = { readonly flags: Flags; readonly variables: Variables };

/** What the command line and the environment say. */
export function commandLevels(
  command: Command,
  complaints: Complaint[],
): Pick<Levels, "flags" | "variables"> {
  return {
    flags: settle(readFlags(command.flags), complaints),
    variables: settle(readVariables(command.variables, complaints), complaints),
  };
}

/** What the file's entries say. */
export function fileLevel(entries: readonly RawEntry[], complaints: Complaint[]): Level {
  const givens: Given[] = [];
  for (const { name, where, raw } of entries) {
    const setting = settingNamed(name);
    if (setting === undefined) complaints.push(unknownKey(name, where));
    else if (!isForFile(setting.key)) complaints.push(misplacedKey(name, where));
    else
      givens.push({
        key: setting.key,
        name,
        ...(setting.isOld ? { newName: setting.key } : {}),
        raw,
      });
  }
  return settle(givens, complaints);
}

function isForFile(key: SettingKey): boolean {
  const { place } = settingRow(key);
  return place === undefined || place === "file";
}

/** The value of an unknown key is not shown: a misspelled consul-token is unknown too. */
export function unknownKey(name: string, where: Where): Complaint {
  const oldName = settingNamed(name);
  const nearest = oldName?.key ?? nearestName(name);
  return {
    severity: "error",
    key: name,
    where,
    wrong: "is no setting of vip-agent",
    remedy: nearest === undefined ? "remove it" : `if ${nearest} is meant, write that`,
  };
}

function misplacedKey(key: string, where: Where): Complaint {
  return { severity: "warning", key, where, wrong: "has no effect in a file" };
}

/** One word per setting: old names renamed with a warning, contradictions turned into errors. */
function settle(givens: readonly Given[], complaints: Complaint[]): Level {
  const settled = new Map<SettingKey, Given>();
  for (const [key, namesakes] of Map.groupBy(givens, (given) => given.key)) {
    const spoken = namesakes.filter(isSpoken);
    const [first, ...others] = spoken.length > 0 ? spoken : namesakes;
    if (first === undefined) continue;
    settled.set(key, first);
    const contrary = others.find((other) => !isSameRaw(first.raw, other.raw));
    if (contrary === undefined) complaints.push(...namesakes.flatMap(oldNameWarnings));
    else complaints.push(contradiction(first, contrary));
  }
  return settled;
}

function contradiction(a: Given, b: Given): Complaint {
  const [older, other] = a.newName === undefined ? [b, a] : [a, b];
  const otherPlace = `${other.name} (${whereText(other.raw.where)})`;
  return {
    severity: "error",
    key: older.key,
    where: older.raw.where,
    ...shownRaw(older.key, older.raw),
    wrong: `is called ${older.name} here and contradicts ${otherPlace}`,
    remedy: `keep ${older.newName ?? older.key} only`,
  };
}

function oldNameWarnings({ key, name, newName, raw }: Given): Complaint[] {
  if (newName === undefined) return [];
  const wrong = `is called ${name} here, an old name that vip-manager itself has given up`;
  return [{ severity: "warning", key, where: raw.where, wrong, remedy: `rename it to ${newName}` }];
}

/** The value for a complaint, unless it is a secret or has no text. */
export function shownRaw(key: SettingKey, raw: Raw): { readonly value?: string } {
  const { isSecret, type } = settingRow(key);
  if (raw.kind !== "text" || isSecret === true) return {};
  return { value: type.kind === "url" ? shownEndpoint(raw.text) : raw.text };
}
