/**
 * When to tell the Patroni of this host to look at its DCS now.
 *
 * Patroni looks once per loop_wait. A leader that has lost its key, or whose PostgreSQL has died,
 * therefore loses up to ten seconds before it does anything; woken, it takes a third of a second. A
 * replica that was told "not yet" in a race looks again only after a whole loop. So while something
 * is wrong each Patroni is woken, once a second, by its own agent.
 *
 * In pause Patroni is meant to do nothing, and it is left alone.
 */
import type { World } from "./world.ts";

/** In a switchover the key is gone for about 10 ms, and nobody needs to be woken for it. */
const keyMissingMs = 30;

const everyMs = 1_000;

/** What has not helped for so long is left to Patroni's own pace. */
const urgentMs = 60_000;

/** When the next wake-up is due; infinity while there is no need for one. */
export function nextWakeMs(world: World, nowMs: number): number {
  if (!world.rules.wake || isPaused(world)) return Number.POSITIVE_INFINITY;
  const urgent = needsSinceMs(world).filter((sinceMs) => nowMs - sinceMs < urgentMs);
  const allowedMs = (world.wokenAtMs ?? Number.NEGATIVE_INFINITY) + everyMs;
  return Math.max(Math.min(...urgent), allowedMs);
}

/** By the config key, or by the last word of a Patroni that may have been stopped since. */
function isPaused({ mode, patroni }: World): boolean {
  return mode.isPaused || (patroni.kind === "heard" && patroni.state.isPaused);
}

function needsSinceMs({ leader, trouble, postmaster }: World): readonly number[] {
  const isMissing = leader.kind === "missing" && trouble === undefined;
  return [
    ...(postmaster.kind === "gone" ? [postmaster.sinceMs] : []),
    ...(isMissing ? [leader.sinceMs + keyMissingMs] : []),
  ];
}
