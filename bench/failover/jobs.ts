/**
 * The order of a run: round by round, in each of them event by event, and for each event all candidates
 * in turn, the first one another each time.
 *
 * So a machine that gets busy hits all alike. Candidates meet an event of a round with the same seed,
 * hence at the same moment of its span. Pure.
 */
import { Random } from "../../test/sim/random.ts";
import type { FailoverOptions } from "./arguments.ts";
import type { FailoverEvent } from "./event.ts";
import type { Job } from "./run.ts";

export type Plan = {
  /** One after the other: milliseconds count. */
  readonly alone: readonly Job[];
  /** As many side by side as there are lanes. */
  readonly shared: readonly Job[];
};

type Order = Pick<FailoverOptions, "events" | "candidates" | "switchovers" | "rounds" | "seed">;

const seedMax = 2 ** 32;

export function planOf({ events, candidates, switchovers, rounds, seed }: Order): Plan {
  const random = new Random(seed);
  const roundsOf = ({ id }: FailoverEvent): number => (id === "switchover" ? switchovers : rounds);
  const all = Array.from({ length: Math.max(switchovers, rounds) }, (_, round) => {
    return events
      .filter((event) => round < roundsOf(event))
      .flatMap(({ id, isShared }) => {
        const ownSeed = random.whole(0, seedMax);
        return rotated(candidates, round).map((candidate) => {
          return { isShared, job: { event: id, candidate, seed: ownSeed } };
        });
      });
  }).flat();
  return {
    alone: all.filter(({ isShared }) => !isShared).map(({ job }) => job),
    shared: all.filter(({ isShared }) => isShared).map(({ job }) => job),
  };
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % Math.max(1, list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
