/**
 * The lanes of the fault bench: a lab for each run, which most of the time waits for leases to end.
 */
import { fileURLToPath } from "node:url";

import { workInLanes } from "../lanes.ts";
import { parseAnswer, toText, type LaneAnswer } from "./lines.ts";
import type { Job } from "./run.ts";

const program = fileURLToPath(new URL("lane.ts", import.meta.url));

const jobDeadlineMs = 180_000;

export async function runInLanes(
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
    failed: (job, failure) => {
      return { failed: { fault: job.fault, candidate: job.candidate.name, failure } };
    },
    use,
  });
}
