/**
 * Runs suites of package.json side by side: most of a lab's time is waiting, and each has a world of
 * its own.
 *
 *     node test/side-by-side.ts test:lab test:lab:patroni,test:hosts
 *
 * Suites that are joined by a comma run one after the other. The output of the first is shown as it
 * comes, that of each other as a whole when it and those before it have ended, so that no two are
 * mixed. Ends with 1 if any has failed.
 */
import { execa } from "execa";

/** What a suite may print; beyond it only the end is of interest. */
const maxOutputBytes = 16 * 1024 * 1024;

/** No suite takes half of it; one that hangs must not keep a machine for ever. */
const deadlineMs = 75 * 60_000;

type Ended = { readonly output: string; readonly problem: string | undefined };

const rows = process.argv.slice(2).map((row) => row.split(","));
const shown = rows[0]?.[0];
const failed: string[] = [];
for (const ended of rows.map(runInTurn)) {
  for (const { output, problem } of await ended) {
    process.stdout.write(output);
    if (problem !== undefined) failed.push(problem);
  }
}
if (failed.length > 0) {
  process.stderr.write(`failed: ${failed.join(", ")}\n`);
  process.exitCode = 1;
}

async function runInTurn(suites: readonly string[]): Promise<readonly Ended[]> {
  const ended: Ended[] = [];
  for (const suite of suites) ended.push(await run(suite));
  return ended;
}

async function run(suite: string): Promise<Ended> {
  const output = suite === shown ? (["inherit", "pipe"] as const) : ("pipe" as const);
  const result = await execa("npm", ["run", "--silent", suite], {
    reject: false,
    all: true,
    stdin: "ignore",
    stdout: output,
    stderr: output,
    maxBuffer: maxOutputBytes,
    timeout: deadlineMs,
  });
  return {
    output: suite === shown ? "" : `\n> ${suite}\n${result.all}\n`,
    problem: result.failed ? `${suite} (${result.shortMessage})` : undefined,
  };
}
