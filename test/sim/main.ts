/**
 * The simulation: the shipped daemon in a world of models, on virtual time.
 *
 *     npm run sim -- --hours 1000 --seed 1 --workers 2
 *
 * What is real: the daemon of src/agent with its keepers, watches and sources, and all of
 * src/policy, as they are shipped. What is a model: everything below src/agent/outside.ts, which is
 * the kernel and its helper programs (kernel.ts, helpers.ts), Consul and the ways to it (consul/,
 * held against recordings of a real one by consul-model.test.ts), Patroni's way with the key, its
 * PostgreSQL, its REST API and its callbacks (patroni/), and the clocks and processes of the hosts
 * (process.ts).
 *
 * An hour (hour.ts) is drawn from one seed: its settings (scenario.ts), its faults (faults.ts) and
 * every delay. After each event the checkers look (checkers/): two holders, holds without a proof,
 * reports before releases, announcements by nobody, guards that stand, take-overs that are late,
 * needless losses, movement in a calm, wake-ups in pause or too many, repairs that are late, stops
 * that do not end the VIP, binds before the gate opens. The first broken promise ends the hour and is printed with
 * its seed and the events before it; the same seed plays it again. mutants.ts breaks the agent on
 * purpose, to see each break caught.
 *
 * In most hours the agents follow the key alone; in the others they ask their Patroni as well, and in
 * some of these nothing but their Patroni.
 *
 * Known limits, which the checkers state and do not excuse silently: a Patroni that hangs or cannot
 * renew on a host that is cut off and that has not told so, a lock ended by force while the host is
 * cut off, a pause that ends while its primary is cut off, a promise of failsafe mode that a member
 * forgets, a host whose clocks stand still with it, a lifetime of 0 (no dead-man switch), timings that
 * may not be read and are shorter than the defaults.
 */
import { parseArgs } from "node:util";
import { describe, describeFailure } from "./report.ts";
import { run } from "./run.ts";

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    workers: { type: "string" },
    mutant: { type: "string" },
  },
});
const { hours, seed, workers, mutant } = values;
const startedAtMs = performance.now();
const tally = await run({
  hours: wholeNumber("hours", hours),
  seed: wholeNumber("seed", seed),
  ...(workers !== undefined && { workers: wholeNumber("workers", workers) }),
  ...(mutant !== undefined && { mutant }),
});
console.log(describe(tally, performance.now() - startedAtMs));
for (const failure of tally.failures) console.log(`\n${describeFailure(failure)}`);
if (tally.failures.length > 0) process.exitCode = 1;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Error(`--${name} must be a whole number from 1 on, found "${text}"`);
  }
  return value;
}
