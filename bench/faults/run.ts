/**
 * One run: a lab, a fault, two leases of watching, and where nothing was lost the proof that the
 * probes would have seen it.
 */
import { monotonicMs, sleepMs } from "../../lab/clock.ts";
import { INTERFACE } from "../../lab/network.ts";
import type { Candidate } from "../candidates.ts";
import type { Figures } from "./figures.ts";
import { faultOf } from "./faults.ts";
import { isNothingLost } from "./fault.ts";
import type { Control, FaultRun } from "./results.ts";
import { type Host, hosts, Scene } from "./scene.ts";

/** Two leases of 16 s, as Patroni's 30/10/10 and the default margin make them. */
export const spanMs = 32_000;

const controlMs = 300;

/** A busy machine asks less often, but probes that hardly ask prove nothing. */
const askedAtLeastEveryMs = 50;

export type Job = {
  readonly fault: string;
  readonly candidate: Candidate;
  readonly spanMs: number;
};

export async function runJob({ fault: id, candidate, spanMs: durationMs }: Job): Promise<FaultRun> {
  const fault = faultOf(id);
  const scene = await Scene.open(candidate, fault);
  try {
    await fault.act(scene);
    await scene.after(durationMs);
    const { faultAtMs, log } = scene;
    const figures = await scene.figures(faultAtMs, faultAtMs + durationMs);
    assertAsked(figures, durationMs);
    const control = isNothingLost(figures) ? await controlIn(scene) : undefined;
    const { notes } = scene;
    const { name, kind } = candidate;
    return { fault: id, candidate: name, kind, figures, control, notes, log };
  } finally {
    // What went wrong first is the news; the sandbox removes what cannot be closed any more.
    await scene.close().catch(() => undefined);
  }
}

function assertAsked({ calls, echoes }: Figures, durationMs: number): void {
  const least = durationMs / askedAtLeastEveryMs;
  if (calls.asked >= least && echoes.asked >= least) return;
  const asked = `${calls.asked} calls and ${echoes.asked} echoes`;
  throw new Error(`expected at least ${least} probes of each kind, found ${asked}`);
}

/** The same probes meet a VIP that is away for 300 ms, with nobody there to put it back. */
async function controlIn(scene: Scene): Promise<Control> {
  const host = await holderIn(scene);
  for (const each of hosts) {
    if (scene.agents[each].process.isRunning) await scene.agents[each].freeze();
  }
  const fromMs = monotonicMs();
  const vips = await scene.removeVip(host);
  await sleepMs(controlMs);
  for (const vip of vips) await scene.ip(host, `address add ${vip} dev ${INTERFACE}`);
  const { echoes, calls } = await scene.figures(fromMs, monotonicMs());
  return { echoes: echoes.lost, calls: calls.lost };
}

async function holderIn(scene: Scene): Promise<Host> {
  for (const host of hosts) if ((await scene.vipsOf(host)).length > 0) return host;
  throw new Error(`${scene.fault.id}: nothing was lost, and no host has the VIP`);
}
