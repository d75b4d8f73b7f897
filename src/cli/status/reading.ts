/**
 * What came over the status socket, as far as it is shown: checked, and made fit for a terminal.
 *
 * The agent may be older or younger than this program, which is what an upgrade brings: fields that
 * are not known are no fault, only those that are printed must be there. A member's name comes from
 * Consul and may hold anything, so no text reaches a terminal with a character in it that would
 * steer one.
 */
import * as v from "valibot";
import { type Outcome, done, failed } from "../../outcome.ts";
import { jsonLine } from "../../printable.ts";
import { printable } from "./printable.ts";

/** What this program understands. */
const knownVersion = 1;

const text = v.pipe(v.string(), v.transform(printable));

const instant = v.pipe(
  v.string(),
  v.check((value) => !Number.isNaN(Date.parse(value)), "expected a point in time"),
);

const lease = v.object({
  /** Agents of old do not tell. */
  lengthMs: v.optional(v.number()),
  remainingMs: v.nullable(v.number()),
  isOpenEnded: v.boolean(),
});

const leader = v.object({
  state: text,
  member: v.nullable(text),
  isMe: v.boolean(),
  session: v.nullable(text),
  ageMs: v.nullable(v.number()),
  since: v.nullable(instant),
});

const cluster = v.object({
  ttlMs: v.number(),
  loopWaitMs: v.number(),
  retryTimeoutMs: v.number(),
  isPaused: v.boolean(),
  hasFailsafe: v.boolean(),
  isStandby: v.boolean(),
});

const patroni = v.object({
  role: text,
  postgres: text,
  timeline: v.nullable(v.number()),
  hasLock: v.boolean(),
  isPaused: v.boolean(),
  isFailsafeActive: v.boolean(),
  ageMs: v.number(),
});

const transition = v.object({
  at: instant,
  verdict: text,
  reason: text,
  leader: v.nullable(text),
});

const vip = v.object({
  vip: text,
  interface: text,
  link: text,
  key: text,
  member: text,
  state: text,
  verdict: text,
  reason: text,
  explanation: text,
  since: instant,
  next: text,
  attention: v.array(text),
  isHeld: v.boolean(),
  reachableSince: v.nullable(instant),
  lease,
  leader,
  trouble: v.nullable(v.object({ cause: text, since: instant })),
  cluster,
  patroni: v.nullable(patroni),
  postmaster: text,
  conflict: v.nullable(text),
  announcedAt: v.nullable(instant),
  transitions: v.array(transition),
});

const agent = v.object({
  version: text,
  node: text,
  pid: v.number(),
  host: text,
  startedAt: instant,
  source: text,
  configFile: v.nullable(text),
  configHash: text,
  configReadAt: instant,
  /** Agents of old do not tell. */
  reloadRefusedAt: v.nullish(instant),
});

const statusSchema = v.object({ at: instant, agent, vips: v.array(vip) });

export type ReadStatus = v.InferOutput<typeof statusSchema>;
export type ReadVip = ReadStatus["vips"][number];

export type Reading = {
  readonly status: ReadStatus;
  /** As it came, with every field, in one line of JSON. */
  readonly json: string;
};

export function readStatus(body: string): Outcome<Reading, "foreign" | "newer"> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), body);
  const version = v.safeParse(v.object({ version: v.number() }), parsed.output);
  if (!parsed.success || !version.success) {
    return failed("foreign", "what answers there is no vip-agent: it says no status");
  }
  const found = version.output.version;
  if (found > knownVersion) {
    const detail = `the agent's status has version ${found}, this program knows ${knownVersion}`;
    return failed("newer", detail);
  }
  const status = v.safeParse(statusSchema, parsed.output);
  if (status.success) return done({ status: status.output, json: jsonLine(parsed.output) });
  const [issue] = status.issues;
  const field = v.getDotPath(issue) ?? "it";
  return failed(
    "foreign",
    `what answers there says no status of an agent: ${field} is missing or odd`,
  );
}
