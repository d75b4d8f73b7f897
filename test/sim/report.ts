/**
 * What a run came to, for people.
 */
import { boundsInWords, causes, promptMs } from "./checkers/bounds.ts";
import { holdReasons, yieldReasons } from "../../src/policy/reasons.ts";
import type { Counts, Failure, Tally } from "./tally.ts";

/** How a failure can be seen again. */
export function replayCommand(seed: number): string {
  return `npm run sim -- --seed ${seed} --hours 1`;
}

export function describeFailure({ seed, message, scenario, history }: Failure): string {
  const command = replayCommand(seed);
  return [message, scenario, ...history, `seed ${seed}, to be played again: ${command}`].join("\n");
}

export function describe(tally: Tally, tookMs: number): string {
  const { hours, harmlessHours, steps, cpuMs, faults, transitions } = tally;
  const { local, takeOvers, failures } = tally;
  const faultCount = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const tookS = tookMs / 1_000;
  return [
    `${hours} hours (${harmlessHours} with harmless faults only), ${steps} events, ${faultCount} faults,`,
    `${transitions} times a host began or ceased to answer`,
    `${tookS.toFixed(0)} s, of one core ${(cpuMs / 1_000).toFixed(0)} s: ${(hours / (cpuMs / 1_000)).toFixed(1)} hours/s`,
    "",
    "faults",
    ...counted(faults, Object.keys(faults).toSorted()),
    "",
    "verdicts, by reason",
    ...counted(tally.reasons, Object.keys({ ...holdReasons, ...yieldReasons })),
    "",
    "two hosts answered: count, worst, mean, bound",
    ...causes.map((cause) => {
      const { count = 0, worstMs = 0, totalMs = 0 } = tally.overlaps[cause] ?? {};
      const numbers = [count, ms(worstMs), ms(count === 0 ? 0 : totalMs / count)];
      const columns = numbers.map((text) => String(text).padStart(9)).join(" ");
      return `  ${cause.padEnd(36)} ${columns}   ${boundsInWords[cause]}`;
    }),
    "",
    `locks that expired on a host cut off: ${tally.spares.count}, VIP gone at least ${ms(tally.spares.leastMs)} before another's`,
    `take-overs with nothing wrong: ${takeOvers.count}, worst ${ms(takeOvers.worstMs)}, mean ${ms(takeOvers.totalMs / Math.max(1, takeOvers.count))}`,
    `Patroni was woken ${local.wakes} times; back in time after that: ${local.keysBack} keys, ${local.postgresBack} postmasters`,
    `stops of PostgreSQL that a callback told, VIP gone within ${promptMs} ms: ${local.demoted}`,
    `promises broken: ${failures.length} (each ends its process's share)`,
  ].join("\n");
}

function counted(counts: Counts, names: readonly string[]): readonly string[] {
  return names.map((name) => `  ${name.padEnd(42)} ${String(counts[name] ?? 0).padStart(9)}`);
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
