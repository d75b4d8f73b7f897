/**
 * One configuration while it is being read: what the sources said, what was found wrong, what was
 * decided.
 *
 * readSetting() is the way from a key to its value. It takes the strongest source's word, or the
 * default, notes where the value came from, and complains where there is a value that cannot be
 * understood. It never stops: every other setting is read all the same, so that all complaints can
 * be shown at once.
 */
import type { Complaint, Where } from "../../complaints.ts";
import type { Host } from "./host.ts";
import { type Levels, shownRaw, winner } from "./merge.ts";
import type { Given, Raw } from "./raw.ts";
import { type SettingKey, type SettingValue, settingRow, settingType } from "./table.ts";
import { describeValue } from "./value-type.ts";
import { readValue } from "./values.ts";

/** The value that is in force, as it may be shown, and where it came from. */
export type Origin = { readonly key: string; readonly shown: string; readonly where: Where };

/**
 * What the settings are for. A release reads no key in Consul, so its VIPs come with an empty one.
 */
export type Purpose = "run" | "release";

export type Reading = {
  readonly purpose: Purpose;
  readonly levels: Levels;
  readonly host: Host;
  readonly complaints: Complaint[];
  readonly origins: Origin[];
};

/** The value in force, or undefined where there is none or none that can be understood. */
export function readSetting<K extends SettingKey>(
  reading: Reading,
  key: K,
): SettingValue<K> | undefined {
  const given = winner(reading.levels, key);
  const value = given === undefined ? readDefault(key) : readGiven(reading, key, given.raw);
  if (value !== undefined) noteOrigin(reading, key, value, given);
  return value;
}

/**
 * The value of one raw text for the setting; `label` is its name in complaints, where that is not
 * its key.
 */
export function readGiven<K extends SettingKey>(
  { complaints }: Pick<Reading, "complaints">,
  key: K,
  raw: Raw,
  label: string = key,
): SettingValue<K> | undefined {
  const expected = expectedOf(key);
  const complaint = { severity: "error", key: label, where: raw.where, expected } as const;
  if (raw.kind !== "text") {
    complaints.push({ ...complaint, wrong: `is a ${raw.kind}, where one value is needed` });
    return undefined;
  }
  const read = readValue(settingType(key), raw.text);
  if (read.ok) return read.value;
  const { wrong, remedy } = read;
  complaints.push({
    ...complaint,
    ...shownRaw(key, raw),
    wrong,
    ...(remedy === undefined ? {} : { remedy }),
  });
  return undefined;
}

/** What the setting must be, for a complaint. */
export function expectedOf(key: SettingKey): string {
  return describeValue(settingRow(key).type);
}

function readDefault<K extends SettingKey>(key: K): SettingValue<K> | undefined {
  const text = settingRow(key).default;
  if (text === undefined) return undefined;
  const read = readValue(settingType(key), text);
  if (!read.ok) throw new Error(`The default of ${key} ${read.wrong}.`);
  return read.value;
}

function noteOrigin(
  reading: Reading,
  key: SettingKey,
  value: SettingValue<SettingKey>,
  given: Given | undefined,
): void {
  const where = given?.raw.where ?? ({ kind: "default" } as const);
  const text = typeof value === "object" ? value.text : String(value);
  const shown = settingRow(key).isSecret === true ? "set" : text;
  reading.origins.push({ key, shown, where });
}
