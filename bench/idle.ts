/**
 * What a candidate costs while nothing happens: memory, processor time, questions to Consul.
 *
 * Measured on the host that holds the VIP, which has more to do than the other, after a while in
 * which the start has been paid for.
 */
import { sleepMs } from "../lab/clock.ts";
import { watchConsulQuestions } from "./packets.ts";
import { type Family, familyOf } from "./processes.ts";
import type { Cast } from "./stage.ts";

/** The start's own work is over by then, and the garbage collections that tidy up behind it as well. */
const warmUpMs = 20_000;

export type Idle = {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly questionsPerMinute: number;
  readonly family: Family;
};

export async function measureIdle(cast: Cast, seconds: number): Promise<Idle> {
  const { host, pid } = cast.agents[cast.leader];
  await cast.client.close();
  await sleepMs(warmUpMs);
  const questions = await watchConsulQuestions(host);
  const before = await familyOf(pid);
  await sleepMs(seconds * 1_000);
  const after = await familyOf(pid);
  await questions.close();
  return {
    seconds,
    cpuMs: after.cpuMs - before.cpuMs,
    questionsPerMinute: (questions.packets.entries.length * 60) / seconds,
    family: after,
  };
}
