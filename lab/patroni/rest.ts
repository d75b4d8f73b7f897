/**
 * Patroni's REST API at one host, for the harness: it sits on the bridge, so it asks at the host's
 * own address, with the credentials where a method needs them.
 */
import { Agent, request } from "undici";
import * as v from "valibot";

import { monotonicMs } from "../clock.ts";
import { addressOf, type HostName } from "../network.ts";
import { REST_PORT, type Credentials } from "./settings.ts";

const ANSWER_DEADLINE_MS = 5_000;

const statusBody = v.looseObject({
  state: v.string(),
  role: v.string(),
  timeline: v.optional(v.number()),
  replication_state: v.optional(v.string()),
  /** When it last read its DCS, in whole seconds of the wall clock. */
  dcs_last_seen: v.optional(v.number(), 0),
  pause: v.optional(v.boolean(), false),
  cluster_unlocked: v.optional(v.boolean(), false),
  failsafe_mode_is_active: v.optional(v.boolean(), false),
});

/** What Patroni says of its own node at /patroni. */
export type PatroniStatus = v.InferOutput<typeof statusBody>;

export type RestAnswer = {
  readonly status: number;
  readonly body: string;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
};

export type RestCall = {
  readonly method?: "GET" | "PATCH" | "POST" | "PUT";
  readonly body?: unknown;
  readonly timeoutMs?: number;
};

export class PatroniRest {
  readonly endpoint: string;
  readonly #authorization: string;
  // Patroni serves one request per connection.
  readonly #http = new Agent({ pipelining: 0, connectTimeout: 2_000 });

  constructor(host: HostName, { restUser, restPassword }: Credentials) {
    this.endpoint = `http://${addressOf(host)}:${REST_PORT}`;
    const credentials = Buffer.from(`${restUser}:${restPassword}`).toString("base64");
    this.#authorization = `Basic ${credentials}`;
  }

  /** Answers of every status are answers. */
  async call(path: string, options: RestCall = {}): Promise<RestAnswer> {
    const { method = "GET", body, timeoutMs = ANSWER_DEADLINE_MS } = options;
    const sentAtMs = monotonicMs();
    const response = await request(`${this.endpoint}${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
      dispatcher: this.#http,
      headers: method === "GET" ? {} : { authorization: this.#authorization },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answeredAtMs = monotonicMs();
    return {
      status: response.statusCode,
      body: await response.body.text(),
      sentAtMs,
      answeredAtMs,
    };
  }

  async status(): Promise<PatroniStatus> {
    return v.parse(statusBody, JSON.parse((await this.call("/patroni")).body));
  }

  /** A call that has to succeed. */
  async order(path: string, options: RestCall): Promise<RestAnswer> {
    const answer = await this.call(path, options);
    if (answer.status < 300) return answer;
    const { method = "GET" } = options;
    throw new Error(`${this.endpoint}: ${method} ${path}: ${answer.status} ${answer.body}`);
  }

  async close(): Promise<void> {
    await this.#http.destroy();
  }
}
