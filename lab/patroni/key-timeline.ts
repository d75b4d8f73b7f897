/**
 * What became of the leader key, from outside: who had it from when on, and when nobody did.
 *
 * One blocking query after the other at a Consul server. A stamp is the moment at which the answer
 * came, a millisecond or two after the commit. Two changes within that time are seen as one, so a gap
 * that is shorter may be missing; a new term of the same member is still told by its index.
 */
import * as v from "valibot";

import { monotonicMs, sleepMs } from "../clock.ts";
import type { ConsulNode } from "../consul-node.ts";
import { Journal, type Happening } from "../journal.ts";
import { LEADER_KEY } from "../leader-key.ts";

const WAIT_S = 5;
/** The server adds up to a sixteenth to the wait. */
const ANSWER_DEADLINE_MS = 7_000;
const PAUSE_MS = 50;

const entries = v.array(
  v.object({ Value: v.string(), Session: v.optional(v.string()), CreateIndex: v.number() }),
);

export type KeyEvent = Happening & {
  /** Undefined while there is no key. */
  readonly member: string | undefined;
  readonly session: string | undefined;
  readonly createIndex: number | undefined;
};

export class KeyTimeline {
  readonly events = new Journal<KeyEvent>("leader key");
  readonly #servers: readonly ConsulNode[];
  #isClosed = false;

  constructor(servers: readonly ConsulNode[]) {
    this.#servers = servers;
    void this.#watch();
  }

  /** What was last seen of it. */
  get now(): KeyEvent | undefined {
    return this.events.entries.at(-1);
  }

  async taken(member: string, sinceMs: number, timeoutMs = 60_000): Promise<KeyEvent> {
    const matches = (seen: KeyEvent): boolean => seen.member === member;
    return await this.events.next(`key of ${member}`, matches, { sinceMs, timeoutMs });
  }

  async missing(sinceMs: number, timeoutMs = 60_000): Promise<KeyEvent> {
    const matches = (seen: KeyEvent): boolean => seen.member === undefined;
    return await this.events.next("missing key", matches, { sinceMs, timeoutMs });
  }

  /** How long nobody had the key between these moments, all gaps together. */
  missingMs(fromMs: number, toMs: number): number {
    const events = this.events.entries;
    return events.reduce((sum, { atMs, member }, index) => {
      if (member !== undefined) return sum;
      const endMs = events[index + 1]?.atMs ?? Infinity;
      return sum + Math.max(0, Math.min(endMs, toMs) - Math.max(atMs, fromMs));
    }, 0);
  }

  /** The question under way ends with the server that it was put to. */
  close(): void {
    this.#isClosed = true;
  }

  async #watch(): Promise<void> {
    let index = 0;
    for (let turn = 0; !this.#isClosed;) {
      const seen = await this.#ask(turn, index).catch(() => undefined);
      if (seen === undefined) {
        turn += 1;
        index = 0;
        await sleepMs(PAUSE_MS);
        continue;
      }
      index = seen.index;
      const { member, createIndex } = this.now ?? {};
      const isFirst = this.now === undefined;
      if (isFirst || member !== seen.event.member || createIndex !== seen.event.createIndex) {
        this.events.append(seen.event);
      }
    }
  }

  async #ask(turn: number, index: number): Promise<{ event: KeyEvent; index: number }> {
    const server = this.#servers[turn % this.#servers.length];
    if (server === undefined) throw new Error("a key timeline needs a Consul server");
    const path = `kv/${LEADER_KEY}?index=${index}&wait=${WAIT_S}s`;
    const answer = await server.call(path, { timeoutMs: ANSWER_DEADLINE_MS });
    const atMs = monotonicMs();
    if (answer.status === 404) {
      const nobody = { member: undefined, session: undefined, createIndex: undefined };
      return { index: answer.index, event: { atMs, ...nobody } };
    }
    if (answer.status !== 200) throw new Error(`Consul: ${answer.status} ${answer.body}`);
    const [entry] = v.parse(entries, JSON.parse(answer.body));
    const member = Buffer.from(entry?.Value ?? "", "base64").toString();
    const event = { atMs, member, session: entry?.Session, createIndex: entry?.CreateIndex };
    return { index: answer.index, event };
  }
}
