/**
 * Spans of time, and the few things that the judges ask of them. Pure.
 */
export type Span = { readonly fromMs: number; readonly toMs: number };

export function lengthMs({ fromMs, toMs }: Span): number {
  return toMs - fromMs;
}

/** Whether they share a moment; `slackMs` widens the one. */
export function touches(one: Span, other: Span, slackMs = 0): boolean {
  return one.fromMs - slackMs <= other.toMs && other.fromMs <= one.toMs + slackMs;
}

export function contains({ fromMs, toMs }: Span, atMs: number): boolean {
  return fromMs <= atMs && atMs <= toMs;
}

export function intersection(one: Span, other: Span): Span | undefined {
  const fromMs = Math.max(one.fromMs, other.fromMs);
  const toMs = Math.min(one.toMs, other.toMs);
  return fromMs < toMs ? { fromMs, toMs } : undefined;
}

/** What is left of a span without the moments of the others. */
export function without(whole: Span, holes: readonly Span[]): readonly Span[] {
  let rest: readonly Span[] = [whole];
  for (const hole of holes) {
    rest = rest.flatMap((span) => {
      const before = { fromMs: span.fromMs, toMs: Math.min(span.toMs, hole.fromMs) };
      const after = { fromMs: Math.max(span.fromMs, hole.toMs), toMs: span.toMs };
      return [before, after].filter((part) => part.fromMs < part.toMs);
    });
  }
  return rest;
}
