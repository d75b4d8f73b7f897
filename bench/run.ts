/**
 * The order of a run: rounds, in each of which every candidate has a block of moves.
 *
 * A machine is never the same for an hour. So no candidate is measured in one go: blocks of a few
 * moves take turns, the first in a round is another one each time, and both kinds of move alternate
 * within a block. Starting afresh for each block is part of the measurement: a fail-over is often the
 * first thing that a daemon does.
 */
import { release } from "node:os";
import { monotonicMs } from "../lab/clock.ts";
import { findConsul } from "../lab/consul.ts";
import { run as runCommand } from "../lab/command.ts";
import type { BenchOptions } from "./arguments.ts";
import type { Candidate } from "./candidates.ts";
import { type Idle, measureIdle } from "./idle.ts";
import { type MeasuredMove, measureMove } from "./move.ts";
import type { CandidateResult, Results } from "./results.ts";
import { type Cast, hosts, Stage } from "./stage.ts";

/**
 * With the second that follows each move, more than a neighbour entry's lock time of a second; the
 * span is two whole seconds, so that no phase of a daemon that polls each second is preferred.
 */
const pauseMinMs = 300;
const pauseMaxMs = 2_300;

/** Hosts take turns too: in this order neither kind of move always ends on the same host. */
const forth = ["direct", "gap"] as const;
const back = ["gap", "direct"] as const;

export type Progress = (text: string) => void;

export async function runBench(
  options: BenchOptions,
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<Results> {
  const stage = await Stage.open();
  try {
    const results = await play({ stage, options, candidates, progress });
    await stage.close();
    return results;
  } catch (error) {
    // What went wrong first is the news; the sandbox removes what cannot be closed any more.
    await stage.close().catch(() => undefined);
    throw error;
  }
}

type Run = {
  readonly stage: Stage;
  readonly options: BenchOptions;
  readonly candidates: readonly Candidate[];
  readonly progress: Progress;
};

async function play({ stage, options, candidates, progress }: Run): Promise<Results> {
  const tallies = candidates.map((candidate) => new Tally(candidate));
  const rounds = Math.ceil(options.moves / options.block);
  for (let round = 0; round < rounds; round += 1) {
    const left = options.moves - round * options.block;
    for (const tally of rotated(tallies, round)) {
      progress(`round ${round + 1} of ${rounds}: ${tally.candidate.name}`);
      await playBlock(stage, tally, { ...options, block: Math.min(left, options.block) });
    }
  }
  if (options.idleS > 0) await playIdle({ stage, tallies, seconds: options.idleS, progress });
  return {
    date: new Date().toISOString().slice(0, 10),
    versions: await versions(),
    moves: options.moves,
    gapMs: options.gapMs,
    candidates: tallies.map((tally) => tally.result()),
  };
}

class Tally {
  readonly candidate: Candidate;
  readonly moves: MeasuredMove[] = [];
  readonly firstVerdictMs: number[] = [];
  idle: Idle | undefined;

  constructor(candidate: Candidate) {
    this.candidate = candidate;
  }

  result(): CandidateResult {
    const { candidate, moves, firstVerdictMs, idle } = this;
    return { name: candidate.name, kind: candidate.kind, moves, firstVerdictMs, idle };
  }
}

async function playBlock(stage: Stage, tally: Tally, options: BenchOptions): Promise<void> {
  const cast = await stage.enter(tally.candidate);
  try {
    tally.firstVerdictMs.push(...firstVerdicts(cast));
    for (let move = 0; move < options.block; move += 1) {
      for (const mode of move % 2 === 0 ? forth : back) {
        const { gapMs, isTracing } = options;
        const pauseMs = pauseMinMs + Math.random() * (pauseMaxMs - pauseMinMs);
        tally.moves.push(await measureMove(stage, cast, { mode, gapMs, pauseMs, isTracing }));
      }
    }
  } finally {
    await stage.leave(cast);
  }
}

type Rest = {
  readonly stage: Stage;
  readonly tallies: readonly Tally[];
  readonly seconds: number;
  readonly progress: Progress;
};

async function playIdle({ stage, tallies, seconds, progress }: Rest): Promise<void> {
  for (const tally of tallies) {
    progress(`${seconds} s at rest: ${tally.candidate.name}`);
    const cast = await stage.enter(tally.candidate);
    try {
      tally.idle = await measureIdle(cast, seconds);
    } finally {
      await stage.leave(cast);
    }
  }
}

/** The agent's own log says when it first knew what to do. */
export function firstVerdicts({ agents }: Cast): readonly number[] {
  return hosts.flatMap((host) => {
    const { events, process } = agents[host];
    const first = events.entries.find(({ event, reason }) => {
      return event === "verdict" && reason !== "starting";
    });
    return first === undefined ? [] : [first.atMs - process.startedAtMs];
  });
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

export async function versions(): Promise<Readonly<Record<string, string>>> {
  const consul = await runCommand([await findConsul(), "version"]);
  return {
    Consul: /^Consul v(\S+)/u.exec(consul)?.[1] ?? "unknown",
    Node: process.versions.node,
    Linux: /^[\d.]+/u.exec(release())?.[0] ?? release(),
  };
}

/** For progress lines: minutes and seconds since then. */
export function since(startedAtMs: number): string {
  const seconds = Math.round((monotonicMs() - startedAtMs) / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
