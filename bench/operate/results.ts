/**
 * What the bench of operation measures, and what is promised of it.
 */
import { type Goal, goal } from "../goals.ts";
import type { Idle } from "../idle.ts";
import type { Summary } from "../statistics.ts";
import type { Asking } from "./asking.ts";
import type { Endurance } from "./endurance.ts";
import type { Scrapes } from "./scrapes.ts";

export type OperateResult = {
  readonly name: string;
  readonly kind: "agent" | "floor" | "peer";
  readonly endurance: Endurance | undefined;
  readonly idle: Idle | undefined;
  /** From the start of the process to its first verdict; only the agent's own log tells. */
  readonly firstVerdict: Summary | undefined;
  readonly scrapes: Scrapes | undefined;
  readonly asking: Asking | undefined;
};

export type OperateResults = {
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly minutes: number;
  readonly candidates: readonly OperateResult[];
};

/** Kilobytes of /proc are kibibytes. */
const kbPerMib = 1_024;

/** Of the hour there are none in a run that was asked to leave it out. */
export function goalsOf({ candidates, minutes }: OperateResults): readonly Goal[] {
  const agent = candidates.find(({ kind }) => kind === "agent");
  if (agent === undefined) return [];
  const { idle, firstVerdict, scrapes, asking } = agent;
  const idlePercent = idle && (idle.cpuMs / (idle.seconds * 1_000)) * 100;
  const added = scrapes?.scraped && scrapes.quiet && scrapes.scraped.median - scrapes.quiet.median;
  return [
    ...(minutes > 0 ? goalsOfHour(agent.endurance) : []),
    goal("processor time at rest, % of a core", idlePercent, 0.3),
    goal("cold start to first verdict, median, ms", firstVerdict?.median, 400),
    goal("take-over under 1000 scrapes a second, median added, ms", added, 5),
    goal("vip-agent status, median, ms", asking?.answers?.median, 150),
  ];
}

function goalsOfHour(endurance: Endurance | undefined): readonly Goal[] {
  const resident = endurance && endurance.resident.lastKb / kbPerMib;
  const own = endurance && endurance.private.lastKb / kbPerMib;
  return [
    goal("resident memory at the end, MiB", resident, 64),
    goal("private memory at the end, MiB", own, 30),
    goal("growth of private memory in the second half, times its scatter", growthOf(endurance), 2),
  ];
}

/** What the second half grew by, measured by how much its samples scatter anyway. */
export function growthOf(endurance: Endurance | undefined): number | undefined {
  if (endurance === undefined) return undefined;
  const { samples, private: trend } = endurance;
  const half = samples.slice(Math.floor(samples.length / 2));
  const spanMs = (half.at(-1)?.atMs ?? 0) - (half[0]?.atMs ?? 0);
  const grownKb = trend.slopeKbPerHour * (spanMs / 3_600_000);
  return Math.max(0, grownKb) / Math.max(1, trend.scatterKb);
}
