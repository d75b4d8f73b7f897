/**
 * Memory while the VIP moves once a second, for as long as it takes to see a leak.
 *
 * Both hosts' daemons are watched: each gets and gives the VIP every other second. What counts is
 * the straight line through the second half of the samples: by then caches are full and code is
 * compiled. Its slope is told with what the samples scatter around it, since a heap that is swept
 * now and then never draws a straight line.
 */
import { monotonicMs, sleepMs } from "../../lab/clock.ts";
import { memberOf } from "../../lab/agent.ts";
import { familyOf } from "../processes.ts";
import { type Cast, hosts, type Stage } from "../stage.ts";

const moveEveryMs = 1_000;
const sampleEveryMs = 10_000;

export type Sample = {
  readonly atMs: number;
  /** The larger of the two hosts' daemons, helpers not counted. */
  readonly residentKb: number;
  readonly privateKb: number;
};

export type Endurance = {
  readonly moves: number;
  readonly samples: readonly Sample[];
  readonly resident: Trend;
  readonly private: Trend;
};

export type Trend = {
  readonly lastKb: number;
  readonly maxKb: number;
  /** Of the second half, per hour; and the standard deviation around that line. */
  readonly slopeKbPerHour: number;
  readonly scatterKb: number;
};

export async function measureEndurance(
  stage: Stage,
  cast: Cast,
  minutes: number,
): Promise<Endurance> {
  // The caller's journal would be the only thing that grows.
  await cast.client.close();
  const samples: Sample[] = [];
  const endAtMs = monotonicMs() + minutes * 60_000;
  let moves = 0;
  let sampleAtMs = monotonicMs() + sampleEveryMs;
  for (let atMs = monotonicMs(); atMs < endAtMs; atMs = monotonicMs()) {
    cast.leader = cast.leader === "db1" ? "db2" : "db1";
    await stage.lab.leaderKey.move(memberOf(cast.leader), { gapMs: 0 });
    moves += 1;
    if (monotonicMs() >= sampleAtMs) {
      samples.push(await sampleOf(cast));
      sampleAtMs += sampleEveryMs;
    }
    await sleepMs(Math.max(0, atMs + moveEveryMs - monotonicMs()));
  }
  return {
    moves,
    samples,
    resident: trendOf(samples.map(({ atMs, residentKb }) => ({ atMs, kb: residentKb }))),
    private: trendOf(samples.map(({ atMs, privateKb }) => ({ atMs, kb: privateKb }))),
  };
}

async function sampleOf({ agents }: Cast): Promise<Sample> {
  const families = await Promise.all(hosts.map(async (host) => familyOf(agents[host].pid)));
  return {
    atMs: monotonicMs(),
    residentKb: Math.max(...families.map(({ daemon }) => daemon.residentKb)),
    privateKb: Math.max(...families.map(({ daemon }) => daemon.privateKb)),
  };
}

type Point = { readonly atMs: number; readonly kb: number };

/** By least squares, over the second half. */
export function trendOf(points: readonly Point[]): Trend {
  const half = points.slice(Math.floor(points.length / 2));
  const meanAtMs = mean(half.map(({ atMs }) => atMs));
  const meanKb = mean(half.map(({ kb }) => kb));
  const spread = half.reduce((sum, { atMs }) => sum + (atMs - meanAtMs) ** 2, 0);
  const shared = half.reduce((sum, { atMs, kb }) => sum + (atMs - meanAtMs) * (kb - meanKb), 0);
  const slope = spread === 0 ? 0 : shared / spread;
  const rests = half.map(({ atMs, kb }) => kb - meanKb - slope * (atMs - meanAtMs));
  return {
    lastKb: points.at(-1)?.kb ?? Number.NaN,
    maxKb: Math.max(...points.map(({ kb }) => kb)),
    slopeKbPerHour: slope * 3_600_000,
    scatterKb: Math.sqrt(mean(rests.map((rest) => rest ** 2))),
  };
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}
