/**
 * `npm run chaos`: breaks worlds at random and says whether the VIP had one holder, and kept it.
 *
 * Prints a table and the story of each round that broke something; writes results.json, tables.md and
 * stories.txt. What a round is stands in round.ts, what may be broken in faults.ts, and what counts as
 * broken in bounds.ts.
 */
import { randomInt } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";

import { runProgram } from "../bench/program.ts";
import { since } from "../bench/run.ts";
import { monotonicMs } from "../lab/clock.ts";
import { buildIfStale } from "../setup/build.ts";
import { parseArguments, usage, type ChaosOptions } from "./arguments.ts";
import { isGood, type CandidateResult, type Results } from "./results.ts";
import { seedsFrom } from "./schedule.ts";
import { gistOf, storiesOf, tablesOf } from "./table.ts";
import { playWorlds } from "./worlds.ts";

const seedMax = 2 ** 32;

async function play(options: ChaosOptions): Promise<boolean> {
  const { rounds, seed, worlds, candidates, outFolder } = options;
  const startedAtMs = monotonicMs();
  const say = (text: string): void => console.error(`${since(startedAtMs)} ${text}`);
  // Once, before several worlds would do it at the same time.
  await buildIfStale();
  const seeds = seedsFrom(seed, rounds);
  const results: CandidateResult[] = [];
  for (const candidate of candidates) {
    let played = 0;
    const onReport: Parameters<typeof playWorlds>[2]["onReport"] = (world, report) => {
      played += 1;
      const gist =
        report.kind === "played"
          ? gistOf(report.round)
          : `seed ${report.seed}: not played: ${report.problem}`;
      say(`${candidate.name} ${played}/${rounds}, world ${world + 1}, ${gist}`);
    };
    results.push(await playWorlds(candidate, seeds, { worlds, onReport }));
  }
  const date = new Date().toISOString().slice(0, 10);
  return await tell({ date, seed, rounds, worlds, candidates: results }, outFolder);
}

async function tell(results: Results, outFolder: string): Promise<boolean> {
  const tables = tablesOf(results);
  const stories = storiesOf(results);
  await mkdir(outFolder, { recursive: true });
  await writeFile(`${outFolder}/results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  await writeFile(`${outFolder}/tables.md`, `${tables}\n`);
  await writeFile(`${outFolder}/stories.txt`, `${stories}\n`);
  console.log([stories, tables, `The results are in ${outFolder}.`].filter(Boolean).join("\n\n"));
  return isGood(results);
}

process.exitCode = await runProgram(
  { usage, read: (words) => parseArguments(words, randomInt(seedMax - 1)), play },
  process.argv.slice(2),
);
