/**
 * No needless loss: a VIP does not go while the key names its host and all is well, nor where nothing
 * bad has happened, whatever became of the key.
 *
 * A Patroni has reasons of its own to end it: it has stopped PostgreSQL, or the cluster follows
 * another; and where it says nothing, or something untrue, an agent may err for a while.
 */
import type { Host } from "../host.ts";
import type { Remover } from "../kernel.ts";
import type { World } from "../world.ts";
import { promptMs } from "./bounds.ts";
import type { HostTruth } from "./truth.ts";
import { Violation } from "./violation.ts";

/** Long enough after a fault for its last effect to be over: a config key is asked each minute. */
const soundForMs = 100_000;

export type Loss = {
  readonly world: World;
  readonly host: Host;
  readonly truth: HostTruth;
  /** When the cluster last began or ceased to follow another. */
  readonly standbySinceMs: number;
};

/** A VIP has just left the host. */
export function checkNeed(loss: Loss, by: Remover): void {
  const { world, truth } = loss;
  if (by === "stranger" || by === "link" || isPatronisDoing(loss)) return;
  const { member, nowMs } = truth;
  if (world.scenario.temper === "harmless") {
    if (truth.deniedSinceMs !== undefined) return;
    throw new Violation("needless-loss", `${member} lost the VIP for nothing`);
  }
  const isSound = truth.soundSinceMs < nowMs - soundForMs;
  // A key that came back a moment ago has not been heard of yet.
  const isNamed = truth.isNamed && nowMs - truth.namedSinceMs > promptMs;
  if (isNamed && isSound) {
    throw new Violation("needless-loss", `${member} lost the VIP, sound and named`);
  }
}

function isPatronisDoing({ world, host, truth, standbySinceMs }: Loss): boolean {
  const { nowMs } = truth;
  if (truth.wasTouchedSince("patroni", nowMs - soundForMs)) return true;
  if (world.scenario.settings.source === "patroni") {
    // Patroni lets go of its belief for a moment whenever it takes its lock anew.
    const isDenied = truth.standing.heard?.says === "denied";
    return isDenied || truth.wasTouchedSince("network", nowMs - soundForMs);
  }
  const { isRunning, wasStopped } = host.postgres;
  if (!isRunning && (wasStopped || !truth.isNamed)) return true;
  return world.config.standby_cluster !== undefined || nowMs - standbySinceMs < soundForMs;
}
