/**
 * What an agent and the Patroni of its host do for each other.
 *
 * - A wake-up costs Patroni a read of its DCS: no more than one per second, and none while the agent
 *   has been told that the cluster is paused.
 * - A session that is destroyed while all live is back in 1.5 s, and a postmaster that dies is back
 *   in 2 s, where Patroni can be woken: the notice (0.1 s at most), the wake-up (30 ms), one loop
 *   with its reads and writes (0.1 s), the start (0.6 s). By itself either takes a loop_wait.
 * - A callback that says that PostgreSQL has stopped ends the VIP at once: the clients' connections
 *   are dead, and the sooner they hear it the better.
 * - Where a bind waits for a primary (`gate: writable`), Patroni has called it one, or the deadline
 *   has passed.
 */
import type { CallbackEvent } from "../../../src/callbacks/event.ts";
import type { Host } from "../host.ts";
import type { World } from "../world.ts";
import { promptMs, recoveryMs } from "./bounds.ts";
import type { HostTruth } from "./truth.ts";
import { Violation, ms } from "./violation.ts";
import { saysLeading } from "./word.ts";

/** The agent's clock may run a little fast, and its pause between two is 0.95 s (waker.ts). */
const shortestPauseMs = 930;

export const keyBackMs = 1_500;
export const postgresBackMs = 2_000;

export type LocalCheckerOptions = {
  readonly world: World;
  readonly host: Host;
  readonly truth: HostTruth;
  /** How many faults have begun or ended so far. */
  readonly turns: () => number;
  readonly check: (look: () => void) => void;
};

/** How often each promise was put to the test. */
export type LocalCounts = {
  wakes: number;
  keysBack: number;
  postgresBack: number;
  demoted: number;
};

export class LocalChecker {
  readonly #options: LocalCheckerOptions;
  #wokenAtMs = -Infinity;
  readonly counts: LocalCounts = { wakes: 0, keysBack: 0, postgresBack: 0, demoted: 0 };

  constructor(options: LocalCheckerOptions) {
    this.#options = options;
  }

  /** A new process of the agent knows of no wake-up before. */
  onStart(): void {
    this.#wokenAtMs = -Infinity;
  }

  onWoken(): void {
    const { truth } = this.#options;
    this.counts.wakes += 1;
    const sinceMs = truth.nowMs - this.#wokenAtMs;
    this.#wokenAtMs = truth.nowMs;
    if (sinceMs < shortestPauseMs) {
      throw new Violation("wake", `${truth.member} woke Patroni again after ${ms(sinceMs)}`);
    }
    const isPaused = truth.knownConfigs.every(({ pause }) => pause === true);
    if (isPaused || truth.standing.word?.isPaused === true) {
      throw new Violation("wake", `${truth.member} wakes Patroni in pause`);
    }
  }

  /** The session of this host's lock was destroyed, and it is a running primary. */
  onSessionDestroyed(): void {
    const { world } = this.#options;
    this.#expect(keyBackMs, () => {
      this.counts.keysBack += 1;
      if (world.leader !== undefined) return;
      throw new Violation("repair", `the key is still away ${ms(keyBackMs)} after its session`);
    });
  }

  /** The postmaster of the host that the key names has died, and would start again. */
  onPostmasterDeath(): void {
    const { host, world } = this.#options;
    this.#expect(postgresBackMs, () => {
      this.counts.postgresBack += 1;
      const isFollowing = world.config.standby_cluster !== undefined && host.postgres.isRunning;
      if (host.postgres.isWritable || isFollowing) return;
      const late = ms(postgresBackMs);
      throw new Violation("repair", `PostgreSQL of ${host.member} is away ${late} after its death`);
    });
  }

  /** The agent has bound a VIP that was not there. */
  onBound(): void {
    const { truth, world } = this.#options;
    const { gate, gateDeadlineMs } = world.scenario.settings;
    if (gate === "lock" || this.#mayBeRefresh()) return;
    const { word } = truth.standing;
    const isOpen = word !== undefined && saysLeading(word, world.scenario.settings);
    const waitedMs = truth.nowMs - truth.namedSinceMs;
    // Its clock may be fast, and a command that was decided on the word before is under way.
    if (isOpen || waitedMs > 0.97 * gateDeadlineMs) return;
    throw new Violation("gate", `${truth.member} binds ${ms(waitedMs)} after the key, unpromoted`);
  }

  onCallback({ action }: CallbackEvent, ranAtMs: number): void {
    const { host, truth, world, check, turns } = this.#options;
    const isTrue = !host.postgres.isRunning && host.postgres.wasStopped;
    const isNew = truth.nowMs - ranAtMs < promptMs;
    if (action !== "on_stop" || !isTrue || !isNew || !this.#isAgentSound()) return;
    const turn = turns();
    world.engine.after(promptMs, () => {
      if (turns() !== turn || host.postgres.isRunning) return;
      this.counts.demoted += 1;
      const held = world.scenario.vips.find((vip) => host.kernel.holds(vip));
      if (held === undefined) return;
      check(() => {
        const text = `${host.member} holds ${held} ${ms(promptMs)} after its PostgreSQL was stopped`;
        throw new Violation("demotion", text);
      });
    });
  }

  /** What should have been a refresh is a bind, if the VIP went away in that moment. */
  #mayBeRefresh(): boolean {
    const { truth } = this.#options;
    return (["interface", "helper", "process", "pause"] as const).some((part) => {
      return truth.wasTouchedSince(part, truth.nowMs - recoveryMs);
    });
  }

  /** Looks again after that time, if no fault has come or gone until then. */
  #expect(withinMs: number, look: () => void): void {
    const { world, host, turns, check } = this.#options;
    const { settings } = world.scenario;
    const hasPatroni = settings.wake && settings.patroni !== undefined;
    if (!hasPatroni || settings.source !== "consul" || !this.#isAllSound()) return;
    const turn = turns();
    world.engine.after(withinMs, () => {
      const isStill = turns() === turn && host.patroni.isRunning && world.candidate === undefined;
      if (isStill) check(look);
    });
  }

  #isAllSound(): boolean {
    const { world, host, truth } = this.#options;
    if (world.config.pause === true || world.candidate !== undefined) return false;
    if (truth.config.pause === true || truth.standing.word?.isPaused === true) return false;
    const isConsulWell = world.consul.serving === "leading" && host.patroniLink.isSound;
    if (!isConsulWell || !host.patroni.isRunning) return false;
    // It may still be busy with what befell it before.
    const isPatroniSettled = truth.soundSinceOf(["patroni"]) < truth.nowMs - recoveryMs;
    return isPatroniSettled && this.#isAgentSound();
  }

  #isAgentSound(): boolean {
    const { truth } = this.#options;
    return truth.soundSinceMs < truth.nowMs - recoveryMs && truth.downSinceMs === undefined;
  }
}
