/**
 * How long two hosts may hold the VIP at the worst, and what an agent has to survive: the numbers
 * that the judges measure with, and where they come from.
 *
 * They are written down anew here and not imported from the agent: a judge does not take the word of
 * the accused.
 *
 * Whose hold is too long? That of a host which the key does not name. From the moment at which the
 * key names it no longer, its agent can be in one of these ways:
 *
 *   live     runs and hears Consul. It is told by a blocking query within milliseconds and needs some
 *            more for the release: `liveMs`, nearly all of it for a machine that runs a dozen hosts on
 *            two cores.
 *   dead     killed, stopped or frozen. Nobody refreshes the address, so the kernel removes it a
 *            lifetime after the last refresh, which is not later than the agent's last breath:
 *            `lifetimeMs` from then, and `kernelGrainMs`, since the kernel looks for expired addresses
 *            in steps (0.4 s late at most where it was measured).
 *   blind    runs and gets no answer from Consul. It holds for the lease, counted from the sending of
 *            its last good question. By expiry the key cannot go to another within that time; that is
 *            how the lease is made. What can move the key is a leader that gives it away while its own
 *            host's agent cannot read it: a switchover while only the agent's token is refused. So
 *            `leaseMs` bounds it, and in every other blindness the overlap is nil.
 *   by hand  somebody adds the VIP on a host that the key does not name. Its agent, if live, removes
 *            it at the kernel's notice: `liveMs`. With a dead agent no bound can hold: nobody is there
 *            who could know, and an address added by hand lives for ever. That case is not injected:
 *            a schedule adds by hand only where the agent is left alone.
 *
 * An agent that was started anew is as dead as before until it has read the key, for `startMs`; one
 * whose question was under way when Consul fell silent may stay blind until that question's own
 * deadline, `hangMs` after Consul is back. Neither moves a bound, which counts from the beginning.
 *
 * Where several apply (an agent that is blind and is then killed), the latest counts. An agent that
 * comes back, thawed or started anew, is live from then on, but its time began when it went.
 *
 * The other promise, not down without need: what the agent must survive while its host stays the owner.
 *
 *   - a death of the agent shorter than `deathSurvivedMs`. A refresh is due when a third of the
 *     lifetime has gone, so at least 3.3 s are left at any moment; 1.3 s of it are for the start.
 *   - a silence of Consul that leaves the lease of the newest answer alive: the lease less the lead
 *     with which it ends (1.5 s), and less `answerAgeMs`, which is how old the newest answer may be when
 *     the silence begins, and noise: 10 s at 30/10/10, 2 s at 20/5/5. What is lost sooner is lost without
 *     need until then, even where the silence goes on.
 *   - a missing key, while Consul answers, for 2 × loop_wait less the same lead and half a second.
 *   - everything that happens to other hosts.
 */
import type { Timings } from "./evidence.ts";

export const liveMs = 500;
export const lifetimeMs = 5_000;
export const kernelGrainMs = 400;
export const deathSurvivedMs = 2_000;

/** Removed by hand, it must be back after this long. */
export const returnMs = 1_000;

/** The agent acts on news that reaches the judges' own watch of the key a little later. */
export const sightSlackMs = 300;

export const startMs = 2_000;
export const hangMs = 5_000;

const marginMs = 4_000;
const leadMs = 1_500;
const shortestUsefulMs = 8_000;
const answerAgeMs = 4_500;
const noiseMs = 500;

export const deadMs = lifetimeMs + kernelGrainMs;

/** The lease of reference A.5: as long as it is useful, as short as it must be to be safe. */
export function leaseMs({ ttlS, loopWaitS, retryTimeoutS }: Timings): number {
  const usefulMs = Math.max(shortestUsefulMs, (loopWaitS + retryTimeoutS) * 1_000 - marginMs);
  return Math.min((ttlS - loopWaitS) * 1_000 - marginMs, usefulMs);
}

/** A silence of Consul of this length must not cost the VIP. */
export function silenceSurvivedMs(timings: Timings): number {
  return leaseMs(timings) - leadMs - answerAgeMs;
}

/** A missing key must not cost the VIP for this long, while Consul answers. */
export function gapSurvivedMs({ loopWaitS }: Timings): number {
  return loopWaitS * 2_000 - leadMs - noiseMs;
}
