/**
 * Plays some hours in this process and prints their tally as JSON: what `run.ts` starts, once per
 * core. Ends at the first hour that fails.
 *
 *     node test/sim/worker.ts FIRST_SEED HOURS
 */
import { playHour } from "./hour.ts";
import { add, emptyTally, tallyOf } from "./tally.ts";

const [firstSeed = 1, hours = 1] = process.argv.slice(2).map(Number);
let tally = emptyTally;
for (let hour = 0; hour < hours && tally.failures.length === 0; hour += 1) {
  tally = add(tally, tallyOf(await playHour(firstSeed + hour)));
}
process.stdout.write(JSON.stringify(tally));
