/**
 * The wire as a source: asks, when told to, whether another host answers for the VIP.
 *
 * A probe that fails says so and counts as silence: a broken program on this host must not keep the
 * VIP from it.
 */
import type { Clock } from "../../clock.ts";
import type { ConflictSeen } from "../../policy/sightings.ts";
import type { BoundVip } from "../../vip/bind.ts";
import type { ConflictProbe } from "../../vip/conflict.ts";

export type ConflictSourceOptions = {
  readonly vip: BoundVip;
  readonly probe: ConflictProbe;
  readonly clock: Clock;
  readonly onSighting: (sighting: ConflictSeen) => void;
  readonly onTrouble: (detail: string) => void;
};

/** Returns what begins one probe; its answer comes as a sighting within the deadline. */
export function conflictSource(options: ConflictSourceOptions): (deadlineMs: number) => void {
  const { vip, probe, clock, onSighting, onTrouble } = options;
  const ask = async (deadlineMs: number): Promise<void> => {
    const askedAtMs = clock.nowMs();
    const outcome = await probe(vip, deadlineMs);
    if (!outcome.ok) onTrouble(outcome.detail);
    const holder = outcome.ok ? outcome.value : undefined;
    onSighting({ kind: "conflict-seen", askedAtMs, holder });
  };
  return (deadlineMs) => void ask(deadlineMs);
}
