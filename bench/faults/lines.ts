/**
 * Jobs and results as text: what passes between the bench and its lanes, and what faults.json holds.
 *
 * All of it is checked when it is read. JSON knows no undefined: what is not there is null in the text.
 */
import * as v from "valibot";

import type { FaultResults, FailedRun, FaultRun } from "./results.ts";
import type { Job } from "./run.ts";

function maybe<S extends v.GenericSchema>(schema: S) {
  const orNull = v.nullable(schema);
  return v.pipe(
    orNull,
    v.transform((value) => value ?? undefined),
  );
}

const count = v.number();
const kind = v.picklist(["agent", "floor", "peer"]);
const stretch = v.object({ ms: v.number(), isOpen: v.boolean() });

const figures = v.object({
  echoes: v.object({ asked: count, lost: count }),
  calls: v.object({
    asked: count,
    lost: count,
    endings: v.record(
      v.picklist(["answered", "late", "refused", "reset", "closed", "timeout", "unreachable"]),
      count,
    ),
    wrongHost: count,
    longestMs: v.number(),
  }),
  outage: stretch,
  overlap: stretch,
  absence: stretch,
  goneMs: maybe(v.number()),
  transitions: count,
  connection: maybe(v.object({ heard: v.string(), afterMs: v.number() })),
});

const run = v.object({
  fault: v.string(),
  candidate: v.string(),
  kind,
  figures,
  control: maybe(v.object({ echoes: count, calls: count })),
  notes: v.array(v.object({ what: v.string(), valueMs: v.number() })),
  log: v.array(v.string()),
});

const failed = v.object({ fault: v.string(), candidate: v.string(), failure: v.string() });

const answer = v.union([v.object({ run }), v.object({ failed })]);

const job = v.object({
  fault: v.string(),
  candidate: v.object({ name: v.string(), kind, command: maybe(v.string()) }),
  spanMs: v.number(),
});

const results = v.object({
  date: v.string(),
  versions: v.record(v.string(), v.string()),
  spanMs: v.number(),
  runs: v.array(run),
  failed: v.array(failed),
});

export type LaneAnswer = { readonly run: FaultRun } | { readonly failed: FailedRun };

export function toText(value: unknown, indent = 0): string {
  return JSON.stringify(value, (_, part: unknown) => part ?? null, indent);
}

export function parseJob(text: string): Job {
  return v.parse(job, JSON.parse(text));
}

export function parseAnswer(text: string): LaneAnswer {
  return v.parse(answer, JSON.parse(text));
}

export function parseResults(text: string): FaultResults {
  return v.parse(results, JSON.parse(text));
}
