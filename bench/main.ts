/**
 * `npm run bench`: measures what the README claims, side by side with the least that is possible and
 * with other daemons.
 *
 * Prints tables and writes results.json, tables.md and moves.svg. What is measured and how stands in
 * docs/bench.md. Runs inside the lab's sandbox.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { monotonicMs } from "../lab/clock.ts";
import { type BenchOptions, parseArguments, usage, UsageError } from "./arguments.ts";
import { type Candidate, candidatesOf } from "./candidates.ts";
import { goalsOf } from "./goals.ts";
import { pictureOf } from "./picture.ts";
import { runBench, since } from "./run.ts";
import { tablesOf } from "./table.ts";

const exitCodes = { good: 0, goalMissed: 1, usage: 2 } as const;

async function main(words: readonly string[]): Promise<number> {
  let options: BenchOptions | "help";
  let candidates: readonly Candidate[] = [];
  try {
    options = parseArguments(words);
    if (options !== "help") candidates = candidatesOf(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return exitCodes.usage;
  }
  if (options === "help") {
    console.log(usage);
    return exitCodes.good;
  }
  return await bench(options, candidates);
}

async function bench(options: BenchOptions, candidates: readonly Candidate[]): Promise<number> {
  const startedAtMs = monotonicMs();
  const results = await runBench(options, candidates, (text) => {
    console.error(`${since(startedAtMs)} ${text}`);
  });
  const tables = tablesOf(results);
  const { outFolder } = options;
  await mkdir(outFolder, { recursive: true });
  await writeFile(`${outFolder}/results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  await writeFile(`${outFolder}/tables.md`, `${tables}\n`);
  await writeFile(`${outFolder}/moves.svg`, pictureOf(results));
  console.log(`\n${tables}\n\nresults.json, tables.md and moves.svg are in ${outFolder}`);
  const isMissed = goalsOf(results).some(({ isMet }) => !isMet);
  return options.isAsserting && isMissed ? exitCodes.goalMissed : exitCodes.good;
}

process.exitCode = await main(process.argv.slice(2));
