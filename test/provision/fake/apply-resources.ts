/**
 * Gives one fake host the resources that it shall have, by the phases' own way: a run of one phase.
 */
import { systemClock } from "../../../src/clock.ts";
import { type Outcome, done } from "../../../src/outcome.ts";
import { type ApplyCode, applyPhases } from "../../../src/provision/phases/apply.ts";
import type { RunEvent } from "../../../src/provision/phases/events.ts";
import { Ports } from "../../../src/provision/phases/ports.ts";
import type { Resource } from "../../../src/provision/resources/resource.ts";
import { sixHosts, testHost } from "../support/clusters.ts";
import { worldOf } from "../verify/worlds.ts";
import type { FakeHost } from "./fake-host.ts";

const world = worldOf(sixHosts());

export type Applied = {
  readonly outcome: Outcome<number, ApplyCode>;
  readonly events: readonly RunEvent[];
};

export async function applyResources(
  fake: FakeHost,
  resources: readonly Resource[],
): Promise<Applied> {
  const host = testHost(fake.host, 141, ["database"]);
  const events: RunEvent[] = [];
  const run = {
    world,
    ports: new Ports(world.cluster, new Map([[fake.host, fake]])),
    clock: systemClock(),
    signal: new AbortController().signal,
    tell: (event: RunEvent) => events.push(event),
  };
  const phase = { name: "names", hosts: () => [host], resources: () => resources } as const;
  const applied = await applyPhases(run, [phase]);
  return { outcome: applied.ok ? done(applied.value.steps) : applied, events };
}

/** What was said to stand in the way. */
export function obstaclesIn(events: readonly RunEvent[]) {
  return events.flatMap((event) => (event.kind === "obstacles" ? event.findings : []));
}
