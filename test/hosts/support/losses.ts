/**
 * What a client of the VIP loses while something is done to the service: echoes, and calls.
 *
 * Both are asked every 10 ms. A call that needed a second SYN took a second, and counts as lost.
 */
import type { Client } from "../../../lab/client.ts";
import { monotonicMs, sleepMs, waitUntil } from "../../../lab/clock.ts";
import { WIDE_MS } from "../../lab/support/stage.ts";
import { HOST, type HostStage } from "./stage.ts";

const LOST_AFTER_MS = 500;

export type Losses = { readonly echoes: number; readonly calls: number };

export type Counted = Losses & {
  readonly lost: Losses;
  /** In one line, for the record. */
  readonly text: string;
};

/** Does it, goes on asking for some time afterwards, and counts. */
export async function countLosses(
  stage: HostStage,
  what: () => Promise<unknown>,
  { afterwardsMs }: { readonly afterwardsMs: number },
): Promise<Counted> {
  const ping = stage.ping();
  const client = stage.caller();
  await Promise.all([ping.echo(), client.answerFrom(HOST, { timeoutMs: WIDE_MS })]);
  const fromMs = monotonicMs();
  await what();
  const toMs = monotonicMs() + afterwardsMs;
  await sleepMs(toMs - monotonicMs());
  const { asked, lost: echoes } = await ping.between(fromMs, toMs);
  const calls = await callsBetween(client, fromMs, toMs);
  const text = `${echoes} of ${asked} echoes, ${calls.lost} of ${calls.made} calls lost`;
  return { echoes: asked, calls: calls.made, lost: { echoes, calls: calls.lost }, text };
}

async function callsBetween(client: Client, fromMs: number, toMs: number) {
  await waitUntil("a call after the span", () => (client.calls.entries.at(-1)?.atMs ?? 0) > toMs, {
    timeoutMs: WIDE_MS,
  });
  const calls = client.calls.between(fromMs, toMs);
  const lost = calls.filter(({ outcome, startedAtMs, atMs }) => {
    return outcome !== "answered" || atMs - startedAtMs > LOST_AFTER_MS;
  });
  return { made: calls.length, lost: lost.length };
}
