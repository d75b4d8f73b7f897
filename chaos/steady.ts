/**
 * Whether all is well: the key names a host, that host alone holds the VIP and serves the client, every
 * process runs, and every local Consul client finds a leader.
 *
 * It has to stay so for a while, since a cluster that is about to have an election looks well too.
 */
import { monotonicMs, sleepMs } from "../lab/clock.ts";
import { holdersOf } from "./evidence-of.ts";
import type { World } from "./world.ts";

const everyMs = 100;
const steadyForMs = 600;
const freshAnswerMs = 400;

/** The time at which it had been well for long enough; undefined when that was not within the time. */
export async function waitSteady(world: World, timeoutMs: number): Promise<number | undefined> {
  const giveUpAtMs = monotonicMs() + timeoutMs;
  let sinceMs: number | undefined;
  while (monotonicMs() < giveUpAtMs) {
    if (whatIsWrong(world) === undefined) sinceMs ??= monotonicMs();
    else sinceMs = undefined;
    if (sinceMs !== undefined && monotonicMs() - sinceMs >= steadyForMs) return monotonicMs();
    await sleepMs(everyMs);
  }
  return undefined;
}

/** Undefined: nothing. */
export function whatIsWrong(world: World): string | undefined {
  const nowMs = monotonicMs();
  const owner = world.key.owner;
  if (owner === undefined) return "there is no leader key";
  for (const [host, { agent, keeper }] of world.actors) {
    if (!agent.process.isRunning) return `the agent of ${host} does not run`;
    if (!keeper.process.isRunning) return `the lock keeper of ${host} does not run`;
  }
  for (const [host, probe] of world.probes) {
    const isBlind = probe.spansUntil(nowMs).some(({ toMs }) => nowMs - toMs < freshAnswerMs);
    if (isBlind) return `the Consul client of ${host} gives no consistent answer`;
  }
  const holders = holdersOf(world);
  if (holders.join() !== owner) {
    return `the key names ${owner}, the VIP is on ${holders.join(" and ") || "no host"}`;
  }
  const last = world.client.calls.entries.at(-1);
  if (last?.outcome !== "answered" || last.host !== owner || nowMs - last.atMs > freshAnswerMs) {
    return `the client has no answer of ${owner}, its last call: ${JSON.stringify(last)}`;
  }
  return undefined;
}
