/**
 * The words that a person has to type before anything is removed, and others before data are deleted.
 *
 * They hold the cluster's name, so that a hand that confirms everything, or a line from the history of
 * a shell for another cluster, confirms nothing.
 */
import type { Cluster } from "../cluster/cluster.ts";

export type Confirmed = {
  /** As it was given on the command line, or typed; undefined: not at all. */
  readonly stack: string | undefined;
  readonly data: string | undefined;
};

export type Words = { readonly stack: string; readonly data: string };

export function confirmationWords({ scope }: Pick<Cluster, "scope">): Words {
  return { stack: scope, data: `delete ${scope}` };
}

export function isConfirmed(words: Words, given: Confirmed, isWithData: boolean): boolean {
  return given.stack === words.stack && (!isWithData || given.data === words.data);
}
