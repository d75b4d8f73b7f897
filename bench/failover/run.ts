/**
 * One job: a candidate takes the stage, one event strikes, and the world is watched until it is well
 * again: one leader with two streaming replicas, the VIP on its host alone, a client that is served.
 *
 * The candidate leaves afterwards, however short the event, so that candidates alternate event by event
 * on the same cluster and each meets it as the others do.
 */
import { monotonicMs, sleepMs, waitUntil } from "../../lab/clock.ts";
import { Random } from "../../test/sim/random.ts";
import type { Candidate } from "../candidates.ts";
import { Cast, isOnly, lastWordsOf } from "./cast.ts";
import { eventOf } from "./events.ts";
import { figuresOf, type Figures } from "./figures.ts";
import { idleShareOf, processorTimes } from "./idle-share.ts";
import type { EventRun } from "./results.ts";
import type { Scene } from "./scene.ts";
import { storyOf } from "./story.ts";
import { Turn } from "./turn.ts";

export type Job = {
  readonly event: string;
  readonly candidate: Candidate;
  /** Decides over all that is left to chance in it. */
  readonly seed: number;
};

/** The second before the strike is a figure, and announcements after a bind are over. */
const settleMs = 2_000;

/** Sessions end, replicas rewind and stream again, a peer polls: more than a minute is a failure. */
const wellDeadlineMs = 75_000;

/** What seems over at once may have an aftermath. */
const watchedAtLeastMs = 3_000;

const vipManner = { paceMs: 10 };

export async function runJob(scene: Scene, job: Job): Promise<EventRun> {
  const event = eventOf(job.event);
  const random = new Random(job.seed);
  const turn = new Turn(scene, await scene.cluster.ready(), random);
  await event.prepare?.(turn);
  const cast = await Cast.enter(scene, job.candidate, random);
  try {
    await sleepMs(settleMs + random.between(0, event.phaseMs));
    const before = await processorTimes();
    await event.act(turn);
    await turn.after(watchedAtLeastMs);
    const endMs = await wellAgain(scene, cast);
    const idleShare = idleShareOf(before, await processorTimes());
    const figures = await observe(scene, { cast, turn, endMs });
    await event.restore?.(turn);
    const { candidate, seed } = job;
    const story = storyOf([...cast.logged(), ...(await scene.moments())], turn.struckAtMs);
    return { event: job.event, candidate: candidate.name, seed, figures, idleShare, story };
  } finally {
    await cast.leave();
  }
}

async function wellAgain(scene: Scene, { writer }: Cast): Promise<number> {
  const patience = { timeoutMs: wellDeadlineMs };
  for (const { process } of [writer, scene.direct]) {
    if (!process.isRunning) throw new Error(`${process.name} ended: ${lastWordsOf(process)}`);
  }
  const leader = await scene.cluster.ready(wellDeadlineMs);
  const isHeld = async (): Promise<boolean> => isOnly(await scene.holders(), leader.host);
  await waitUntil(`the VIP on ${leader.host} alone`, isHeld, { ...patience, everyMs: 50 });
  const sinceMs = monotonicMs();
  await writer.commit(leader.host, { ...patience, sinceMs });
  await scene.direct.commit(leader.host, { ...patience, sinceMs });
  return monotonicMs();
}

type Play = { readonly cast: Cast; readonly turn: Turn; readonly endMs: number };

/** Writers that hardly wrote before the strike, or a key that was nobody's, would prove nothing. */
async function observe(scene: Scene, { cast, turn, endMs }: Play): Promise<Figures> {
  const { struckAtMs, leader } = turn;
  const figures = figuresOf({
    struckAtMs,
    endMs,
    leader: leader.host,
    vip: { writes: cast.writer.writes.entries, manner: vipManner },
    direct: { writes: scene.direct.writes.entries, manner: undefined },
    owners: scene.owners(),
    changes: await scene.changes(),
  });
  const owner = scene.owners().findLast(({ atMs }) => atMs <= struckAtMs);
  if (owner?.host === leader.host) return figures;
  throw new Error(`${leader.host} was to lead at the strike, found ${owner?.host ?? "nobody"}`);
}
