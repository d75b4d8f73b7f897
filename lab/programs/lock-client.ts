/**
 * What Patroni asks of Consul for its lock, asked as Patroni asks it (patroni/dcs/consul.py).
 *
 * One try may take a third of retry_timeout, all tries of one operation together retry_timeout; then
 * the operation has failed, and with it the DCS. Reads are of consistency `default`, as Patroni's.
 * A session has half of Patroni's ttl, since Consul ends it after twice its own, no lock-delay worth
 * the name, no checks, and takes its keys along.
 */
import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import * as v from "valibot";

export type LockTimings = {
  readonly ttlS: number;
  readonly loopWaitS: number;
  readonly retryTimeoutS: number;
};

export type LockEntry = {
  readonly member: string;
  readonly session: string | undefined;
  readonly modifyIndex: number;
};

export type ClusterView = {
  readonly leader: LockEntry | undefined;
  readonly timings: LockTimings;
};

type Answer = { readonly status: number; readonly body: string };

type Call = {
  readonly method?: "GET" | "PUT" | "DELETE";
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

const PREFIX = "db/test/";
const DEFAULT_TIMINGS: LockTimings = { ttlS: 30, loopWaitS: 10, retryTimeoutS: 10 };

const pauseMs = 100;

const entries = v.array(
  v.object({
    Key: v.string(),
    Value: v.nullable(v.string()),
    Session: v.optional(v.string()),
    ModifyIndex: v.number(),
  }),
);

const config = v.object({ ttl: v.number(), loop_wait: v.number(), retry_timeout: v.number() });

export class LockClient {
  timings = DEFAULT_TIMINGS;
  readonly #endpoint: string;
  readonly #token: string;

  constructor(endpoint: string, token: string) {
    this.#endpoint = endpoint;
    this.#token = token;
  }

  /** Leader and timings by one question for all keys of the cluster. */
  async read(): Promise<ClusterView> {
    const { status, body } = await this.#operate(`kv/${PREFIX}?recurse`, {}, [200, 404]);
    const list = status === 404 ? [] : v.parse(entries, JSON.parse(body));
    const textOf = (name: string): string | undefined => {
      const found = list.find(({ Key }) => Key === `${PREFIX}${name}`);
      return found && Buffer.from(found.Value ?? "", "base64").toString();
    };
    const written = textOf("config");
    if (written !== undefined) {
      const { ttl, loop_wait, retry_timeout } = v.parse(config, JSON.parse(written));
      this.timings = { ttlS: ttl, loopWaitS: loop_wait, retryTimeoutS: retry_timeout };
    }
    const entry = list.find(({ Key }) => Key === `${PREFIX}leader`);
    const leader = entry && {
      member: textOf("leader") ?? "",
      session: entry.Session,
      modifyIndex: entry.ModifyIndex,
    };
    return { leader, timings: this.timings };
  }

  async createSession(member: string): Promise<string> {
    const body = JSON.stringify({
      Name: `test-${member}`,
      TTL: `${this.timings.ttlS / 2}s`,
      LockDelay: "0.001s",
      Behavior: "delete",
      Checks: [],
    });
    const answer = await this.#operate("session/create", { method: "PUT", body }, [200]);
    return v.parse(v.object({ ID: v.string() }), JSON.parse(answer.body)).ID;
  }

  /** Whether the session still lived. */
  async renewSession(id: string): Promise<boolean> {
    const answer = await this.#operate(`session/renew/${id}`, { method: "PUT" }, [200, 404]);
    return answer.status === 200;
  }

  /** Whether the key was free. */
  async acquire(member: string, session: string): Promise<boolean> {
    const path = `kv/${PREFIX}leader?acquire=${session}`;
    // An invalid session is an answer too (500); Patroni counts it as a lock that was not obtained.
    const answer = await this.#operate(path, { method: "PUT", body: member }, [200, 500]);
    return answer.status === 200 && answer.body.trim() === "true";
  }

  /** Deletes the key unless somebody has changed it meanwhile. */
  async delete({ modifyIndex }: LockEntry): Promise<boolean> {
    const path = `kv/${PREFIX}leader?cas=${modifyIndex}`;
    return (await this.#operate(path, { method: "DELETE" }, [200])).body.trim() === "true";
  }

  /** Comes back when the key has changed, the time is over or the wait is aborted; never fails. */
  async waitForChange({ modifyIndex }: LockEntry, waitMs: number, signal: AbortSignal) {
    const path = `kv/${PREFIX}leader?index=${modifyIndex}&wait=${Math.round(waitMs)}ms`;
    const timeoutMs = waitMs + Math.max(waitMs / 15, 1_000);
    await this.#call(path, { timeoutMs, signal }).catch(() => undefined);
  }

  async #operate(
    path: string,
    call: Omit<Call, "timeoutMs">,
    expected: readonly number[],
  ): Promise<Answer> {
    const giveUpAtMs = performance.now() + this.timings.retryTimeoutS * 1_000;
    const timeoutMs = (this.timings.retryTimeoutS * 1_000) / 3;
    for (;;) {
      const answer = await this.#call(path, { ...call, timeoutMs }).catch(asFailure);
      if (expected.includes(answer.status)) return answer;
      if (performance.now() + pauseMs > giveUpAtMs) {
        throw new Error(`${path}: expected ${expected.join(" or ")}, got ${answer.status}`);
      }
      await delay(pauseMs);
    }
  }

  async #call(path: string, { method = "GET", body, timeoutMs, signal }: Call): Promise<Answer> {
    const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
    const response = await request(`${this.#endpoint}/v1/${path}`, {
      method,
      body: body ?? null,
      headers: this.#token === "" ? {} : { "x-consul-token": this.#token },
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    return { status: response.statusCode, body: await response.body.text() };
  }
}

function asFailure(error: unknown): Answer {
  return { status: 0, body: String(error) };
}
