/**
 * One move of the leader key, and what became of it.
 *
 * The move waits until both hosts have done their part and the new one has answered the client, and
 * a second longer, so that trouble which comes late is seen too. It never fails for a candidate that
 * is slow: what did not happen in time has no figure.
 */
import type { Call } from "../lab/client.ts";
import { monotonicMs, sleepMs } from "../lab/clock.ts";
import type { Happening, Journal } from "../lab/journal.ts";
import type { Move } from "../lab/leader-key.ts";
import { addressOf, macOf } from "../lab/network.ts";
import {
  type ClientCall,
  type Figures,
  figuresOf,
  longestSilenceMs,
  longestSilenceWithinMs,
} from "./figures.ts";
import type { Cast, Host, Stage } from "./stage.ts";
import { type TraceLine, traceOf } from "./trace.ts";

/** Longer than the client's own timeout of five seconds and one more try. */
const settleDeadlineMs = 12_000;

/** Watched before and after each move. */
const aroundMs = 1_000;

/** More than this without an answer is worth a look. */
const slowMs = 30;

export type MeasuredMove = {
  readonly mode: "direct" | "gap";
  readonly to: Host;
  readonly figures: Figures;
  /** What was seen around the move; kept for the slow ones. */
  readonly trace: readonly TraceLine[] | undefined;
};

export type MoveOptions = {
  readonly mode: MeasuredMove["mode"];
  readonly gapMs: number;
  /** Waited before, so that moves fall on any phase of a candidate's own rhythm. */
  readonly pauseMs: number;
  readonly isTracing: boolean;
};

type Scene = {
  readonly stage: Stage;
  readonly cast: Cast;
  readonly from: Host;
  readonly to: Host;
  readonly mode: MeasuredMove["mode"];
  /** In gap mode the moment at which the old PostgreSQL was stopped. */
  readonly beganAtMs: number;
  readonly move: Move;
};

export async function measureMove(
  stage: Stage,
  cast: Cast,
  { mode, gapMs, pauseMs, isTracing }: MoveOptions,
): Promise<MeasuredMove> {
  const from = cast.leader;
  const to: Host = from === "db1" ? "db2" : "db1";
  await sleepMs(pauseMs);
  const beganAtMs = monotonicMs();
  const { member } = cast.agents[to];
  if (mode === "gap") await stage.stopServer(from);
  const move = await stage.lab.leaderKey.move(member, { gapMs: mode === "gap" ? gapMs : 0 });
  cast.leader = to;
  const scene = { stage, cast, from, to, mode, beganAtMs, move };
  await settled(scene);
  await sleepMs(aroundMs);
  await stage.startServer(from);
  const figures = figuresFor(scene);
  const isSlow = figures.silenceMs > slowMs;
  const trace = isSlow || isTracing ? traceFor(scene, figures) : undefined;
  return { mode, to, figures, trace };
}

async function settled({ stage, cast, from, to, move, beganAtMs }: Scene): Promise<void> {
  const sinceMs = move.acquired.sentAtMs;
  const patience = { sinceMs: beganAtMs, timeoutMs: settleDeadlineMs };
  await Promise.allSettled([
    stage.views[to].addresses.next("address", ({ kind }) => kind === "added", patience),
    stage.views[from].addresses.next("removal", ({ kind }) => kind === "deleted", patience),
    cast.client.answerFrom(to, { sinceMs, timeoutMs: settleDeadlineMs }),
  ]);
}

function figuresFor(scene: Scene): Figures {
  const { stage, cast, from, to, mode, beganAtMs, move } = scene;
  const { acquired } = move;
  const committedAtMs = answeredAtMs(stage, acquired);
  const first = <E extends Happening>(journal: Journal<E>, matches: (event: E) => boolean) =>
    journal.entries.find((event) => event.atMs >= beganAtMs && matches(event))?.atMs;
  const calls = clientCalls(cast, beganAtMs);
  const endMs = firstAnswerAtMs(cast.client.calls.entries, to, acquired.sentAtMs) + aroundMs;
  return figuresOf({
    leaderlessAtMs: mode === "gap" ? beganAtMs : undefined,
    committedAtMs,
    toldAtMs: stage.consulAnswers.entries.find(
      (packet) => packet.to === addressOf(to) && packet.atMs >= acquired.sentAtMs,
    )?.atMs,
    addedAtMs: first(stage.views[to].addresses, ofKind("added")),
    guardedAtMs: first(stage.views[from].guard, ofKind("raised")),
    refusedAtMs: first(stage.resets, ({ fromMac }) => fromMac === macOf(from)),
    goneAtMs: first(stage.views[from].addresses, ofKind("deleted")),
    announcedAtMs: first(stage.announcements, (packet) => {
      return packet.isBroadcast && packet.mac === macOf(to);
    }),
    putMs: acquired.answeredAtMs - acquired.sentAtMs,
    silenceMs: longestSilenceMs(calls, beganAtMs, endMs),
    stillSilenceMs: longestSilenceWithinMs(calls, beganAtMs - aroundMs, beganAtMs),
  });
}

function ofKind(kind: string): (event: { readonly kind: string }) => boolean {
  return (event) => event.kind === kind;
}

/** From well before the move on: whatever the client was waiting for at its beginning is in it. */
function clientCalls({ client }: Cast, beganAtMs: number): readonly ClientCall[] {
  return client.calls.between(beganAtMs - 10 * aroundMs, Infinity).map((call) => {
    const { startedAtMs, atMs, outcome } = call;
    return { startedAtMs, atMs, isAnswered: outcome === "answered" };
  });
}

function firstAnswerAtMs(calls: readonly Call[], host: Host, sinceMs: number): number {
  return calls.find((call) => call.host === host && call.atMs >= sinceMs)?.atMs ?? monotonicMs();
}

/** The kernel's stamp of Consul's answer; the harness's own where the capture missed it. */
function answeredAtMs(stage: Stage, commit: { sentAtMs: number; answeredAtMs: number }): number {
  const { sentAtMs, answeredAtMs: heardAtMs } = commit;
  const packet = stage.consulAnswers.between(sentAtMs, heardAtMs).findLast(({ to }) => {
    return to === "192.168.1.1";
  });
  return packet?.atMs ?? heardAtMs;
}

function traceFor({ stage, cast, move, beganAtMs }: Scene, figures: Figures) {
  const zeroMs = answeredAtMs(stage, move.acquired);
  return traceOf(stage, cast, {
    zeroMs,
    fromMs: beganAtMs,
    toMs: zeroMs + figures.silenceMs + 500,
  });
}
