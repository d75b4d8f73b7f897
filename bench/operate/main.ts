/**
 * `npm run bench:operate`: what it costs to have the agent on a host, and to look at it.
 *
 * Memory over an hour of moves, processor time at rest, starts, scrapes and status, side by side with
 * other daemons as far as they have the like. Prints tables and writes operate.json and operate.md.
 * Runs inside the lab's sandbox.
 */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";

import { monotonicMs } from "../../lab/clock.ts";
import type { HostName } from "../../lab/network.ts";
import { type Candidate, candidatesOf } from "../candidates.ts";
import { measureIdle } from "../idle.ts";
import { runProgram } from "../program.ts";
import { firstVerdicts, since, versions } from "../run.ts";
import { type Cast, Stage } from "../stage.ts";
import { summarize } from "../statistics.ts";
import { type OperateOptions, parseArguments, usage } from "./arguments.ts";
import { measureAsking } from "./asking.ts";
import { measureEndurance } from "./endurance.ts";
import { reportOf } from "./report.ts";
import { goalsOf, type OperateResult, type OperateResults } from "./results.ts";
import { measureScrapes, metricsPort } from "./scrapes.ts";

type Task = { readonly options: OperateOptions; readonly candidates: readonly Candidate[] };

function read(words: readonly string[]): Task | "help" {
  const options = parseArguments(words);
  return options === "help" ? options : { options, candidates: candidatesOf(options) };
}

async function play({ options, candidates }: Task): Promise<boolean> {
  const measured = await measure(options, candidates);
  const report = reportOf(measured);
  const { outFolder } = options;
  await mkdir(outFolder, { recursive: true });
  await writeFile(`${outFolder}/operate.json`, `${JSON.stringify(measured, undefined, 2)}\n`);
  await writeFile(`${outFolder}/operate.md`, `${report}\n`);
  console.log(`\n${report}\n\noperate.json and operate.md are in ${outFolder}`);
  const isMissed = goalsOf(measured).some(({ isMet }) => !isMet);
  return !(options.isAsserting && isMissed);
}

async function measure(
  options: OperateOptions,
  candidates: readonly Candidate[],
): Promise<OperateResults> {
  const startedAtMs = monotonicMs();
  const stage = await Stage.open();
  const bench = new Bench(stage, options, await mkdtemp(`${tmpdir()}/vip-agent-`));
  const measured: OperateResult[] = [];
  try {
    // The floor has no safety, and what it costs says nothing.
    for (const candidate of candidates.filter(({ kind }) => kind !== "floor")) {
      measured.push(
        await bench.measure(candidate, (text) => {
          console.error(`${since(startedAtMs)} ${candidate.name}: ${text}`);
        }),
      );
    }
  } finally {
    await stage.close();
  }
  const date = new Date().toISOString().slice(0, 10);
  return { date, versions: await versions(), minutes: options.minutes, candidates: measured };
}

class Bench {
  readonly #stage: Stage;
  readonly #options: OperateOptions;
  readonly #folder: string;

  constructor(stage: Stage, options: OperateOptions, folder: string) {
    this.#stage = stage;
    this.#options = options;
    this.#folder = folder;
  }

  async measure(candidate: Candidate, progress: (text: string) => void): Promise<OperateResult> {
    const { minutes, moves, starts, idleS } = this.#options;
    const isOurs = candidate.kind === "agent";
    const seldom = async <T>(isWanted: boolean, what: string, part: (cast: Cast) => Promise<T>) => {
      if (!isWanted) return undefined;
      progress(what);
      return await this.#with(candidate, part);
    };
    const verdictsMs: number[] = [];
    const startsToMake = isOurs ? starts : 0;
    for (let start = 0; start < startsToMake; start += 2) {
      await this.#with(candidate, async (cast) => verdictsMs.push(...firstVerdicts(cast)));
    }
    return {
      name: candidate.name,
      kind: candidate.kind,
      firstVerdict: summarize(verdictsMs),
      scrapes: await seldom(isOurs && moves > 0, "scrapes", (cast) =>
        measureScrapes(this.#stage, cast, moves),
      ),
      asking: await seldom(isOurs, "status", () =>
        measureAsking("db1", this.#socketOf("db1"), starts),
      ),
      idle: await seldom(idleS > 0, "at rest", (cast) => measureIdle(cast, idleS)),
      endurance: await seldom(minutes > 0, `${minutes} minutes of moves`, (cast) =>
        measureEndurance(this.#stage, cast, minutes),
      ),
    };
  }

  async #with<T>(candidate: Candidate, part: (cast: Cast) => Promise<T>): Promise<T> {
    const cast = await this.#stage.enter(candidate, (host) => ({
      "metrics-port": metricsPort,
      "status-socket": this.#socketOf(host),
    }));
    try {
      return await part(cast);
    } finally {
      await this.#stage.leave(cast);
    }
  }

  /** Hosts of a lab share their files. */
  #socketOf(host: HostName): string {
    return `${this.#folder}/${host}.sock`;
  }
}

process.exitCode = await runProgram({ usage, read: read, play }, process.argv.slice(2));
