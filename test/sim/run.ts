/**
 * Plays hours in several processes at once.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Tally, add, emptyTally } from "./tally.ts";

export type RunOptions = {
  readonly seed: number;
  readonly hours: number;
  readonly workers?: number;
  /** The name of a mutant of mutants.ts to put into the agent. */
  readonly mutant?: string;
};

const workerFile = join(import.meta.dirname, "worker.ts");
const mutateFile = join(import.meta.dirname, "mutate.ts");

/** Hour n of a run has the seed `seed` + n, whichever process plays it. */
export async function run({ seed, hours, workers, mutant }: RunOptions): Promise<Tally> {
  const count = Math.min(hours, workers ?? Math.min(2, availableParallelism()));
  const shares = Array.from({ length: count }, (_, place) => {
    const from = Math.floor((hours * place) / count);
    const to = Math.floor((hours * (place + 1)) / count);
    return { firstSeed: seed + from, hours: to - from };
  });
  const tallies = await Promise.all(
    shares.map((share) => work(share.firstSeed, share.hours, mutant)),
  );
  return tallies.reduce(add, emptyTally);
}

async function work(firstSeed: number, hours: number, mutant?: string): Promise<Tally> {
  const hook = mutant === undefined ? [] : ["--import", mutateFile];
  const args = [...hook, workerFile, String(firstSeed), String(hours)];
  const env = mutant === undefined ? {} : { SIM_MUTANT: mutant };
  const { stdout } = await execa(process.execPath, args, { env });
  return JSON.parse(stdout) as Tally;
}
