/**
 * From what was seen around one move to its figures.
 *
 *            key gone    key of the new leader
 *               │  gap  │
 *   ────────────┴───────┴──●───────●─────●──────────────→
 *   client …answers│   silence, at most   │answers…
 *                          │       │     └ first ARP in the VIP's name
 *                          │       └ address on the new host
 *                          └ Consul has told the new host
 *
 * Zero is the commit of the new leader's key. Figures can be negative where a candidate acts on the
 * deletion already: then the address is gone before the new key is there. Pure; all times are
 * monotonic milliseconds.
 */
export type Seen = {
  /** The old leader's server has ended; undefined in a direct move. */
  readonly leaderlessAtMs: number | undefined;
  readonly committedAtMs: number;
  readonly toldAtMs: number | undefined;
  readonly addedAtMs: number | undefined;
  /** A monitor's word of the guard; it may come late, since a pipe is in between. */
  readonly guardedAtMs: number | undefined;
  /** The client has met the first reset of the old host. */
  readonly refusedAtMs: number | undefined;
  readonly goneAtMs: number | undefined;
  readonly announcedAtMs: number | undefined;
  readonly putMs: number;
  readonly silenceMs: number;
  readonly stillSilenceMs: number;
};

export type Figures = {
  /** The PUT that moved the key, as its sender saw it. */
  readonly putMs: number;
  /** From the end of the old leader's server to the new leader's commit; 0 in a direct move. */
  readonly gapMs: number;
  /** Consul's answer to the new host's blocking query has left Consul's host. */
  readonly toldMs: number | undefined;
  readonly addressMs: number | undefined;
  readonly goneMs: number | undefined;
  readonly announcedMs: number | undefined;
  /** Both hosts accept packets for the VIP. */
  readonly overlapMs: number | undefined;
  /** The longest time between two answers around the move. */
  readonly silenceMs: number;
  /** The same without the gap: what the daemon adds to the time for which nobody leads. */
  readonly addedSilenceMs: number;
  /** The same while nothing moved: what client and machine need by themselves. */
  readonly stillSilenceMs: number;
};

export function figuresOf(seen: Seen): Figures {
  const { committedAtMs, leaderlessAtMs, silenceMs } = seen;
  const after = (atMs: number | undefined) =>
    atMs === undefined ? undefined : atMs - committedAtMs;
  const gapMs = leaderlessAtMs === undefined ? 0 : committedAtMs - leaderlessAtMs;
  return {
    putMs: seen.putMs,
    gapMs,
    toldMs: after(seen.toldAtMs),
    addressMs: after(seen.addedAtMs),
    goneMs: after(seen.goneAtMs),
    announcedMs: after(seen.announcedAtMs),
    overlapMs: overlapOf(seen),
    silenceMs,
    addedSilenceMs: Math.max(0, silenceMs - gapMs),
    stillSilenceMs: seen.stillSilenceMs,
  };
}

/**
 * From the address on the new host until the old one surely accepts nothing more: its guard is up,
 * it has sent a reset, or the address is gone. An upper bound: the guard's own moment lies a little
 * before its first trace.
 */
function overlapOf({ addedAtMs, guardedAtMs, refusedAtMs, goneAtMs }: Seen): number | undefined {
  const closed = [guardedAtMs, refusedAtMs, goneAtMs].filter((atMs) => atMs !== undefined);
  if (addedAtMs === undefined || closed.length === 0) return undefined;
  return Math.max(0, Math.min(...closed) - addedAtMs);
}

export type ClientCall = {
  readonly startedAtMs: number;
  readonly atMs: number;
  readonly isAnswered: boolean;
};

/**
 * The client pauses for 2 ms between two calls. What it pauses beyond this has a busy machine as its
 * cause, on which the client itself was not run, and is not the daemon's.
 */
export const clientPauseMaxMs = 5;

/**
 * The longest time between two successive answers around a span. The span is widened to the answers
 * just outside, so that a silence which began before or ended after it counts in full; one that has
 * not ended counts up to the end of the span. Time in which the client stood still is left out.
 */
export function longestSilenceMs(
  calls: readonly ClientCall[],
  fromMs: number,
  toMs: number,
): number {
  const answers = answersOf(calls);
  const first = answers.findLast(({ atMs }) => atMs <= fromMs) ?? { atMs: fromMs, awayMs: 0 };
  const last = answers.find(({ atMs }) => atMs >= toMs) ?? { atMs: toMs, awayMs: awayMs(calls) };
  const within = answers.filter(({ atMs }) => atMs > first.atMs && atMs < last.atMs);
  return longestStep([first, ...within, last]);
}

/** The same for a span in which nothing moved, and without what lies outside of it. */
export function longestSilenceWithinMs(
  calls: readonly ClientCall[],
  fromMs: number,
  toMs: number,
): number {
  return longestStep(answersOf(calls).filter(({ atMs }) => atMs >= fromMs && atMs <= toMs));
}

type Span = Pick<ClientCall, "startedAtMs" | "atMs">;

/** How long the client stood still before this call; 0 for an ordinary pause. */
export function stoodStillMs(before: Span | undefined, call: Span): number {
  const pauseMs = before === undefined ? 0 : call.startedAtMs - before.atMs;
  return pauseMs > clientPauseMaxMs ? pauseMs : 0;
}

/** `awayMs` is how long the client has stood still up to that answer, all in all. */
type Answer = { readonly atMs: number; readonly awayMs: number };

function answersOf(calls: readonly ClientCall[]): readonly Answer[] {
  let away = 0;
  return calls.flatMap((call, index) => {
    away += stoodStillMs(calls[index - 1], call);
    return call.isAnswered ? [{ atMs: call.atMs, awayMs: away }] : [];
  });
}

function awayMs(calls: readonly ClientCall[]): number {
  return calls.reduce((sum, call, index) => sum + stoodStillMs(calls[index - 1], call), 0);
}

function longestStep(answers: readonly Answer[]): number {
  const steps = answers.slice(1).map((answer, index) => {
    const before = answers[index] ?? answer;
    return answer.atMs - before.atMs - (answer.awayMs - before.awayMs);
  });
  return Math.max(0, ...steps);
}
