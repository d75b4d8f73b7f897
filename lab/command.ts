/**
 * Short commands with a deadline: `ip`, `nft`, `arping`, `ping`.
 *
 * The lab builds its world with them and looks at it through them. A failure is an error that
 * quotes the command and what it said; a test that expects one uses `attempt`.
 */
import { execFile } from "node:child_process";

const OUTPUT_MAX_BYTES = 4 * 1024 * 1024;

export type CommandResult = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type CommandOptions = { readonly input?: string; readonly timeoutMs?: number };

/**
 * Runs to the end and reports, whatever the exit code. Only a command that is missing or that
 * overruns its deadline is an error.
 */
export function attempt(
  argv: readonly string[],
  { input = "", timeoutMs = 5_000 }: CommandOptions = {},
): Promise<CommandResult> {
  const [file = "", ...rest] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const options = {
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: OUTPUT_MAX_BYTES,
  } as const;
  const child = execFile(file, rest, options, (error, stdout, stderr) => {
    if (error === null) return resolve({ exitCode: 0, stdout, stderr });
    if (typeof error.code === "number") return resolve({ exitCode: error.code, stdout, stderr });
    const cause =
      error.killed === true ? `not done within ${timeoutMs} ms` : (error.code ?? error.signal);
    reject(new Error(`${argv.join(" ")}: ${cause}\n${stderr}`, { cause: error }));
  });
  // A command that ends without reading its input closes the pipe under us; its exit code tells.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  return promise;
}

/** The same for commands that have to succeed; answers with what they printed. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(argv, options);
  if (exitCode === 0) return stdout;
  throw new Error(`${argv.join(" ")}: exit code ${exitCode}\n${stderr || stdout}`);
}
