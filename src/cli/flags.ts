/**
 * The settings as flags: what yargs is told about them, and what it hands back.
 *
 * Every flag is text to yargs, and config/ alone decides what a text means. Switches are the
 * reason: vip-manager takes --verbose, --verbose=true and --verbose=t, while yargs reads the last
 * as false. So a bare switch gets its value written out before yargs sees it. The names that
 * vip-manager has given up are taken too, but not shown.
 */
import type { Options } from "yargs";
import type { Flags } from "../agent/config/command-source.ts";
import { settingNamed } from "../agent/config/names.ts";
import { type SettingRow, settingRows, variableName } from "../agent/config/table.ts";
import { isSwitchWord } from "../agent/config/values.ts";
import type { OwnFlags } from "./usage.ts";

/** What can only be a flag, --version, is yargs' own. */
const flagRows = settingRows.filter((row) => row.place !== "file" && row.place !== "flag");

export const checkOptions = {
  live: { type: "boolean", default: false, describe: "Look at this host and at Consul as well" },
  json: { type: "boolean", default: false, describe: "Print the result as JSON" },
} as const;

export const statusOptions = {
  json: { type: "boolean", default: false, describe: "Print the status as JSON, a line per agent" },
  watch: { type: "boolean", default: false, describe: "Look again each second, until Ctrl-C" },
  cluster: {
    type: "boolean",
    default: false,
    describe: "Show all members, and which host answers for the VIP",
  },
} as const;

/** The flags that are no settings. */
export const ownFlags: OwnFlags = {
  everywhere: ["help", "h", "version", "get-yargs-completions"],
  byCommand: new Map([
    ["check", Object.keys(checkOptions)],
    ["status", Object.keys(statusOptions)],
  ]),
};

/**
 * How yargs must read a command line so that it takes what pflag takes. Without groups of short
 * flags -ip is --ip, as it was for the first releases of vip-manager.
 */
export const parserConfiguration = {
  "boolean-negation": false,
  "camel-case-expansion": false,
  "dot-notation": false,
  "duplicate-arguments-array": false,
  "parse-numbers": false,
  "parse-positional-numbers": false,
  "short-option-groups": false,
} as const;

/** The flags of the settings, for yargs' options(). */
export function settingOptions(): Record<string, Options> {
  const options: Record<string, Options> = {};
  for (const row of flagRows) {
    options[row.key] = {
      type: "string",
      requiresArg: true,
      group: `${row.group}:`,
      describe: describeFlag(row),
    };
    for (const name of row.oldNames ?? []) {
      options[name] = { type: "string", requiresArg: true, hidden: true };
    }
  }
  return options;
}

/**
 * The settings among the arguments that yargs has read, each under the name by which it was
 * called.
 */
export function settingFlags(args: Readonly<Record<string, unknown>>): Flags {
  const flags: Record<string, string> = {};
  for (const [name, value] of Object.entries(args)) {
    if (typeof value === "string" && settingNamed(name) !== undefined) flags[name] = value;
  }
  return flags;
}

/**
 * Writes out the value of each switch: --verbose, --no-guard and --guard off become --name=value.
 */
export function withSwitchValues(args: readonly string[]): string[] {
  const written: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? "";
    const isNegated =
      isSwitchFlag(argument.replace(/^--no-/, "--")) && argument.startsWith("--no-");
    if (isNegated) written.push(`--${argument.slice("--no-".length)}=false`);
    else if (!isSwitchFlag(argument)) written.push(argument);
    else {
      const following = args[index + 1] ?? "";
      const hasValue = isSwitchWord(following);
      written.push(`${argument}=${hasValue ? following : "true"}`);
      if (hasValue) index += 1;
    }
  }
  return written;
}

function isSwitchFlag(argument: string): boolean {
  return flagRows.some((row) => row.type.kind === "switch" && argument === `--${row.key}`);
}

function describeFlag(row: SettingRow): string {
  const standing = row.default ?? row.defaultNote;
  const notes = [
    variableName(row.key),
    ...(standing === undefined ? [] : [`default: ${standing}`]),
  ];
  return `${row.help} [${notes.join("; ")}]`;
}
