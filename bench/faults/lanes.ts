/**
 * Several lanes side by side: each takes the next job when it has done its last.
 *
 * Most of a run is waiting for leases to end, so that three labs on two processors disturb each other
 * little; all candidates meet the same crowd. A lane that dies, or that says nothing for three minutes,
 * costs its job and is replaced.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { parseAnswer, toText, type LaneAnswer } from "./lines.ts";
import type { Job } from "./run.ts";

const sandbox = fileURLToPath(new URL("../../lab/sandbox.sh", import.meta.url));
const program = fileURLToPath(new URL("lane.ts", import.meta.url));

const jobDeadlineMs = 180_000;

export async function runInLanes(
  jobs: readonly Job[],
  laneCount: number,
  use: (answer: LaneAnswer) => void,
): Promise<void> {
  const queue = [...jobs];
  const lanes = Array.from({ length: Math.min(laneCount, jobs.length) }, async () => {
    let lane: Lane | undefined;
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      lane = lane?.isAlive === true ? lane : new Lane();
      use(await lane.run(job));
    }
    await lane?.end();
  });
  await Promise.all(lanes);
}

class Lane {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #complaints = "";
  #isGivenUp = false;
  #onLine: (line: string) => void = () => {};

  constructor() {
    // Inside a sandbox one world would be enough; here each lane needs its own.
    const { LAB_SANDBOX: _, ...env } = process.env;
    this.#child = spawn("sh", [sandbox, process.execPath, program], { env });
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#child.stderr?.on("data", (chunk) => {
      this.#complaints = (this.#complaints + String(chunk)).slice(-2_000);
    });
    this.#child.stdin?.on("error", () => {});
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on("line", (line) => this.#onLine(line));
    }
  }

  get isAlive(): boolean {
    const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null;
    return !hasEnded && !this.#isGivenUp;
  }

  async run(job: Job): Promise<LaneAnswer> {
    const { promise, resolve } = Promise.withResolvers<LaneAnswer>();
    this.#onLine = (line) => resolve(parseAnswer(line));
    const fail = (failure: string): void => {
      resolve({ failed: { fault: job.fault, candidate: job.candidate.name, failure } });
    };
    const timer = setTimeout(() => {
      this.#isGivenUp = true;
      this.#child.kill("SIGTERM");
      fail(`no result within ${jobDeadlineMs / 1_000} s`);
    }, jobDeadlineMs);
    void this.#ended.then(() => fail(`the lane ended: ${this.#complaints}`));
    this.#child.stdin?.write(`${toText(job)}\n`);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }
}
