/**
 * The client of a database: it writes all the time and knows how each write ended and which host took
 * it. What it does is told in programs/writer.py.
 *
 * There are two of them. One writes through the VIP, one write after the other, as a worker of an
 * application does: a connection that meets silence costs it a second, and that second is part of what it
 * lost. The other knows the hosts' own addresses and is a measure of what Patroni alone costs: once the
 * host that it writes to fails, it asks each of them as often as the first one asks the VIP. Where a test
 * knows who is to lead next, it says so, and a host that is neither is spared: two standbys that are asked
 * a hundred times a second take half of a machine with two processors, and from whoever is measured.
 */
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { DATABASE_HOSTS } from "../consul-cluster.ts";
import { Journal, type Happening, type Patience } from "../journal.ts";
import { addressOf, VIP, type HostName } from "../network.ts";
import { LabProcess } from "../process.ts";
import { longestOutage, type Outage } from "./outage.ts";

const PROGRAM = fileURLToPath(new URL("../programs/writer.py", import.meta.url));

const attemptLine = v.object({
  attempt: v.number(),
  startedUs: v.number(),
  endedUs: v.number(),
  outcome: v.string(),
  host: v.string(),
  pid: v.number(),
  ranUs: v.number(),
  isSent: v.boolean(),
  code: v.string(),
});

export type Write = Happening & {
  readonly attempt: number;
  readonly startedAtMs: number;
  /** `committed`, or why not: refused, reset, closed, timeout, unreachable, rejected, read-only. */
  readonly outcome: string;
  /** Who took it, and the process that did; undefined unless it is committed. */
  readonly host: HostName | undefined;
  readonly pid: number | undefined;
  /** When that process ran the statement; undefined unless it is committed. */
  readonly ranAtMs: number | undefined;
  /** Whether the statement was on its way: if it failed then, nobody knows whether it was committed. */
  readonly isSent: boolean;
  /** The SQLSTATE of a refusal by PostgreSQL. */
  readonly code: string;
};

export type WriterOptions = {
  /** Left out: `vip` through the VIP, `direct` to the hosts' own addresses. */
  readonly route: "vip" | "direct";
  readonly host?: HostName;
  readonly paceMs?: number;
  readonly connectTimeoutMs?: number;
};

let count = 0;

export class Writer {
  /** Of its rows in the table `writes`. */
  readonly name: string;
  readonly writes: Journal<Write>;
  readonly process: LabProcess;
  #isClosed = false;

  constructor(python: string, options: WriterOptions) {
    const { route, host = "client", paceMs = 10, connectTimeoutMs = 5_000 } = options;
    count += 1;
    this.name = `${route}-${count}`;
    this.writes = new Journal(`writes of ${this.name}`);
    const addresses = route === "vip" ? [VIP] : DATABASE_HOSTS.map(addressOf);
    const numbers = [paceMs, connectTimeoutMs].map(String);
    this.process = new LabProcess({
      name: `writer ${this.name} on ${host}`,
      host,
      argv: [python, PROGRAM, this.name, addresses.join(","), ...numbers],
      isListening: true,
      onLine: (text) => this.writes.append(parse(text)),
    });
  }

  /** Where its host fails within the next five seconds, it asks only that one and this one. */
  expect(host: HostName): void {
    this.process.write(addressOf(host));
  }

  /** The first commit by this host, or by any. */
  async commit(host?: HostName, patience: Patience = {}): Promise<Write> {
    const what = host === undefined ? "commit" : `commit by ${host}`;
    const matches = (write: Write): boolean =>
      write.outcome === "committed" && (host === undefined || write.host === host);
    return await this.writes.next(what, matches, patience);
  }

  committed(): readonly Write[] {
    return this.writes.entries.filter(({ outcome }) => outcome === "committed");
  }

  /** The longest one between two moments. */
  outage(fromMs: number, toMs: number): Outage {
    this.#assertAlive();
    return longestOutage(this.committed(), fromMs, toMs);
  }

  /** How long the slowest attempt took that was under way between these moments, however it ended. */
  slowestAttemptMs(fromMs: number, toMs: number): number {
    const touched = this.writes.entries.filter(
      ({ startedAtMs, atMs }) => atMs >= fromMs && startedAtMs <= toMs,
    );
    return Math.max(0, ...touched.map(({ startedAtMs, atMs }) => atMs - startedAtMs));
  }

  outcomesBetween(fromMs: number, toMs: number): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { outcome, code } of this.writes.between(fromMs, toMs)) {
      const word = code === "" ? outcome : `${outcome} ${code}`;
      counts[word] = (counts[word] ?? 0) + 1;
    }
    return counts;
  }

  /** The commits of one host that ended after a moment. */
  commitsBy(host: HostName, sinceMs: number): readonly Write[] {
    return this.committed().filter((write) => write.host === host && write.atMs > sinceMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.process.kill();
  }

  /** A client that has died would look like an outage. */
  #assertAlive(): void {
    if (this.#isClosed || this.process.isRunning) return;
    const said = this.process.lines.entries.map(({ text }) => text).join("\n");
    throw new Error(`${this.process.name} ended by itself: ${said}`);
  }
}

function parse(text: string): Write {
  const line = v.parse(attemptLine, JSON.parse(text));
  const isCommitted = line.outcome === "committed";
  return {
    atMs: line.endedUs / 1e3,
    startedAtMs: line.startedUs / 1e3,
    attempt: line.attempt,
    outcome: line.outcome,
    host: isCommitted ? line.host : undefined,
    pid: isCommitted ? line.pid : undefined,
    ranAtMs: isCommitted ? line.ranUs / 1e3 : undefined,
    isSent: line.isSent,
    code: line.code,
  };
}
