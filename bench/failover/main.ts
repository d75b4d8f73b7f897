/**
 * `npm run bench:failover`: what a client that writes loses with a real Patroni and PostgreSQL, through
 * the VIP and by a direct connection, with vip-agent and with other daemons.
 *
 * Prints tables and writes failover.json and failover.md. What is measured and how stands in
 * docs/bench.md.
 */
import { randomInt } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { monotonicMs } from "../../lab/clock.ts";
import { buildIfStale } from "../../setup/build.ts";
import { workInLanes } from "../lanes.ts";
import { runProgram } from "../program.ts";
import { since, versions } from "../run.ts";
import { type FailoverOptions, ours, parseArguments, usage } from "./arguments.ts";
import { planOf } from "./jobs.ts";
import { parseAnswer, toText, type LaneAnswer } from "./lines.ts";
import { reportOf } from "./report.ts";
import type { EventRun, FailedRun, FailoverResults } from "./results.ts";
import type { Job } from "./run.ts";
import { verdictsOf } from "./verdicts.ts";

const seedMax = 2 ** 32;
const program = fileURLToPath(new URL("lane.ts", import.meta.url));

/** The longest event, and the longest time until all is well again, after a new world was built. */
const jobDeadlineMs = 300_000;

async function play(options: FailoverOptions): Promise<boolean> {
  const results = await measure(options);
  const report = reportOf(results);
  const { outFolder } = options;
  await mkdir(outFolder, { recursive: true });
  await writeFile(`${outFolder}/failover.json`, `${toText(results, 2)}\n`);
  await writeFile(`${outFolder}/failover.md`, `${report}\n`);
  console.log(`\n${report}\n\nfailover.json and failover.md are in ${outFolder}`);
  const isMissed = verdictsOf(results).some(({ isMet }) => !isMet) || results.failed.length > 0;
  return !(options.isAsserting && isMissed);
}

async function measure(options: FailoverOptions): Promise<FailoverResults> {
  const startedAtMs = monotonicMs();
  // Lanes that begin together must not all build.
  await buildIfStale();
  const { alone, shared } = planOf(options);
  const runs: EventRun[] = [];
  const failed: FailedRun[] = [];
  let serverVersions: Readonly<Record<string, string>> = {};
  const total = alone.length + shared.length;
  const use = (answer: LaneAnswer): void => {
    if ("run" in answer) {
      runs.push(answer.run);
      serverVersions = answer.versions;
    } else failed.push(answer.failed);
    console.error(
      `${since(startedAtMs)} ${runs.length + failed.length} of ${total} ${gistOf(answer)}`,
    );
  };
  await playJobs(alone, 1, use);
  await playJobs(shared, options.lanes, use);
  return {
    date: new Date().toISOString().slice(0, 10),
    versions: { ...serverVersions, ...(await versions()) },
    seed: options.seed,
    lanes: options.lanes,
    candidates: options.candidates.map(({ name }) => name),
    ours: options.candidates.find(({ name }) => name === ours)?.name,
    runs,
    failed,
  };
}

async function playJobs(
  jobs: readonly Job[],
  laneCount: number,
  use: (answer: LaneAnswer) => void,
): Promise<void> {
  await workInLanes<Job, LaneAnswer>(jobs, {
    program,
    laneCount,
    deadlineMs: jobDeadlineMs,
    toLine: toText,
    parse: parseAnswer,
    failed: ({ event, candidate, seed }, failure) => {
      return { failed: { event, candidate: candidate.name, seed, failure } };
    },
    use,
  });
}

function gistOf(answer: LaneAnswer): string {
  if ("failed" in answer) {
    const { event, candidate, failure } = answer.failed;
    return `${event}, ${candidate}: FAILED: ${failure}`;
  }
  const { event, candidate, figures } = answer.run;
  const { vip, direct, keyFreeMs } = figures;
  const outages = [vip.outage.ms, direct.outage.ms, keyFreeMs].map((ms) => ms.toFixed(0));
  const [throughVip, directly, keyFree] = outages;
  const lost = `${vip.lost} of ${vip.attempts} lost`;
  return `${event}, ${candidate}: VIP ${throughVip} ms (${lost}), direct ${directly}, key free ${keyFree}`;
}

process.exitCode = await runProgram(
  { usage, read: (words) => parseArguments(words, randomInt(seedMax - 1)), play },
  process.argv.slice(2),
);
