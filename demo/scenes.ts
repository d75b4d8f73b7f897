/**
 * The four scenes of the demo, in the order of the story.
 *
 * A first leader, two switchovers, an agent that is killed while its host stays leader, and one
 * that is stopped as an operator would. Each scene says what it does, lets the observers tell what
 * happened, and returns its numbers for the table at the end.
 */
import { monotonicMs, sleepMs } from "../lab/clock.ts";
import type { LabAgent } from "../lab/agent.ts";
import type { Outcome } from "../lab/client.ts";
import type { HostName } from "../lab/network.ts";
import {
  isAddition,
  isRemoval,
  moveTo,
  startAgent,
  type Cluster,
  type MoveResult,
} from "./cluster.ts";

// The kernel lifetime of the VIP is five seconds; it checks lifetimes in steps of a fraction.
const EXPIRED_WITHIN_MS = 7_000;
// Long enough to see what clients get after a release, shorter than the guard.
const AFTER_RELEASE_MS = 1_500;

export type KillResult = { readonly removedMs: number; readonly backMs: number };

export type StopResult = {
  readonly releasedMs: number;
  readonly outcomes: ReadonlyMap<Outcome, number>;
};

export async function firstLeader(cluster: Cluster): Promise<MoveResult> {
  await cluster.timeline.heading("1  A first leader: test-db1 takes the key");
  const result = await moveTo(cluster, "db1");
  await sleepMs(1_000);
  return result;
}

export async function switchovers(cluster: Cluster): Promise<readonly MoveResult[]> {
  const results: MoveResult[] = [];
  for (const [from, to] of [
    ["db1", "db2"],
    ["db2", "db3"],
  ] as const) {
    await cluster.timeline.heading(
      `2  A switchover from ${from} to ${to}: the key is gone for about 15 ms`,
    );
    results.push(await moveTo(cluster, to));
    await sleepMs(1_500);
  }
  return results;
}

export async function killedAgent(cluster: Cluster, host: HostName): Promise<KillResult> {
  const { timeline, lab, agents, addresses, client } = cluster;
  await timeline.heading(`3  The agent on ${host} is killed (SIGKILL); ${host} stays the leader`);
  const killedAtMs = monotonicMs();
  timeline.now("SIGKILL: nothing refreshes the VIP any more", { tone: "bad", isZero: true });
  await agentOn(cluster, host).kill();
  const { events } = addresses.get(host)!;
  const removed = await events.next(`removal of the VIP`, isRemoval, {
    sinceMs: killedAtMs,
    timeoutMs: EXPIRED_WITHIN_MS,
  });
  await sleepMs(500);
  const startedAtMs = monotonicMs();
  timeline.now("the agent is started again", { isZero: true });
  agents.set(host, await startAgent(lab, host));
  const back = await events.next("VIP is back", isAddition, {
    sinceMs: startedAtMs,
  });
  const answer = await client.answerFrom(host, { sinceMs: back.atMs, timeoutMs: 10_000 });
  timeline.add({ atMs: answer.atMs, text: `the client has an answer from ${host}`, tone: "good" });
  await sleepMs(1_000);
  return { removedMs: removed.atMs - killedAtMs, backMs: back.atMs - startedAtMs };
}

export async function stoppedAgent(cluster: Cluster, host: HostName): Promise<StopResult> {
  const { timeline, addresses, client } = cluster;
  await timeline.heading(`4  The agent on ${host} is stopped (SIGTERM)`);
  const stoppedAtMs = monotonicMs();
  timeline.now("SIGTERM: release first, then end", { isZero: true });
  const ended = agentOn(cluster, host).term();
  const { events } = addresses.get(host)!;
  const released = await events.next(`release of the VIP`, isRemoval, {
    sinceMs: stoppedAtMs,
  });
  const exit = await ended;
  timeline.add({ atMs: exit.atMs, text: `the agent ends with exit code ${exit.code}` });
  await sleepMs(AFTER_RELEASE_MS);
  const outcomes = client.outcomesBetween(released.atMs, monotonicMs());
  const resets = countResets(outcomes);
  timeline.now(
    `${resets} calls of the client met a reset at once, ${countSilent(outcomes)} met silence`,
    {
      tone: "good",
    },
  );
  return { releasedMs: released.atMs - stoppedAtMs, outcomes };
}

export function countResets(outcomes: ReadonlyMap<Outcome, number>): number {
  return (outcomes.get("refused") ?? 0) + (outcomes.get("reset") ?? 0);
}

export function countSilent(outcomes: ReadonlyMap<Outcome, number>): number {
  return (outcomes.get("timeout") ?? 0) + (outcomes.get("unreachable") ?? 0);
}

function agentOn({ agents }: Cluster, host: HostName): LabAgent {
  const agent = agents.get(host);
  if (agent === undefined) throw new Error(`there is no agent on ${host}`);
  return agent;
}
