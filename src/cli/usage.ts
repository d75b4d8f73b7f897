/**
 * What is wrong with a command line, apart from the values in it: commands and flags that do not
 * exist.
 *
 * yargs' own strictness says "Unknown arguments: a, b". Here each is named with the spelling that
 * was probably meant, since the usual case is a slip of the finger or a flag of another VIP
 * manager.
 */
import { nearestName, nearestOf, settingNamed } from "../agent/config/names.ts";

export type CommandLine = {
  /** As yargs has read it. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly commands: readonly string[];
  /** Flags that are no settings: --json, --help. */
  readonly ownFlags: readonly string[];
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

function strayFlags({ args, ownFlags }: CommandLine): string[] {
  const known = ["_", "$0", ...ownFlags];
  return Object.keys(args)
    .filter((name) => !known.includes(name) && settingNamed(name) === undefined)
    .map((name) => {
      const nearest = nearestOf(name, ownFlags) ?? nearestName(name);
      return `Unknown flag: ${name.length === 1 ? "-" : "--"}${name}${didYouMean("--", nearest)}`;
    });
}

function positionals(args: Readonly<Record<string, unknown>>): readonly string[] {
  const values = args["_"];
  return Array.isArray(values) ? values.map(String) : [];
}

function didYouMean(dashes: string, nearest: string | undefined): string {
  return nearest === undefined ? "" : `; did you mean ${dashes}${nearest}?`;
}
