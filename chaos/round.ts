/**
 * One round: a steady world, the faults of the plan, a while to itself, everything healed, and steady
 * again. Then the judges are asked.
 *
 * The faults run side by side, each from its own moment for its own time. Whatever becomes of them,
 * healing undoes all that a fault can do, so that the next round begins with a sound world.
 */
import { monotonicMs, sleepMs } from "../lab/clock.ts";
import type { Evidence, Injected } from "./evidence.ts";
import { evidenceOf } from "./evidence-of.ts";
import { carryOut, castOf } from "./inject.ts";
import { lossesIn, type Loss } from "./losses.ts";
import { overlapsIn, type Overlap } from "./overlaps.ts";
import type { RoundPlan } from "./schedule.ts";
import { waitSteady, whatIsWrong } from "./steady.ts";
import { takeoversIn, type Takeover } from "./takeovers.ts";
import { timelineOf } from "./timeline.ts";
import { heal, setTimings, type World } from "./world.ts";

/** Before a round the keepers may have to take up other timings, which takes a loop. */
const beforeDeadlineMs = 60_000;
/**
 * After healing, a lock whose keeper was killed lasts until its ttl, and a Consul client that lost all
 * its servers takes its time to find them.
 */
const healDeadlineMs = 45_000;
/** For the observers' last lines to arrive. */
const settleMs = 300;
const lagEveryMs = 50;

export type RoundResult = {
  readonly seed: number;
  readonly timings: RoundPlan["timings"];
  readonly lengthMs: number;
  readonly faults: readonly Injected[];
  /** Faults that could not be carried out, in words. */
  readonly failedFaults: readonly string[];
  readonly overlaps: readonly Overlap[];
  readonly losses: readonly Loss[];
  readonly takeovers: readonly Takeover[];
  /** From the last fault's end until all was well; undefined when that was not in time. */
  readonly healedAfterMs: number | undefined;
  readonly unhealed: string | undefined;
  /** The longest that the harness itself stood still: figures below it say little. */
  readonly lagMs: number;
  /** Of a round that broke something; times from the round's beginning. */
  readonly timeline: readonly string[];
};

export async function playRound(world: World, plan: RoundPlan): Promise<RoundResult> {
  await setTimings(world, plan.timings);
  if ((await waitSteady(world, beforeDeadlineMs)) === undefined) {
    throw new Error(`no steady world to begin with: ${whatIsWrong(world)}`);
  }
  const lag = measureLag();
  const cast = await castOf(world);
  const fromMs = monotonicMs();
  const done = await Promise.all(
    plan.faults.map(async (fault) => {
      await sleepMs(fault.atMs);
      return await carryOut(fault, cast, world);
    }),
  );
  await sleepMs(plan.restMs);
  const healedFromMs = monotonicMs();
  await heal(world);
  const steadyAtMs = await waitSteady(world, healDeadlineMs);
  const unhealed = steadyAtMs === undefined ? whatIsWrong(world) : undefined;
  const toMs = monotonicMs();
  await sleepMs(settleMs);
  // A removal that has not been heard of yet would be a hold that goes on.
  await Promise.all([...world.addresses.values()].map((addresses) => addresses.upToNow()));
  const faults = done.filter((one) => typeof one !== "string");
  const frame = { fromMs, toMs, timings: plan.timings, faults };
  const evidence = evidenceOf(world, frame);
  const verdicts = judge(evidence);
  const isBad = isBroken({ ...verdicts, unhealed });
  return {
    seed: plan.seed,
    timings: plan.timings,
    lengthMs: toMs - fromMs,
    faults,
    failedFaults: done.filter((one) => typeof one === "string"),
    ...verdicts,
    healedAfterMs: steadyAtMs === undefined ? undefined : steadyAtMs - healedFromMs,
    unhealed,
    lagMs: lag.stop(),
    timeline: isBad ? timelineOf(world, evidence) : [],
  };
}

export type Verdicts = Pick<RoundResult, "overlaps" | "losses" | "takeovers">;

export function judge(evidence: Evidence): Verdicts {
  return {
    overlaps: overlapsIn(evidence),
    losses: lossesIn(evidence),
    takeovers: takeoversIn(evidence),
  };
}

/** Whether the round showed what must not be. */
export function isBroken(
  round: Pick<RoundResult, "overlaps" | "losses"> & { readonly unhealed: string | undefined },
): boolean {
  return (
    round.unhealed !== undefined ||
    round.overlaps.some(({ beyondMs }) => beyondMs > 0) ||
    round.losses.some(({ excuse }) => excuse === undefined)
  );
}

function measureLag(): { readonly stop: () => number } {
  let worstMs = 0;
  let lastMs = monotonicMs();
  const timer = setInterval(() => {
    worstMs = Math.max(worstMs, monotonicMs() - lastMs - lagEveryMs);
    lastMs = monotonicMs();
  }, lagEveryMs);
  return {
    stop: () => {
      clearInterval(timer);
      return worstMs;
    },
  };
}
