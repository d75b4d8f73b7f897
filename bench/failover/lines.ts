/**
 * Jobs and results as text: what passes between the bench and its lanes, and what failover.json holds.
 *
 * All of it is checked when it is read. JSON knows no undefined: what is not there is null in the text.
 */
import * as v from "valibot";

import type { EventRun, FailedRun, FailoverResults } from "./results.ts";
import type { Job } from "./run.ts";

function maybe<S extends v.GenericSchema>(schema: S) {
  const orNull = v.nullable(schema);
  return v.pipe(
    orNull,
    v.transform((value) => value ?? undefined),
  );
}

const count = v.number();
const stretch = { ms: v.number(), isOpen: v.boolean() };

const writer = v.object({
  attempts: count,
  lost: count,
  endings: v.record(v.string(), v.object({ count, slowestMs: v.number() })),
  inDoubt: count,
  hung: count,
  outage: v.object({ ...stretch, fromMs: v.number(), notRunMs: v.number() }),
  notRunMs: v.number(),
});

const figures = v.object({
  vip: writer,
  direct: writer,
  stillMs: v.number(),
  keyFreeMs: v.number(),
  keyMovedMs: maybe(v.number()),
  strayWrites: count,
  lastStrayMs: v.number(),
  lastStrayRanMs: v.number(),
  keylessWrites: count,
  overlap: v.object(stretch),
  absence: v.object(stretch),
  leftMs: maybe(v.number()),
  stoppedMs: v.number(),
  elsewhereMs: maybe(v.number()),
});

const run = v.object({
  event: v.string(),
  candidate: v.string(),
  seed: v.number(),
  figures,
  idleShare: v.number(),
  story: v.array(v.string()),
});

const failed = v.object({
  event: v.string(),
  candidate: v.string(),
  seed: v.number(),
  failure: v.string(),
});

const versions = v.record(v.string(), v.string());
const answer = v.union([v.object({ run, versions }), v.object({ failed })]);

const job = v.object({
  event: v.string(),
  candidate: v.object({
    name: v.string(),
    kind: v.picklist(["agent", "floor", "peer"]),
    command: maybe(v.string()),
    source: v.optional(maybe(v.literal("patroni"))),
  }),
  seed: v.number(),
});

const results = v.object({
  date: v.string(),
  versions,
  seed: v.number(),
  lanes: v.number(),
  candidates: v.array(v.string()),
  ours: maybe(v.string()),
  runs: v.array(run),
  failed: v.array(failed),
});

export type LaneAnswer =
  | { readonly run: EventRun; readonly versions: Readonly<Record<string, string>> }
  | { readonly failed: FailedRun };

export function toText(value: unknown, indent = 0): string {
  return JSON.stringify(value, (_, part: unknown) => part ?? null, indent);
}

export function parseJob(text: string): Job {
  const { candidate, ...rest } = v.parse(job, JSON.parse(text));
  return { ...rest, candidate };
}

export function parseAnswer(text: string): LaneAnswer {
  return v.parse(answer, JSON.parse(text));
}

export function parseResults(text: string): FailoverResults {
  return v.parse(results, JSON.parse(text));
}
