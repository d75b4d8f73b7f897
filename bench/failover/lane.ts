/**
 * One lane of the bench: a process in a sandbox of its own, which plays the jobs that it is given.
 *
 * A job per line on its input, a result per line on its output. The world lasts from job to job; a job
 * that fails may leave it in any state, so the next one gets a new world.
 */
import { createInterface } from "node:readline";

import { parseJob, toText, type LaneAnswer } from "./lines.ts";
import { runJob, type Job } from "./run.ts";
import { Scene } from "./scene.ts";

let scene: Scene | undefined;

async function answerTo(job: Job): Promise<LaneAnswer> {
  try {
    scene ??= await Scene.open();
    return { run: await runJob(scene, job), versions: scene.versions };
  } catch (error) {
    await scene?.close().catch(() => undefined);
    scene = undefined;
    const failure = error instanceof Error ? error.message : String(error);
    const { event, candidate, seed } = job;
    return { failed: { event, candidate: candidate.name, seed, failure } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(toText(await answerTo(parseJob(line))));
}
await scene?.close();
process.exit(0);
