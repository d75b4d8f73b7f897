/**
 * Runs the command of a command line, and tells words that cannot be understood from a command that
 * has failed.
 *
 * yargs ends both in the same way. The first is said in one line, with where help is; every other
 * error is a failure of a command, or of ours, and must keep its stack.
 */
import type { Argv } from "yargs";

/** Runs the command that is named; false: it was said what is wrong with the words. */
export async function runCommand(parser: Argv, program: string): Promise<boolean> {
  let misuse: string | undefined;
  parser.fail((message: string | null, error: unknown) => {
    const isFailure = error instanceof Error && error.name !== "YError";
    if (!isFailure) misuse = message ?? "The command line cannot be understood";
    throw isFailure ? error : new Error(misuse);
  });
  try {
    await parser.parseAsync();
    return true;
  } catch (error) {
    if (misuse === undefined) throw error;
    process.stderr.write(`${misuse}\nSee ${program} --help.\n`);
    return false;
  }
}
