/**
 * The third judge: how long did a new leader's host take, where nothing stood in its way? Pure.
 *
 * From the moment at which the key is seen to name another host than before to the first answer that
 * the client gets from there. A take-over counts only where the new host's agent lived and heard Consul
 * from a little before the key moved until the answer, and where the client could reach a running
 * "PostgreSQL" there; the others say something about the fault, not about the agent. Neither does one
 * after a time without any holder: the client's own retries have become slow by then.
 */
import { sightSlackMs } from "./bounds.ts";
import type { Evidence, HostSpan } from "./evidence.ts";
import { tenuresOf, type Tenure } from "./owner.ts";
import { touches, type Span } from "./spans.ts";

export type Takeover = {
  readonly host: string;
  readonly keyAtMs: number;
  /** Undefined: it held the VIP before the key named it, or lost the key before it did. */
  readonly boundAfterMs: number | undefined;
  readonly answeredAfterMs: number | undefined;
};

/** A daemon that was started, thawed or given its Consul back needs a while to be itself. */
const recoveryMs = 3_000;
/** The first retry of a SYN. */
const vacancyMs = 1_000;

export function takeoversIn(evidence: Evidence): readonly Takeover[] {
  const { keySteps, toMs, fromMs } = evidence;
  return tenuresOf(keySteps, toMs).flatMap((tenure) => {
    // The round began with it.
    if (tenure.fromMs < fromMs) return [];
    const takeover = takeoverOf(tenure, evidence);
    return isHindered(tenure, takeover, evidence) ? [] : [takeover];
  });
}

function takeoverOf(tenure: Tenure, { holds, answers }: Evidence): Takeover {
  const { host, fromMs, toMs } = tenure;
  // The agent may hear of it before the judges' own watch does.
  const earliestMs = fromMs - sightSlackMs;
  const within = (atMs: number): boolean => atMs >= earliestMs && atMs <= toMs;
  const bound = holds.find((hold) => hold.host === host && within(hold.fromMs));
  const answered = answers.find((answer) => answer.host === host && within(answer.atMs));
  return {
    host,
    keyAtMs: fromMs,
    boundAfterMs: bound && Math.max(0, bound.fromMs - fromMs),
    answeredAfterMs: answered && Math.max(0, answered.atMs - fromMs),
  };
}

function isHindered(tenure: Tenure, takeover: Takeover, evidence: Evidence): boolean {
  const { agentSpans, blindSpans, serverDownSpans, silentSpans, holds } = evidence;
  const untilMs = tenure.fromMs + (takeover.answeredAfterMs ?? tenure.toMs - tenure.fromMs);
  const concerned: Span = { fromMs: tenure.fromMs - recoveryMs, toMs: untilMs };
  const hits = (span: HostSpan): boolean => span.host === tenure.host && touches(span, concerned);
  // A call to a host that has fallen silent keeps the client from calling the new one.
  const isClientStuck = silentSpans.some((span) => touches(span, concerned));
  const isVacant = !holds.some((hold) => {
    return touches(hold, { fromMs: tenure.fromMs - vacancyMs, toMs: tenure.fromMs - sightSlackMs });
  });
  return isVacant || isClientStuck || [...agentSpans, ...blindSpans, ...serverDownSpans].some(hits);
}
