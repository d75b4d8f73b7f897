/**
 * One lane of the bench: a process in a sandbox of its own, which runs the jobs that it is given.
 *
 * A job per line on its input, a result per line on its output. A run that fails is a result too; the
 * lane goes on.
 */
import { createInterface } from "node:readline";

import { findConsul } from "../../lab/consul.ts";
import { parseJob, toText, type LaneAnswer } from "./lines.ts";
import { runJob } from "./run.ts";

await findConsul();
for await (const line of createInterface({ input: process.stdin })) {
  const job = parseJob(line);
  let answer: LaneAnswer;
  try {
    answer = { run: await runJob(job) };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    answer = { failed: { fault: job.fault, candidate: job.candidate.name, failure } };
  }
  console.log(toText(answer));
}
process.exit(0);
