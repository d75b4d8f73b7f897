/**
 * Runs worlds side by side, each in a sandbox of its own, and gathers what they report.
 *
 * A round is mostly waiting, so several worlds share a machine well. Each gets its rounds beforehand:
 * in one piece of a list that is sorted by Patroni's timings, so that a world changes them once at most,
 * and cut so that all are done at about the same time.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { Candidate } from "./actors.ts";
import type { Orders, Report } from "./play.ts";
import { resultOf, type CandidateResult, type NotPlayed } from "./results.ts";
import type { RoundResult } from "./round.ts";
import { planRound } from "./schedule.ts";

const SANDBOX = fileURLToPath(new URL("../lab/sandbox.sh", import.meta.url));
const PLAY = fileURLToPath(new URL("play.ts", import.meta.url));

/** Waiting for a steady world, healing it, and waiting again, on average. */
const roundOverheadMs = 8_000;

export type Progress = (world: number, report: Report) => void;

export async function playWorlds(
  candidate: Candidate,
  seeds: readonly number[],
  { worlds, onReport }: { readonly worlds: number; readonly onReport: Progress },
): Promise<CandidateResult> {
  const rounds: RoundResult[] = [];
  const notPlayed: NotPlayed[] = [];
  const take = (world: number, report: Report): void => {
    if (report.kind === "played") rounds.push(report.round);
    else notPlayed.push({ seed: report.seed, problem: report.problem });
    onReport(world, report);
  };
  await Promise.all(
    shares(seeds, worlds).map(async (share, world) => {
      const left = await playWorld({ candidate, seeds: [...share] }, (one) => take(world, one));
      for (const seed of left.seeds) {
        take(world, { kind: "not-played", seed, problem: left.problem });
      }
    }),
  );
  return resultOf(candidate, rounds, notPlayed);
}

/** Parts of about the same length, none of them empty. */
export function shares(seeds: readonly number[], worlds: number): readonly (readonly number[])[] {
  const plans = seeds.map(planRound);
  const sorted = plans.toSorted((one, other) => one.timings.ttlS - other.timings.ttlS);
  const lengths = sorted.map(({ faults, restMs }) => {
    return roundOverheadMs + restMs + Math.max(0, ...faults.map(({ atMs, forMs }) => atMs + forMs));
  });
  const shareMs = lengths.reduce((sum, one) => sum + one, 0) / worlds;
  const parts: number[][] = Array.from({ length: worlds }, () => []);
  let passedMs = 0;
  for (const [index, { seed }] of sorted.entries()) {
    parts[Math.min(worlds - 1, Math.floor(passedMs / shareMs))]?.push(seed);
    passedMs += lengths[index] ?? 0;
  }
  return parts.filter((part) => part.length > 0);
}

type Left = { readonly seeds: readonly number[]; readonly problem: string };

/** Resolves to what a world that ended early has left, with its last words. */
async function playWorld(orders: Orders, take: (report: Report) => void): Promise<Left> {
  const argv = [SANDBOX, process.execPath, PLAY, JSON.stringify(orders)];
  const child = spawn("sh", argv, { stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (text: Buffer) => {
    complaints = (complaints + text.toString()).slice(-2_000);
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  const left = new Set(orders.seeds);
  for await (const line of createInterface({ input: child.stdout })) {
    // Each line was made by play.ts of the same version.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const report = JSON.parse(line) as Report;
    left.delete(report.kind === "played" ? report.round.seed : report.seed);
    take(report);
  }
  const code = await exited;
  return { seeds: [...left], problem: `the world ended with ${code}: ${complaints}` };
}
