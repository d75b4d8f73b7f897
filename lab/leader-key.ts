/**
 * What Patroni does to the leader key, and nothing else of Patroni.
 *
 * Each member has a session (delay 0.001 s, behaviour delete, no checks) that is renewed in time,
 * and takes the key by `acquire`. A switchover is: the old leader deletes the key, comparing its
 * index; some milliseconds later the new one acquires it. A gap of 0 does both in one transaction,
 * so that there is no moment without a key. Each commit carries when it was sent and when Consul's
 * answer came; the truth lies in between, close to the answer.
 */
import { setTimeout as delay } from "node:timers/promises";

import * as v from "valibot";

import { createdSession, type ConsulAnswer, type ConsulApi } from "./consul-node.ts";

// Consul keeps a session for up to twice its TTL, so Patroni asks for half of its own 30 s.
const SESSION_TTL_S = 15;
const RENEW_EVERY_MS = 5_000;

export type Commit = { readonly sentAtMs: number; readonly answeredAtMs: number };

export type Move = {
  /** Undefined when there was no key before. */
  readonly deleted: Commit | undefined;
  readonly acquired: Commit;
};

const keyEntry = v.object({
  Value: v.nullable(v.string()),
  Session: v.optional(v.string()),
  CreateIndex: v.number(),
  ModifyIndex: v.number(),
});

export type KeyEntry = v.InferOutput<typeof keyEntry>;

/** Of the reference cluster: namespace `/db/`, scope `test`. */
export const LEADER_KEY = "db/test/leader";

export class LeaderKey {
  readonly path: string;
  readonly #consul: ConsulApi;
  readonly #sessions = new Map<string, { readonly id: string; readonly timer: NodeJS.Timeout }>();

  constructor(consul: ConsulApi, path = LEADER_KEY) {
    this.#consul = consul;
    this.path = path;
  }

  /** The member's session, created when it has none yet. */
  async session(member: string): Promise<string> {
    const present = this.#sessions.get(member);
    if (present !== undefined) return present.id;
    const session = {
      Name: member,
      TTL: `${SESSION_TTL_S}s`,
      LockDelay: "0.001s",
      Behavior: "delete",
      Checks: [],
    };
    const answer = await this.#put("session/create", JSON.stringify(session));
    const { ID: id } = v.parse(createdSession, JSON.parse(answer.body));
    const timer = setInterval(() => void this.#renew(id), RENEW_EVERY_MS);
    timer.unref();
    this.#sessions.set(member, { id, timer });
    return id;
  }

  // The member's Patroni no longer renews: Consul ends the session after one to two TTLs.
  forgetSession(member: string): void {
    clearInterval(this.#sessions.get(member)?.timer);
    this.#sessions.delete(member);
  }

  /** Consul ends the session at once, and with it the key that it holds. */
  async destroySession(member: string): Promise<Commit> {
    const id = await this.session(member);
    this.forgetSession(member);
    return commitOf(await this.#put(`session/destroy/${id}`));
  }

  async acquire(member: string): Promise<Commit> {
    const id = await this.session(member);
    const answer = await this.#put(`kv/${this.path}?acquire=${id}`, member);
    if (answer.body.trim() !== "true") throw new Error(`${member} did not get ${this.path}`);
    return commitOf(answer);
  }

  /** Deletes the key as a leader does that steps down: only if nobody changed it meanwhile. */
  async delete(): Promise<Commit> {
    const entry = await this.read();
    if (entry === undefined) throw new Error(`${this.path} is not there`);
    const path = `kv/${this.path}?cas=${entry.ModifyIndex}`;
    const answer = await this.#consul.call(path, { method: "DELETE" });
    if (answer.body.trim() !== "true") throw new Error(`${this.path} changed meanwhile`);
    return commitOf(answer);
  }

  /**
   * From whoever holds the key to this member. Everything that is not the move itself (sessions,
   * the index) is asked beforehand, so that the gap is the one asked for.
   */
  async move(to: string, { gapMs = 15 } = {}): Promise<Move> {
    const id = await this.session(to);
    const entry = await this.read();
    if (entry === undefined) return { deleted: undefined, acquired: await this.acquire(to) };
    if (gapMs === 0) return await this.#moveAtOnce(to, { id, index: entry.ModifyIndex });
    const path = `kv/${this.path}?cas=${entry.ModifyIndex}`;
    const answer = await this.#consul.call(path, { method: "DELETE" });
    if (answer.body.trim() !== "true") throw new Error(`${this.path} changed meanwhile`);
    await delay(gapMs);
    return { deleted: commitOf(answer), acquired: await this.acquire(to) };
  }

  async read(): Promise<KeyEntry | undefined> {
    const answer = await this.#consul.call(`kv/${this.path}?consistent`);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`Consul: ${answer.status} ${answer.body}`);
    return v.parse(v.array(keyEntry), JSON.parse(answer.body))[0];
  }

  /** Who the key names, if it is there. */
  async holder(): Promise<string | undefined> {
    const entry = await this.read();
    return entry && Buffer.from(entry.Value ?? "", "base64").toString();
  }

  /** A value without a session, as written by hand: not ownership. */
  async writePlain(value: string): Promise<Commit> {
    return commitOf(await this.#put(`kv/${this.path}`, value));
  }

  /** Deletes whatever is there, whoever holds it. */
  async remove(): Promise<Commit> {
    return commitOf(await this.#consul.call(`kv/${this.path}`, { method: "DELETE" }));
  }

  /** Another key of the cluster beside the leader's, for instance `config`. */
  async writeSibling(name: string, value: unknown): Promise<Commit> {
    const path = this.path.replace(/[^/]*$/u, name);
    const body = typeof value === "string" ? value : JSON.stringify(value);
    return commitOf(await this.#put(`kv/${path}`, body));
  }

  close(): void {
    for (const member of this.#sessions.keys()) this.forgetSession(member);
  }

  async #moveAtOnce(to: string, { id, index }: { id: string; index: number }): Promise<Move> {
    const Value = Buffer.from(to).toString("base64");
    const operations = [
      { KV: { Verb: "delete-cas", Key: this.path, Index: index } },
      { KV: { Verb: "lock", Key: this.path, Value, Session: id } },
    ];
    const commit = commitOf(await this.#put("txn", JSON.stringify(operations)));
    return { deleted: commit, acquired: commit };
  }

  async #put(path: string, body = ""): Promise<ConsulAnswer> {
    const answer = await this.#consul.call(path, { method: "PUT", body });
    if (answer.status === 200) return answer;
    throw new Error(`Consul: ${path}: ${answer.status} ${answer.body}`);
  }

  async #renew(id: string): Promise<void> {
    try {
      await this.#put(`session/renew/${id}`);
    } catch {
      // Consul is stopped or frozen on purpose; Patroni would try again as well.
    }
  }
}

function commitOf({ sentAtMs, answeredAtMs }: ConsulAnswer): Commit {
  return { sentAtMs, answeredAtMs };
}
