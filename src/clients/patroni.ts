/**
 * The REST API of this host's Patroni: thin, typed, each call with a deadline.
 *
 * `GET /primary` has the same body as `/patroni`, and its status tells in addition whether Patroni
 * believes that the lock is its own: 200 or 503, both are answers. Everything else, and every body
 * that Patroni would not write, means that nothing is known.
 *
 * `PATCH /config` wakes Patroni: it looks at its DCS at once instead of within loop_wait. The body
 * must be an object that is not empty and changes nothing; removing a key that nobody has is such a
 * one. It is the only call that needs credentials, so they go nowhere else.
 *
 * Patroni closes each connection after its answer and runs few threads, so there is one connection
 * per purpose and one question on it at a time.
 */
import * as v from "valibot";
import { type Failure, type Outcome, done, failed } from "../outcome.ts";
import type { PatroniState } from "../policy/sightings.ts";
import { bracketed, type PatroniSettings } from "./endpoint.ts";
import { type HttpAnswer, HttpChannel, type HttpCode } from "./http-channel.ts";

export type PatroniCode =
  | "refused"
  | "timeout"
  | "forbidden"
  | "unavailable"
  | "tls"
  | "not-patroni"
  | "failed";

/** What it says of itself; how long ago it reached its DCS is undefined where that is unknown. */
export type PatroniAnswer = Omit<PatroniState, "dcsSeenAtMs"> & {
  readonly dcsSeenAgoMs: number | undefined;
  readonly name: string | undefined;
  readonly scope: string | undefined;
};

export type PatroniClient = {
  /** For messages: where this client asks. */
  readonly name: string;
  readonly readState: (deadlineMs: number) => Promise<Outcome<PatroniAnswer, PatroniCode>>;
  /** The dynamic configuration as text, as far as Patroni has it. */
  readonly readConfig: (deadlineMs: number) => Promise<Outcome<string, PatroniCode>>;
  /** Makes it look at its DCS at once. */
  readonly wake: (deadlineMs: number) => Promise<Outcome<void, PatroniCode>>;
  readonly close: () => void;
};

/** A state with the replication of many standbys is a few kilobytes. */
const maxStateBytes = 65_536;

/** The configuration is one value of the DCS, and Consul takes no longer one. */
const maxConfigBytes = 524_288;

const wakingBody = JSON.stringify({ vip_agent: null });

export function connectPatroni(settings: PatroniSettings): PatroniClient {
  const { isSecure, host, port, credentials, tls, isUnchecked } = settings;
  const origin = `${isSecure ? "https" : "http"}://${bracketed(host)}:${port}`;
  const open = (maxBodyBytes: number) => {
    return new HttpChannel({ origin, tls, isUnchecked, maxBodyBytes });
  };
  const state = open(maxStateBytes);
  const config = open(maxConfigBytes);
  const waking = open(maxConfigBytes);
  return {
    name: origin,
    readState: async (deadlineMs) => {
      const askedAtMs = Date.now();
      const answer = await state.ask({ method: "GET", path: "/primary", deadlineMs });
      return answer.ok ? readState(answer.value, askedAtMs) : troubleOf(answer);
    },
    readConfig: async (deadlineMs) => {
      const answer = await config.ask({ method: "GET", path: "/config", deadlineMs });
      return answer.ok ? readConfig(answer.value) : troubleOf(answer);
    },
    wake: async (deadlineMs) => {
      const headers = { "content-type": "application/json", ...authorization(credentials) };
      const question = { path: "/config", headers, body: wakingBody, deadlineMs };
      const answer = await waking.ask({ method: "PATCH", ...question });
      if (!answer.ok) return troubleOf(answer);
      return answer.value.status === 200 ? done(undefined) : statusFailure(answer.value);
    },
    close: () => {
      for (const channel of [state, config, waking]) channel.close();
    },
  };
}

