/**
 * A table of mistakes: each row is a configuration with one thing wrong, and what is said about it.
 */
import assert from "node:assert/strict";
import type { Complaint } from "../../../src/complaints.ts";
import { type Sketch, configPath, goodLines, load } from "./loading.ts";

export type Mistake = {
  readonly title: string;
  readonly sketch: Sketch;
  readonly key: string;
  readonly line?: number;
  readonly value?: string;
  readonly wrong: RegExp;
  readonly expected?: RegExp;
  readonly remedy?: RegExp;
};

const [ipLine = "", interfaceLine = "", keyLine = ""] = goodLines;

export { interfaceLine, ipLine, keyLine };

/** The good file with one line more. */
export function withLine(line: string): Sketch {
  return { lines: [...goodLines, line] };
}

/** The mistake costs the settings, and exactly one complaint is made of it. */
export function assertRefused(mistake: Mistake): void {
  const { settings, complaints } = load(mistake.sketch);
  assert.equal(settings, undefined);
  const complaint = onlyOne(complaints);
  assert.equal(complaint.severity, "error");
  assertSays(complaint, mistake);
}

/** The oddity is mentioned once, and there are settings all the same. */
export function assertMentioned(mistake: Mistake): void {
  const { settings, complaints } = load(mistake.sketch);
  assert.notEqual(settings, undefined, JSON.stringify(complaints, undefined, 2));
  const complaint = onlyOne(complaints);
  assert.equal(complaint.severity, "warning");
  assertSays(complaint, mistake);
}

function onlyOne(complaints: readonly Complaint[]): Complaint {
  const [complaint, ...more] = complaints;
  assert.ok(complaint !== undefined && more.length === 0, JSON.stringify(complaints, undefined, 2));
  return complaint;
}

function assertSays(complaint: Complaint, mistake: Mistake): void {
  const { key, value, line, wrong, expected, remedy } = mistake;
  assert.equal(complaint.key, key);
  assert.match(complaint.wrong, wrong);
  if (value !== undefined) assert.equal(complaint.value, value);
  if (line !== undefined)
    assert.deepEqual(complaint.where, { kind: "file", file: configPath, line });
  if (expected !== undefined) assert.match(complaint.expected ?? "", expected);
  if (remedy !== undefined) assert.match(complaint.remedy ?? "", remedy);
}
