/**
 * The client of the lab: it calls the VIP all the time and knows how each call ended.
 *
 * From its journal come the two numbers a user feels: how long it was without an answer around a
 * move, and when the first answer of the new host came. What it does is told in programs/caller.ts.
 */
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { Journal, type Patience } from "./journal.ts";
import { VIP, type HostName } from "./network.ts";
import { LabProcess } from "./process.ts";

const PROGRAM = fileURLToPath(new URL("programs/caller.ts", import.meta.url));

const callLine = v.object({
  startedUs: v.number(),
  endedUs: v.number(),
  outcome: v.picklist(["answered", "refused", "reset", "closed", "timeout", "unreachable"]),
  host: v.optional(v.string()),
});

export type Outcome = v.InferOutput<typeof callLine>["outcome"];

export type Call = {
  /** When it ended: answers count from the moment at which the client has them. */
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly outcome: Outcome;
  readonly host: HostName | undefined;
};

export type ClientOptions = {
  readonly host?: HostName;
  readonly address?: string;
  readonly pauseMs?: number;
  readonly timeoutMs?: number;
};

export class Client {
  readonly calls: Journal<Call>;
  readonly process: LabProcess;

  constructor({
    host = "client",
    address = VIP,
    pauseMs = 2,
    timeoutMs = 5_000,
  }: ClientOptions = {}) {
    this.calls = new Journal(`calls of ${host}`);
    this.process = new LabProcess({
      name: `caller on ${host}`,
      host,
      argv: [process.execPath, PROGRAM, address, String(pauseMs), String(timeoutMs)],
      onLine: (text) => this.calls.append(parse(text)),
    });
  }

  /** The first call that a host answered and that ended after `sinceMs`. */
  async answerFrom(host: HostName, patience: Patience = {}): Promise<Call> {
    return await this.calls.next(`answer from ${host}`, (call) => call.host === host, patience);
  }

  // The longest time between two answers, whoever gave them. The span is widened to the answers
  // just outside of it, so that a silence that began before or ended after it counts in full.
  longestSilenceMs(fromMs: number, toMs: number): number {
    const answers = this.calls.entries.filter(({ outcome }) => outcome === "answered");
    const first = answers.findLastIndex(({ atMs }) => atMs <= fromMs);
    const end = answers.findIndex(({ atMs }) => atMs >= toMs);
    const span = answers.slice(Math.max(first, 0), end === -1 ? undefined : end + 1);
    const gaps = span.slice(1).map(({ atMs }, index) => atMs - (span[index]?.atMs ?? atMs));
    return Math.max(0, ...gaps);
  }

  outcomesBetween(fromMs: number, toMs: number): ReadonlyMap<Outcome, number> {
    const counts = new Map<Outcome, number>();
    for (const { outcome } of this.calls.between(fromMs, toMs)) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    return counts;
  }

  async close(): Promise<void> {
    await this.process.kill();
  }
}

function parse(text: string): Call {
  const { startedUs, endedUs, outcome, host } = v.parse(callLine, JSON.parse(text));
  return { atMs: endedUs / 1e3, startedAtMs: startedUs / 1e3, outcome, host };
}
