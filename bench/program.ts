/**
 * What every measuring program does around its measurement: it reads its words, explains itself, and
 * tells by its exit code how it went.
 */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** Something on the command line that the program cannot mean. */
export class UsageError extends Error {}

const exitCodes = { good: 0, missed: 1, usage: 2 } as const;

export type Program<Options> = {
  readonly usage: string;
  /** Throws a UsageError. */
  readonly read: (words: readonly string[]) => Options | "help";
  /** Resolves to whether all went as it should. */
  readonly play: (options: Options) => Promise<boolean>;
};

/** Resolves to the exit code. */
export async function runProgram<Options>(
  { usage, read, play }: Program<Options>,
  words: readonly string[],
): Promise<number> {
  let options: Options | "help";
  try {
    options = read(words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return exitCodes.usage;
  }
  if (options === "help") {
    console.log(usage);
    return exitCodes.good;
  }
  return (await play(options)) ? exitCodes.good : exitCodes.missed;
}

/** The values of these options; whatever else stands there is a UsageError. */
export function readWords<const Config extends ParseArgsOptionsConfig>(
  words: readonly string[],
  options: Config,
) {
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
