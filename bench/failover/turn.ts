/**
 * One event's turn on the scene: who leads when it begins, and when it struck.
 */
import { monotonicMs, sleepMs } from "../../lab/clock.ts";
import type { Lab } from "../../lab/lab.ts";
import type { PatroniCluster } from "../../lab/patroni/cluster.ts";
import type { PatroniNode } from "../../lab/patroni/node.ts";
import { DEFAULT_TIMINGS } from "../../lab/patroni/settings.ts";
import type { Random } from "../../test/sim/random.ts";
import type { Scene } from "./scene.ts";

export const ttlMs = DEFAULT_TIMINGS.ttl * 1_000;
export const loopWaitMs = DEFAULT_TIMINGS.loop_wait * 1_000;

export class Turn {
  readonly leader: PatroniNode;
  readonly random: Random;
  readonly #scene: Scene;
  #struckAtMs: number | undefined;

  constructor(scene: Scene, leader: PatroniNode, random: Random) {
    this.#scene = scene;
    this.leader = leader;
    this.random = random;
  }

  get lab(): Lab {
    return this.#scene.lab;
  }

  get cluster(): PatroniCluster {
    return this.#scene.cluster;
  }

  get replicas(): readonly PatroniNode[] {
    return this.cluster.nodes.filter((node) => node !== this.leader);
  }

  /** Who is known to lead next need not be looked for by the direct client. */
  expect({ host }: PatroniNode): void {
    this.#scene.direct.expect(host);
  }

  /** From now on whatever is lost counts. */
  strike(): void {
    this.#struckAtMs = monotonicMs();
  }

  get struckAtMs(): number {
    if (this.#struckAtMs === undefined) throw new Error("the event never struck");
    return this.#struckAtMs;
  }

  /** Waits until so long after the strike. */
  async after(durationMs: number): Promise<void> {
    await sleepMs(Math.max(0, this.struckAtMs + durationMs - monotonicMs()));
  }
}
