/**
 * An observer on the wire: who answers ARP for an address, asked every few milliseconds.
 *
 * Two holders are two MACs that answer the same broadcast, whatever any host believes. The question is
 * asked by programs/asker.pl from a host of its own, `observer`. A holder is seen from its first answer
 * to its last, as long as no more than `GAP_MS` lies between two of them.
 */
import { fileURLToPath } from "node:url";

import { monotonicFromWallMs } from "./clock.ts";
import { addressOf, INTERFACE, macOf, VIP, type HostName } from "./network.ts";
import { LabProcess } from "./process.ts";

const ASKER = fileURLToPath(new URL("programs/asker.pl", import.meta.url));
const PERIOD_MS = 5;
/** Twelve questions without an answer; less could be the asker waiting for a processor. */
const GAP_MS = 60;

export type WireSpan = {
  readonly host: HostName;
  readonly fromMs: number;
  readonly toMs: number;
};

export class Wire {
  readonly spans: WireSpan[] = [];
  readonly process: LabProcess;
  readonly #open = new Map<HostName, WireSpan>();
  readonly #hosts: ReadonlyMap<string, HostName>;

  /** `hosts` are those that may answer; others are called by their MAC. */
  constructor(hosts: readonly HostName[], { observer = "observer", address = VIP } = {}) {
    this.#hosts = new Map(hosts.map((host) => [macOf(host), host]));
    this.process = new LabProcess({
      name: `asker on ${observer}`,
      host: observer,
      argv: ["perl", ASKER, INTERFACE, addressOf(observer), address, String(PERIOD_MS)],
      onLine: (text) => this.#see(text),
    });
  }

  async ready(): Promise<void> {
    await this.process.lines.next("sign that it asks", ({ text }) => text === "asking");
  }

  /** Everything seen so far, spans that still go on included. */
  allSpans(): readonly WireSpan[] {
    return [...this.spans, ...this.#open.values()];
  }

  async close(): Promise<void> {
    await this.process.kill();
  }

  #see(text: string): void {
    const [first = "", last = "", mac = ""] = text.split(" ");
    const host = this.#hosts.get(mac) ?? mac;
    const fromMs = monotonicFromWallMs(Number(first) / 1e3);
    const toMs = monotonicFromWallMs(Number(last) / 1e3);
    const open = this.#open.get(host);
    if (open !== undefined && fromMs - open.toMs <= GAP_MS) {
      this.#open.set(host, { ...open, toMs });
      return;
    }
    if (open !== undefined) this.spans.push(open);
    this.#open.set(host, { host, fromMs, toMs });
  }
}
