/**
 * What a row of the table of keys says.
 */
import type { Written } from "./raw.ts";
import type { Kind } from "./value-kind.ts";

export type Row<T> = {
  readonly kind: Kind<T>;
  /** What it is: one sentence. */
  readonly help: string;
  /** Why it is there, or why its default is what it is: one sentence. */
  readonly reason: string;
  /** As one would write it. */
  readonly default?: Written;
  /** What holds where it is left out and nothing fixed stands in; without either it is needed. */
  readonly without?: string;
};

/** Whether the file has to say it. */
export function isNeeded(row: Row<unknown>): boolean {
  return row.default === undefined && row.without === undefined;
}