function authorization(credentials: PatroniSettings["credentials"]) {
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  const pair = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  return { authorization: `Basic ${pair}` };
}

function readState(answer: HttpAnswer, askedAtMs: number): Outcome<PatroniAnswer, PatroniCode> {
  const { status, body } = answer;
  if (status !== 200 && status !== 503) return statusFailure(answer);
  const parsed = parseState(body);
  if (parsed !== undefined) return done(toAnswer(parsed, status === 200, askedAtMs));
  return status === 503 ? statusFailure(answer) : foreign(answer);
}

function readConfig(answer: HttpAnswer): Outcome<string, PatroniCode> {
  return answer.status === 200 ? done(answer.body) : statusFailure(answer);
}

/** Patroni writes a flag only where it is set. */
const flag = v.fallback(v.boolean(), false);
const word = v.fallback(v.optional(v.string()), undefined);

const stateSchema = v.object({
  role: v.string(),
  state: v.string(),
  patroni: v.object({ scope: word, name: word }),
  timeline: v.fallback(v.optional(v.number()), undefined),
  pause: v.optional(flag, false),
  failsafe_mode_is_active: v.optional(flag, false),
  /** Seconds since 1970, whole ones; 0 as long as it has not reached it. */
  dcs_last_seen: v.fallback(v.optional(v.number(), 0), 0),
});

type RawState = v.InferOutput<typeof stateSchema>;

function parseState(body: string): RawState | undefined {
  try {
    const parsed = v.safeParse(stateSchema, JSON.parse(body));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function toAnswer(raw: RawState, isLeading: boolean, askedAtMs: number): PatroniAnswer {
  const role = roleOf(raw.role);
  return {
    role,
    postgres: postgresOf(raw.state),
    // In a standby cluster nobody is a primary, and only who has the lock is the standby leader.
    hasLock: isLeading || role === "standby_leader",
    isPaused: raw.pause,
    isFailsafeActive: raw.failsafe_mode_is_active,
    timeline: raw.timeline,
    dcsSeenAgoMs: agoMs(raw.dcs_last_seen * 1_000, askedAtMs),
    name: raw.patroni.name,
    scope: raw.patroni.scope,
  };
}

/** Before 4.0 a primary was called `master`. */
function roleOf(text: string): string {
  const role = text.toLowerCase();
  return role === "master" ? "primary" : role;
}

/**
 * States (patroni/postgresql/misc.py) in which PostgreSQL takes no clients, or is being stopped by
 * Patroni: `stop failed` is one that Patroni wants down and could not reach.
 */
const stoppedStates = new Set([
  "stopping",
  "stopped",
  "stop failed",
  "crashed",
  "start failed",
  "restart failed",
]);

function postgresOf(state: string): PatroniAnswer["postgres"] {
  if (state === "running") return "running";
  return stoppedStates.has(state) ? "stopped" : "unsure";
}

/** A second of the answer is a whole one, and a clock may be corrected by some milliseconds. */
const clockToleranceMs = 2_000;

function agoMs(seenAtMs: number, askedAtMs: number): number | undefined {
  const ago = askedAtMs - seenAtMs;
  // A moment that is still to come means that the wall clock was set back: then it says nothing.
  return seenAtMs <= 0 || ago < -clockToleranceMs ? undefined : Math.max(0, ago);
}

function troubleOf({ code, detail }: Failure<HttpCode>): Failure<PatroniCode> {
  return failed(code === "malformed" ? "not-patroni" : code, detail);
}

function statusFailure(answer: HttpAnswer): Failure<PatroniCode> {
  const { status } = answer;
  if (status === 401 || status === 403) return failed("forbidden", `HTTP ${status}`);
  if (status >= 500) return failed("unavailable", `HTTP ${status}`);
  return foreign(answer);
}

function foreign({ status }: HttpAnswer): Failure<PatroniCode> {
  return failed("not-patroni", `HTTP ${status} with an answer that Patroni does not give`);
}
