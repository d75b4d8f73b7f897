/**
 * How long nobody could write, from the commits that a client saw.
 *
 * An outage is the longest time between two commits, less the usual one, so that the pace of the client
 * does not count as a loss.
 */
import type { Happening } from "../journal.ts";
import type { HostName } from "../network.ts";

export type Commit = Happening & { readonly host: HostName | undefined };

export type Outage = {
  /** Of the last commit before it and of the first one after it. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Less the usual time between two commits; 0 when there was none. */
  readonly durationMs: number;
  readonly hostBefore: HostName | undefined;
  /** Undefined when it has not ended. */
  readonly hostAfter: HostName | undefined;
};

/**
 * The longest one between two moments, of commits in their order. The span is widened to the commits just
 * outside of it, so that an outage that began before it or ended after it counts in full; one that has not
 * ended counts up to `toMs`.
 */
export function longestOutage(commits: readonly Commit[], fromMs: number, toMs: number): Outage {
  const before = commits.findLastIndex(({ atMs }) => atMs <= fromMs);
  const after = commits.findIndex(({ atMs }) => atMs >= toMs);
  const span = commits.slice(Math.max(before, 0), after === -1 ? undefined : after + 1);
  const closed = after === -1 ? [...span, { atMs: toMs, host: undefined }] : span;
  const [longest] = gapsIn(closed).toSorted((one, other) => other.durationMs - one.durationMs);
  if (longest === undefined) throw new Error("there was no commit before that time had ended");
  const usualMs = median(gapsIn(commits).map(({ durationMs }) => durationMs));
  return { ...longest, durationMs: Math.max(0, longest.durationMs - usualMs) };
}

function gapsIn(commits: readonly Commit[]): readonly Outage[] {
  return commits.slice(1).flatMap((after, index) => {
    const before = commits[index];
    if (before === undefined) return [];
    const [fromMs, toMs] = [before.atMs, after.atMs];
    const durationMs = toMs - fromMs;
    return [{ fromMs, toMs, durationMs, hostBefore: before.host, hostAfter: after.host }];
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
