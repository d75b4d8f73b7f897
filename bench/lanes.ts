/**
 * Several lanes side by side: each takes the next job when it has done its last.
 *
 * A lane is a process in a sandbox of its own, which answers a line with a line. Most of a long run is
 * waiting, so that some labs on two processors disturb each other little; all candidates meet the same
 * crowd. A lane that dies, or that says nothing for too long, costs its job and is replaced.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const sandbox = fileURLToPath(new URL("../lab/sandbox.sh", import.meta.url));

export type LaneWork<Job, Answer> = {
  /** What runs in a lane: the path of a program that Node runs. */
  readonly program: string;
  readonly laneCount: number;
  readonly deadlineMs: number;
  readonly toLine: (job: Job) => string;
  readonly parse: (line: string) => Answer;
  /** The answer for a job that came to none, with the reason. */
  readonly failed: (job: Job, failure: string) => Answer;
  readonly use: (answer: Answer) => void;
};

export async function workInLanes<Job, Answer>(
  jobs: readonly Job[],
  work: LaneWork<Job, Answer>,
): Promise<void> {
  const queue = [...jobs];
  const lanes = Array.from({ length: Math.min(work.laneCount, jobs.length) }, async () => {
    let lane: Lane<Job, Answer> | undefined;
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      lane = lane?.isAlive === true ? lane : new Lane(work);
      work.use(await lane.run(job));
    }
    await lane?.end();
  });
  await Promise.all(lanes);
}

class Lane<Job, Answer> {
  readonly #work: LaneWork<Job, Answer>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #complaints = "";
  #isGivenUp = false;
  #onLine: (line: string) => void = () => {};

  constructor(work: LaneWork<Job, Answer>) {
    this.#work = work;
    // Inside a sandbox one world would be enough; here each lane needs its own.
    const { LAB_SANDBOX: _, ...env } = process.env;
    this.#child = spawn("sh", [sandbox, process.execPath, work.program], { env });
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

  async run(job: Job): Promise<Answer> {
    const { deadlineMs, toLine, parse, failed } = this.#work;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#onLine = (line) => resolve(parse(line));
    const timer = setTimeout(() => {
      this.#isGivenUp = true;
      this.#child.kill("SIGTERM");
      resolve(failed(job, `no result within ${deadlineMs / 1_000} s`));
    }, deadlineMs);
    void this.#ended.then(() => resolve(failed(job, `the lane ended: ${this.#complaints}`)));
    this.#child.stdin?.write(`${toLine(job)}\n`);
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
