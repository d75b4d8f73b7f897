/**
 * A table of mistakes: each row is a cluster file with one value that cannot be, and what is said
 * about it.
 */
import { describe, test } from "node:test";
import { type Changes, assertOne, textWith } from "./sketch.ts";

export type Mistake = readonly [
  changes: Changes,
  wrong: RegExp,
  remedy?: RegExp | undefined,
  /** Of the complaint, where it is not the path of the first change. */
  key?: string,
];

export function describeMistakes(name: string, mistakes: readonly Mistake[]): void {
  describe(name, () => {
    for (const [changes, wrong, remedy, key] of mistakes) {
      const [path = ""] = Object.keys(changes);
      test(JSON.stringify(changes).slice(0, 90), () => {
        assertOne(textWith(changes), {
          key: key ?? path,
          wrong,
          ...(remedy === undefined ? {} : { remedy }),
        });
      });
    }
  });
}
