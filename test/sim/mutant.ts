/**
 * What a mutant is: an edit of shipped source text, made while it is loaded (mutate.ts).
 */
import type { CheckerName } from "./checkers/violation.ts";

export type Edit = {
  /** Below src/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
};

export type Mutant = {
  readonly edits: readonly Edit[];
  readonly caughtBy: readonly CheckerName[];
};

export const edit = (file: string, find: string, replace: string): Edit => ({
  file,
  find,
  replace,
});
