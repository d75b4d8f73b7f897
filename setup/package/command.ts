/**
 * The programs that build a package, run with nothing of the caller's surroundings that could reach
 * their output: no language, no time zone, no settings in a home folder.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

const DEADLINE_MS = 300_000;
const OUTPUT_MAX_BYTES = 16 * 1024 * 1024;

export type Surroundings = Readonly<Record<string, string>>;

/** Runs to the end and answers with what was printed; a failure quotes what was said. */
export async function run(argv: readonly string[], more: Surroundings = {}): Promise<string> {
  const [file = "", ...rest] = argv;
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC", ...more };
  const options = { env, timeout: DEADLINE_MS, maxBuffer: OUTPUT_MAX_BYTES };
  const { stdout } = await execute(file, rest, options);
  return stdout;
}

export async function succeeds(argv: readonly string[]): Promise<boolean> {
  return await run(argv).then(
    () => true,
    () => false,
  );
}
