/**
 * The two probes of the client, each every 10 ms: an echo and a TCP call, and what became of them.
 *
 * Unlike the probe of the lab tests these may end in silence: each question is told when it is asked,
 * so that one without an answer is known as well. Echoes carry the stamp of the lane, later than the
 * wire by a pipe; calls carry their own.
 */
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { Journal, type Happening } from "../../lab/journal.ts";
import { VIP } from "../../lab/network.ts";
import { LabProcess } from "../../lab/process.ts";

const echo = fileURLToPath(new URL("echo.pl", import.meta.url));
const prober = fileURLToPath(new URL("prober.ts", import.meta.url));

export const callEveryMs = 10;
export const callTimeoutMs = 5_000;

/** An answer takes a millisecond; one that needed a second SYN, or a second ARP, takes a thousand. */
export const lostAfterMs = 500;

const outcome = v.picklist(["answered", "refused", "reset", "closed", "timeout", "unreachable"]);

export type Outcome = v.InferOutput<typeof outcome>;

export type ProbeCall = {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  readonly host: string | undefined;
};

/** `rttMs` is undefined as long as nobody has answered. */
export type Echo = { readonly sentAtMs: number; readonly rttMs: number | undefined };

export type Heard = Happening & { readonly heard: string };

const callLine = v.object({
  startedUs: v.number(),
  endedUs: v.number(),
  outcome,
  host: v.optional(v.string()),
});
const heardLine = v.object({ heard: v.string(), atUs: v.number() });
const proberLine = v.union([callLine, heardLine]);

export class Probes {
  readonly calls = new Journal<ProbeCall & Happening>("calls of the client");
  /** What the connection that is opened at the start has heard. */
  readonly heard = new Journal<Heard>("connection of the client");
  readonly #echoes = new Map<string, Echo>();
  readonly #processes: readonly LabProcess[];

  constructor() {
    const argv = [process.execPath, prober, VIP, String(callEveryMs), String(callTimeoutMs)];
    this.#processes = [
      new LabProcess({ name: "prober", host: "client", argv, onLine: (text) => this.#take(text) }),
      new LabProcess({
        name: "echo",
        host: "client",
        argv: ["perl", echo, VIP],
        onLine: (text, atMs) => this.#takeEcho(text, atMs),
      }),
    ];
  }

  get echoes(): readonly Echo[] {
    return [...this.#echoes.values()].toSorted((one, other) => one.sentAtMs - other.sentAtMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
  }

  #take(text: string): void {
    const line = v.parse(proberLine, JSON.parse(text));
    if ("heard" in line) {
      this.heard.append({ atMs: line.atUs / 1e3, heard: line.heard });
      return;
    }
    const endedAtMs = line.endedUs / 1e3;
    const startedAtMs = line.startedUs / 1e3;
    const { outcome: ending, host } = line;
    this.calls.append({ atMs: endedAtMs, startedAtMs, endedAtMs, outcome: ending, host });
  }

  #takeEcho(text: string, atMs: number): void {
    const [event, sequence = ""] = text.split(" ");
    if (event === "asked") this.#echoes.set(sequence, { sentAtMs: atMs, rttMs: undefined });
    const asked = this.#echoes.get(sequence);
    if (event !== "answered" || asked === undefined) return;
    this.#echoes.set(sequence, { ...asked, rttMs: asked.rttMs ?? atMs - asked.sentAtMs });
  }
}
