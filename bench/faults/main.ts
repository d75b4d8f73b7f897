/**
 * `npm run bench:faults`: what a client loses in each fault, with vip-agent and with other daemons.
 *
 * Prints tables and writes faults.json and faults.md. What a fault does to whom stands in
 * docs/failure-modes.md, whose measured cells are held against these results.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";

import { monotonicMs } from "../../lab/clock.ts";
import { buildIfStale } from "../../setup/build.ts";
import { runProgram } from "../program.ts";
import { since, versions } from "../run.ts";
import { type FaultOptions, parseArguments, usage } from "./arguments.ts";
import { faultOf } from "./faults.ts";
import { runInLanes } from "./lanes.ts";
import { toText, type LaneAnswer } from "./lines.ts";
import { filledIn, wordsIn } from "./page.ts";
import { reportOf } from "./report.ts";
import type { FailedRun, FaultResults, FaultRun } from "./results.ts";
import type { Job } from "./run.ts";
import { verdictsOf } from "./verdicts.ts";
import { wordsOf } from "./words.ts";

async function play(options: FaultOptions): Promise<boolean> {
  const results = await measure(options);
  const report = reportOf(results);
  const { outFolder, page } = options;
  await mkdir(outFolder, { recursive: true });
  await writeFile(`${outFolder}/faults.json`, `${toText(results, 2)}\n`);
  await writeFile(`${outFolder}/faults.md`, `${report}\n`);
  if (page !== undefined) {
    await writeFile(page, filledIn(await readFile(page, "utf8"), wordsIn(results)));
  }
  console.log(`\n${report}\n\nfaults.json and faults.md are in ${outFolder}`);
  const isMissed = verdictsOf(results).some(({ isMet }) => !isMet) || results.failed.length > 0;
  return !(options.isAsserting && isMissed);
}

async function measure(options: FaultOptions): Promise<FaultResults> {
  const startedAtMs = monotonicMs();
  // Lanes that begin together must not all build.
  await buildIfStale();
  const jobs = jobsOf(options);
  const runs: FaultRun[] = [];
  const failed: FailedRun[] = [];
  await runInLanes(jobs, options.lanes, (answer) => {
    if ("run" in answer) runs.push(answer.run);
    else failed.push(answer.failed);
    const done = `${runs.length + failed.length} of ${jobs.length}`;
    console.error(`${since(startedAtMs)} ${done} ${progressOf(answer)}`);
  });
  const order = new Map(options.faults.map(({ id }, index) => [id, index]));
  const placeOf = ({ fault }: FaultRun): number => order.get(fault) ?? 0;
  return {
    date: new Date().toISOString().slice(0, 10),
    versions: await versions(),
    spanMs: options.spanMs,
    runs: runs.toSorted((one, other) => placeOf(one) - placeOf(other)),
    failed,
  };
}

/** Round by round, and in each round fault by fault, so that candidates meet the same machine. */
function jobsOf({ faults, candidates, repeat, spanMs }: FaultOptions): readonly Job[] {
  return Array.from({ length: repeat }, (_, round) => {
    return faults
      .filter(({ isRepeated }) => round === 0 || isRepeated === true)
      .flatMap((fault) => {
        return candidates
          .filter(({ kind }) => kind === "agent" || fault.isOursOnly !== true)
          .map((candidate) => ({ fault: fault.id, candidate, spanMs }));
      });
  }).flat();
}

function progressOf(answer: LaneAnswer): string {
  if ("failed" in answer) {
    const { fault, candidate, failure } = answer.failed;
    return `${fault}, ${candidate}: FAILED: ${failure}`;
  }
  const { fault, candidate, figures, control } = answer.run;
  return `${fault}, ${candidate}: ${wordsOf({ count: 1, figures, control }, faultOf(fault))}`;
}

process.exitCode = await runProgram({ usage, read: parseArguments, play }, process.argv.slice(2));
