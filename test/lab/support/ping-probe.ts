/**
 * Asks the VIP for an echo every 8 ms, and knows which of its questions got no answer. (Of 10 ms
 * `ping` would make 16 on a kernel with 250 ticks a second.)
 *
 * A loss is a sequence number that never came back between two that did. So nothing depends on how
 * `ping` words its complaints, and questions that are still on their way are not counted. The other
 * side of that rule: a span ends with an answer, or it proves nothing, and then it throws.
 */
import assert from "node:assert/strict";

import { monotonicFromWallMs } from "../../../lab/clock.ts";
import { Journal, type Patience } from "../../../lab/journal.ts";
import type { HostName } from "../../../lab/network.ts";
import { LabProcess } from "../../../lab/process.ts";

const EVERY_S = "0.008";
// A machine that is busy asks less often, but a probe that hardly asks proves nothing.
const ASKED_AT_LEAST_EVERY_MS = 50;

export type Echo = { readonly atMs: number; readonly sequence: number };

export type Span = { readonly asked: number; readonly lost: number; readonly silenceMs: number };

export class PingProbe {
  readonly echoes: Journal<Echo>;
  readonly #process: LabProcess;

  constructor(address: string, host: HostName = "client") {
    this.echoes = new Journal(`echoes of ${address}`);
    this.#process = new LabProcess({
      name: `ping ${address}`,
      host,
      argv: ["ping", "-i", EVERY_S, "-n", "-O", "-D", address],
      onLine: (text) => this.#take(text),
    });
  }

  async echo(patience: Patience = {}): Promise<Echo> {
    return await this.echoes.next("echo", undefined, patience);
  }

  // What happened between the last echo before the span and the first one after it.
  async between(fromMs: number, toMs: number): Promise<Span> {
    await this.echo({ sinceMs: toMs, timeoutMs: 10_000 });
    const { entries } = this.echoes;
    const first = entries.findLastIndex(({ atMs }) => atMs <= fromMs);
    const last = entries.findIndex(({ atMs }) => atMs >= toMs);
    const span = entries.slice(Math.max(first, 0), last + 1);
    const sequences = new Set(span.map(({ sequence }) => sequence));
    const asked = Math.max(...sequences) - Math.min(...sequences) + 1;
    assert.ok(asked >= (toMs - fromMs) / ASKED_AT_LEAST_EVERY_MS, `only ${asked} probes were sent`);
    const silences = span.slice(1).map(({ atMs }, index) => atMs - (span[index]?.atMs ?? atMs));
    return { asked, lost: asked - sequences.size, silenceMs: Math.max(0, ...silences) };
  }

  async close(): Promise<void> {
    await this.#process.kill();
  }

  #take(text: string): void {
    const match = /^\[(\d+\.\d+)\] \d+ bytes from .* icmp_seq=(\d+) /u.exec(text);
    if (match === null) return;
    const atMs = monotonicFromWallMs(Number(match[1]) * 1e3);
    this.echoes.append({ atMs, sequence: Number(match[2]) });
  }
}
