/**
 * The two sources that the process is born with: its flags and its variables.
 *
 * A flag that is unknown or has no value never gets here, it is a usage error. An unknown variable
 * is only a warning: the environment is shared, and somebody else may own a VIP_ name. Its value is
 * not shown, since a misspelled VIP_CONSUL_TOKEN is unknown too.
 */
import type { Complaint } from "../../complaints.ts";
import type { Variables } from "./host.ts";
import { nearestVariable, settingNamed, settingOfVariable } from "./names.ts";
import { type Given, rawText } from "./raw.ts";
import { type SettingKey, settingRow, variableName } from "./table.ts";

/** Flags as the command line had them: name without dashes, text without quotes. */
export type Flags = Readonly<Record<string, string>>;

export function readFlags(flags: Flags): Given[] {
  const givens: Given[] = [];
  for (const [name, text] of Object.entries(flags)) {
    const setting = settingNamed(name);
    if (setting === undefined) throw new Error(`No flag is called ${name}.`);
    const { key, isOld } = setting;
    const where = { kind: "flag", flag: `--${name}` } as const;
    const raw = rawText(text, where);
    givens.push({ key, name: where.flag, ...(isOld ? { newName: `--${key}` } : {}), raw });
  }
  return givens;
}

export function readVariables(variables: Variables, complaints: Complaint[]): Given[] {
  const givens: Given[] = [];
  for (const [variable, text] of Object.entries(variables)) {
    if (!variable.startsWith("VIP_") || text === undefined || text.trim() === "") continue;
    const setting = settingOfVariable(variable);
    const where = { kind: "variable", variable } as const;
    if (setting === undefined || !isForVariable(setting.key)) {
      complaints.push(unknownVariable(variable));
      continue;
    }
    const { key, isOld } = setting;
    givens.push({
      key,
      name: variable,
      ...(isOld ? { newName: variableName(key) } : {}),
      raw: rawText(text, where),
    });
  }
  return givens;
}

function isForVariable(key: SettingKey): boolean {
  const { place } = settingRow(key);
  return place === undefined || place === "command";
}

function unknownVariable(variable: string): Complaint {
  const nearest = nearestVariable(variable);
  return {
    severity: "warning",
    key: variable,
    where: { kind: "variable", variable },
    wrong: "is no setting of vip-agent, and is ignored",
    ...(nearest === undefined ? {} : { remedy: `if ${nearest} is meant, rename it` }),
  };
}
