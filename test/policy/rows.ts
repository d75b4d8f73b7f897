/**
 * Tables of worlds with the reason of their verdict, a row each.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/policy/judge.ts";
import type { Reason } from "../../src/policy/reasons.ts";
import type { Sighting } from "../../src/policy/sightings.ts";
import type { Rules } from "../../src/policy/world.ts";
import { worldWith } from "./support.ts";

export type Row = {
  readonly name: string;
  readonly after: readonly Sighting[];
  readonly atMs: number;
  readonly is: Reason;
  readonly rules?: Partial<Rules>;
};

export function check(rows: readonly Row[]): void {
  for (const { name, after, atMs, is, rules = {} } of rows) {
    test(`${name}: ${is}`, () => {
      assert.equal(judge(worldWith(rules, ...after), atMs).reason, is);
    });
  }
}
