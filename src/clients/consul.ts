/**
 * Reads one key of Consul: thin, typed, with a deadline.
 *
 * Built on the `consul` package's `kv.get`; never on its `watch`, which gives no sending time, is
 * silent about unchanged answers and backs off for longer than any lease. With `includeResponse`
 * the call hands over the response too, whose headers carry the index even when the key is missing.
 *
 * Only one answer says that a key is missing: a 404 that bears Consul's index. Every other failure
 * means that nothing is known, and says so with one code.
 */
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import Consul from "consul";
import { type Failure, type Outcome, done, failed } from "../outcome.ts";
import { connectionTrouble } from "./connection-trouble.ts";
import { type ConsulEndpoint, type ConsulSettings, bracketed, endpointName } from "./endpoint.ts";

export type ConsulCode =
  | "refused"
  | "timeout"
  | "forbidden"
  | "throttled"
  | "unavailable"
  | "tls"
  | "not-consul"
  | "failed"
  | "aborted";

export type KeyEntry = {
  readonly value: string;
  /** The session that locks the key; undefined when nobody does. */
  readonly session: string | undefined;
  readonly createIndex: number;
  readonly modifyIndex: number;
};

export type KeyAnswer = {
  /** Undefined when Consul says that there is no such key. */
  readonly entry: KeyEntry | undefined;
  /** X-Consul-Index: what the next blocking query waits on. */
  readonly index: number;
};

export type KeyQuestion = {
  readonly key: string;
  readonly deadlineMs: number;
  /** With an index the answer comes when the key changes, or after `waitMs`. */
  readonly blocking?: { readonly index: number; readonly waitMs: number };
  readonly signal?: AbortSignal;
};

export type ConsulClient = {
  /** For messages: where this client asks. */
  readonly name: string;
  /** Asks with `consistent`, so that a deposed Consul leader cannot answer. Never rejects. */
  readKey(question: KeyQuestion): Promise<Outcome<KeyAnswer, ConsulCode>>;
  close(): void;
};

/** The part of the package that is used, with the types that its own declarations leave out. */
type KvGet = (options: {
  key: string;
  consistent: true;
  index?: string;
  wait?: string;
  ctx: EventEmitter;
}) => Promise<readonly [http.IncomingMessage, RawEntry | undefined]>;

type RawEntry = {
  readonly Value: string | null;
  readonly Session?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
};

/** One endpoint's client, with one connection that is kept alive. TLS files are read here, once. */
export function connectConsul(settings: ConsulSettings, endpoint: ConsulEndpoint): ConsulClient {
  const consul = openConsul(settings, endpoint);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its declarations lack index, wait, consistent, ctx
  const get = consul.kv.get.bind(consul.kv) as unknown as KvGet;
  return {
    name: endpointName(endpoint),
    readKey: (question) => readKey(get, question),
    close: () => consul.destroy(),
  };
}

/** The package's own client; throws where a file of TLS cannot be read. */
export function openConsul(settings: ConsulSettings, endpoint: ConsulEndpoint): Consul {
  const isSecure = endpoint.kind === "tcp" && endpoint.isSecure;
  const agent = isSecure
    ? new https.Agent({ keepAlive: true, ...tlsOptions(settings) })
    : new http.Agent({ keepAlive: true });
  const place =
    endpoint.kind === "unix"
      ? { socketPath: endpoint.path }
      : { host: bracketed(endpoint.host), port: endpoint.port, secure: isSecure };
  const defaults = settings.token === undefined ? {} : { token: settings.token };
  return new Consul({ ...place, agent, defaults });
}

async function readKey(
  get: KvGet,
  { key, deadlineMs, blocking, signal }: KeyQuestion,
): Promise<Outcome<KeyAnswer, ConsulCode>> {
  // The package's own timeout does not cover a response that breaks off in its middle, for which it
  // never settles.
  const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
  const { promise: deadline, resolve } = Promise.withResolvers<Failure<ConsulCode>>();
  const stop = (failure: Failure<ConsulCode>) => {
    resolve(failure);
    ctx.emit("cancel");
  };
  const onAbort = () => stop(failed("aborted", "no longer wanted"));
  const timer = setTimeout(
    () => stop(failed("timeout", `no answer within ${deadlineMs} ms`)),
    deadlineMs,
  );
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  const wait = blocking && { index: String(blocking.index), wait: `${blocking.waitMs}ms` };
  const answer = get({ key, consistent: true, ...wait, ctx }).then(readAnswer, readError);
  try {
    return await Promise.race([deadline, answer]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function readAnswer([response, raw]: Awaited<ReturnType<KvGet>>): Outcome<KeyAnswer, ConsulCode> {
  const index = Number(response.headers["x-consul-index"]);
  if (!Number.isSafeInteger(index)) {
    return failed("not-consul", `HTTP ${response.statusCode} without X-Consul-Index`);
  }
  if (raw === undefined) {
    if (response.statusCode === 404) return done({ entry: undefined, index });
    return failed("not-consul", `HTTP ${response.statusCode} without an entry`);
  }
  const entry = {
    value: raw.Value ?? "",
    session: raw.Session,
    createIndex: raw.CreateIndex,
    modifyIndex: raw.ModifyIndex,
  };
  return done({ entry, index });
}

export type ConsulError = Error & { readonly response?: http.IncomingMessage };

/** Why a question failed, from what the package rejects with. */
export function readError(error: ConsulError): Failure<ConsulCode> {
  const { code, detail } = connectionTrouble(error);
  const status = error.response?.statusCode;
  return status === undefined
    ? failed(code, detail)
    : failed(statusCode(status), `HTTP ${status}: ${detail}`);
}

function statusCode(status: number): ConsulCode {
  if (status === 401 || status === 403) return "forbidden";
  if (status === 429) return "throttled";
  if (status >= 500) return "unavailable";
  return "not-consul";
}

function tlsOptions({ tls }: ConsulSettings): https.AgentOptions {
  return {
    ...(tls.caFile !== undefined && { ca: readFileSync(tls.caFile) }),
    ...(tls.certFile !== undefined && { cert: readFileSync(tls.certFile) }),
    ...(tls.keyFile !== undefined && { key: readFileSync(tls.keyFile) }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  };
}
