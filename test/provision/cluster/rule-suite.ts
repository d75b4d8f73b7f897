/**
 * Rules across keys, as tables: files that break one, and what is said; and files of which nothing
 * is said.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Changes, type Expected, assertOne, complaintsWith, textWith } from "./sketch.ts";

export type Wrong = Expected & { readonly title: string; readonly changes: Changes };

export function suite(name: string, wrongs: readonly Wrong[], rights: readonly Changes[]): void {
  describe(name, () => {
    for (const { title, changes, ...expected } of wrongs) {
      test(title, () => assertOne(textWith(changes), expected));
    }
    for (const changes of rights) {
      test(`nothing is said of ${JSON.stringify(changes)}`.slice(0, 100), () => {
        assert.deepEqual(complaintsWith(changes), []);
      });
    }
  });
}

/** Changes that take hosts away. */
export const no = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`hosts.${name}`, undefined]));
