/**
 * What happened around one event, line by line, in milliseconds from the strike: for whoever wants to
 * know why a figure is what it is. Pure.
 */
export type Moment = { readonly atMs: number; readonly text: string };

const beforeMs = 1_000;

/** A minute of trouble makes a hundred lines; a flood is not worth its place. */
const linesMax = 300;

export function storyOf(moments: readonly Moment[], struckAtMs: number): readonly string[] {
  return moments
    .filter(({ atMs }) => atMs >= struckAtMs - beforeMs)
    .toSorted((one, other) => one.atMs - other.atMs)
    .slice(0, linesMax)
    .map(({ atMs, text }) => `${(atMs - struckAtMs).toFixed(1)} ${text}`);
}
