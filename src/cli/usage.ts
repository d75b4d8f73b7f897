/**
 * What is wrong with a command line, apart from the values in it: commands and flags that do not
 * exist, and flags that mean nothing to their command.
 *
 * yargs' own strictness says "Unknown arguments: a, b". Here each is named with the spelling that
 * was probably meant, since the usual case is a slip of the finger or a flag of another VIP
 * manager.
 */
import { nearestName, settingNamed } from "../agent/config/names.ts";
import type { SettingKey } from "../agent/config/table.ts";
import { nearestOf } from "../nearest.ts";

export type CommandLine = {
  /** As yargs has read it. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly commands: readonly string[];
  readonly ownFlags: OwnFlags;
};

/** Flags that are no settings. */
export type OwnFlags = {
  /** --help. */
  readonly everywhere: readonly string[];
  /** --json. A command that is not there has none. */
  readonly byCommand: ReadonlyMap<string, readonly string[]>;
};

/** A line for each thing that is wrong; undefined when nothing is. */
export function usageProblems(commandLine: CommandLine): string | undefined {
  const problems = [
    ...strayWords(commandLine),
    ...strayFlags(commandLine),
    ...emptyFlags(commandLine),
  ];
  return problems.length === 0 ? undefined : problems.join("\n");
}

/** An empty value is a variable of the calling script that was not set, not a wish. */
function emptyFlags({ args }: CommandLine): string[] {
  const empty = Object.entries(args).filter(([name, value]) => value === "" && name !== "$0");
  return empty.map(([name]) => `Flag without a value: --${name}`);
}

function strayWords({ args, commands }: CommandLine): string[] {
  const [command, ...rest] = positionals(args);
  const unexpected = rest.map((word) => `Unexpected argument: ${word}`);
  if (command === undefined || commands.includes(command)) return unexpected;
  const hint = didYouMean("", nearestOf(command, commands));
  return [`Unknown command: ${command}${hint}`, ...unexpected];
}

function strayFlags(commandLine: CommandLine): string[] {
  const given = Object.entries(commandLine.args).filter(([, value]) => value !== undefined);
  return given
    .filter(([name]) => name !== "_" && name !== "$0")
    .map(([name]) => flagProblem(name, commandLine))
    .filter((problem) => problem !== undefined);
}

function flagProblem(name: string, { args, commands, ownFlags }: CommandLine): string | undefined {
  const { everywhere, byCommand } = ownFlags;
  const [command = "run"] = positionals(args);
  const own = [...everywhere, ...(byCommand.get(command) ?? [])];
  if (own.includes(name)) return undefined;
  const setting = settingNamed(name);
  if (setting !== undefined) {
    const isIdle = command === "status" && args["cluster"] !== true;
    return isIdle && !whereToAsk.includes(setting.key) ? idleForStatus(name) : undefined;
  }
  const owners = [...byCommand].filter(([, flags]) => flags.includes(name)).map(([owner]) => owner);
  if (owners.length > 0) {
    const isKnown = commands.includes(command);
    return isKnown
      ? `--${name} is a flag of ${owners.join(" and ")}, not of ${command}`
      : undefined;
  }
  const nearest = nearestOf(name, own) ?? nearestName(name);
  return `Unknown flag: ${name.length === 1 ? "-" : "--"}${name}${didYouMean("--", nearest)}`;
}

/** All that `status` goes by, without --cluster. */
const whereToAsk: readonly SettingKey[] = ["config", "status-socket"];

function idleForStatus(name: string): string {
  return (
    `--${name} means nothing to status, which asks the agent that runs: ` +
    "name its socket by --status-socket, or its configuration by --config"
  );
}

function positionals(args: Readonly<Record<string, unknown>>): readonly string[] {
  const values = args["_"];
  return Array.isArray(values) ? values.map(String) : [];
}

function didYouMean(dashes: string, nearest: string | undefined): string {
  return nearest === undefined ? "" : `; did you mean ${dashes}${nearest}?`;
}
