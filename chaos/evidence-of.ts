/**
 * Gathers what the observers of a world saw between two moments.
 *
 * What began before the round and still lasted (the owner, the holder) is part of it.
 */
import { monotonicMs } from "../lab/clock.ts";
import { DATABASE_HOSTS } from "../lab/consul-cluster.ts";
import type { HostName } from "../lab/network.ts";
import type { Evidence, HostSpan, Injected, KeyStep, Removal, Timings } from "./evidence.ts";
import { holdsOf } from "./holds.ts";
import { touches, type Span } from "./spans.ts";
import type { World } from "./world.ts";

/** A "PostgreSQL" comes back a second after a demotion, and then has to start. */
const serverRestartMs = 2_000;

export type RoundFrame = Span & {
  readonly timings: Timings;
  readonly faults: readonly Injected[];
};

export function evidenceOf(world: World, frame: RoundFrame): Evidence {
  const { fromMs, toMs } = frame;
  const within = <S extends Span>(spans: readonly S[]): readonly S[] =>
    spans.filter((span) => touches(span, frame));
  const actors = [...world.actors.values()];
  const probes = [...world.probes.values()];
  const blind = probes.flatMap((probe) => probe.spansUntil(toMs));
  return {
    ...frame,
    holds: within(DATABASE_HOSTS.flatMap((host) => holdsOfHost(world, host, toMs))),
    removals: DATABASE_HOSTS.flatMap((host) => removalsOf(world, host, toMs)).filter(
      ({ atMs }) => atMs >= fromMs && atMs <= toMs,
    ),
    keySteps: stepsSince(world.key.steps, fromMs, toMs),
    agentSpans: within(actors.flatMap((actor) => actor.agentSpansUntil(toMs))),
    blindSpans: within([...blind, ...world.made.tokenless]),
    handMade: world.made.handMade.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs),
    wireSpans: within(world.wire.allSpans()),
    answers: answersOf(world, frame),
    serverDownSpans: within(serverDownSpans(world)),
    silentSpans: within([...world.made.linkDown, ...world.made.clientCut]),
  };
}

/** Who holds the VIP at this moment. */
export function holdersOf(world: World): readonly HostName[] {
  const nowMs = monotonicMs();
  return DATABASE_HOSTS.filter((host) => {
    return holdsOfHost(world, host, nowMs).some(({ toMs }) => toMs === nowMs);
  });
}

function holdsOfHost({ addresses, made }: World, host: HostName, endMs: number) {
  const linkDown = made.linkDown.filter((span) => span.host === host);
  return holdsOf(host, addresses.get(host)?.entries ?? [], { endMs, linkDown });
}

/** Wherever a hold of the kernel's has ended, whatever the link did. */
function removalsOf({ addresses }: World, host: HostName, endMs: number): readonly Removal[] {
  const events = addresses.get(host)?.entries ?? [];
  const holds = holdsOf(host, events, { endMs, linkDown: [] });
  return holds.flatMap(({ toMs }) => (toMs < endMs ? [{ host, atMs: toMs }] : []));
}

/** The steps of the round, with the state that it began with. */
function stepsSince(steps: readonly KeyStep[], fromMs: number, toMs: number): readonly KeyStep[] {
  const past = steps.filter(({ atMs }) => atMs <= toMs);
  const first = past.findLastIndex(({ atMs }) => atMs <= fromMs);
  return past.slice(Math.max(0, first));
}

/** One per host and tenth of a second is enough, and the first after each change. */
function answersOf(world: World, { fromMs, toMs }: Span): Evidence["answers"] {
  const answers: { host: HostName; atMs: number }[] = [];
  for (const { host, atMs } of world.client.calls.between(fromMs, toMs)) {
    if (host === undefined) continue;
    const last = answers.at(-1);
    if (last === undefined || last.host !== host || atMs - last.atMs >= 100) {
      answers.push({ host, atMs });
    }
  }
  return answers;
}

function serverDownSpans({ actors }: World): readonly HostSpan[] {
  return [...actors.values()].flatMap(({ host, keepers }) => {
    const ends = keepers.flatMap(({ events }) =>
      events.entries.filter(({ event }) => event === "demoted" || event === "released"),
    );
    return ends.map(({ atMs }) => ({ host, fromMs: atMs, toMs: atMs + serverRestartMs }));
  });
}
