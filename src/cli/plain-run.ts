/**
 * The usual words that start the daemon, read without yargs: it would stay in the memory of a
 * process that runs for months (5 MB), and a restart would wait for it.
 *
 * Whatever else stands there is left to yargs, so nothing is understood here that is not understood
 * there, and in the same way.
 */
import type { Flags } from "../agent/config/command-source.ts";

const configFlag = "--config";

/** For `run --config=FILE`, as the units have it; undefined where yargs has to read the words. */
export function plainRunFlags(words: readonly string[]): Flags | undefined {
  const [command, first = "", second] = words;
  if (command !== "run" || words.length > 3) return undefined;
  const isJoined = first.startsWith(`${configFlag}=`) && words.length === 2;
  const isApart = first === configFlag && words.length === 3;
  if (!isJoined && !isApart) return undefined;
  const path = isJoined ? first.slice(configFlag.length + 1) : (second ?? "");
  return path === "" || path.startsWith("-") ? undefined : { config: path };
}
