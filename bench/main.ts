/**
 * `npm run bench`: measures what the README claims, side by side with the least that is possible and
 * with other daemons.
 *
 * Prints tables and writes results.json, tables.md and moves.svg. What is measured and how stands in
 * docs/bench.md. Runs inside the lab's sandbox.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { monotonicMs } from "../lab/clock.ts";
import { type BenchOptions, parseArguments, usage } from "./arguments.ts";
import { type Candidate, candidatesOf } from "./candidates.ts";
import { goalsOf } from "./goals.ts";
import { pictureOf } from "./picture.ts";
import { runProgram } from "./program.ts";
import { runBench, since } from "./run.ts";
import { tablesOf } from "./table.ts";

type Task = { readonly options: BenchOptions; readonly candidates: readonly Candidate[] };

function read(words: readonly string[]): Task | "help" {
  const options = parseArguments(words);
  return options === "help" ? options : { options, candidates: candidatesOf(options) };
}

async function play({ options, candidates }: Task): Promise<boolean> {
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
  return !(options.isAsserting && isMissed);
}

process.exitCode = await runProgram({ usage, read: read, play }, process.argv.slice(2));
