/**
 * The order of a release, who may announce, and how long a guard stands.
 *
 * - A release is reported when the kernel holds the VIP no longer, never before: neither the line
 *   `released` nor a verdict to yield comes while it is still there, unless the removal has failed.
 * - Before the agent removes the VIP, the guard stands and the connections have been reset.
 * - Nobody announces a VIP that is not on this host. Somebody else may have taken it a moment ago;
 *   the agent itself may not.
 * - As long as the agent lives, the VIP does not leave in silence: the agent removes it before its
 *   lifetime does. And an agent that says that it has stopped has left nothing behind.
 * - A guard is forgotten after 3 s, and never stands where the VIP is served.
 */
import type { Settings } from "../../../src/agent/config/settings.ts";
import type { EventName, LogFields } from "../../../src/agent/reports/log.ts";
import type { Kernel, Remover } from "../kernel.ts";
import type { HostTruth } from "./truth.ts";
import { Violation, ms } from "./violation.ts";

/** A reset is followed by the removal within the deadlines of the helpers. */
const resetToRemovalMs = 1_000;

/** An event of the kernel may be lost; it is looked at this often anyway (plan.ts). */
const lookEveryMs = 5_000;

/** From the bind to the lifting of a guard that still stands. */
const liftMs = 500;

/** What fails once is tried again soon, and the deadlines of the steps add up. */
const troubleMs = 3_000;

/** After a fault an address may be left alone until the key has been read, for a lifetime at most. */
const silenceAfterMs = 62_000;

/** The longest that a line waits for the end of an action whose helpers are well. */
const youngMs = 600;

const longestGuardMs = 3_500;

export class OrderChecker {
  readonly #truth: HostTruth;
  readonly #kernel: Kernel;
  readonly #settings: Pick<Settings, "guard" | "reset">;
  readonly #heldSinceMs = new Map<string, number>();
  readonly #resetAtMs = new Map<string, number>();
  readonly #removed = new Map<string, { readonly by: Remover; readonly atMs: number }>();
  readonly #guardSinceMs = new Map<string, number>();
  readonly #servedSinceMs = new Map<string, number>();

  constructor(truth: HostTruth, kernel: Kernel, settings: Pick<Settings, "guard" | "reset">) {
    this.#truth = truth;
    this.#kernel = kernel;
    this.#settings = settings;
  }

  onLog(event: EventName, { vip, verdict }: LogFields): void {
    const isRelease = event === "released" || (event === "verdict" && verdict === "yield");
    if (!isRelease || typeof vip !== "string" || this.#mayHaveFailed()) return;
    const [address = ""] = vip.split("/");
    const heldSinceMs = this.#heldSinceMs.get(address) ?? Infinity;
    // Lines wait for the end of an action; one of before is true although the VIP is back by now.
    if (heldSinceMs > this.#truth.nowMs - youngMs || this.#wasRecentlyStranger()) return;
    throw new Violation("order", `${this.#truth.member} reports a release and holds ${address}`);
  }

  onStopped(): void {
    const left = [...this.#heldSinceMs.keys()].find((address) => this.#kernel.holds(address));
    if (left === undefined || this.#wasRecentlyStranger()) return;
    throw new Violation("order", `${this.#truth.member} has stopped and left ${left}`);
  }

  onReset(address: string): void {
    this.#resetAtMs.set(address, this.#truth.nowMs);
  }

  onRemoved(address: string, by: Remover): void {
    this.#removed.set(address, { by, atMs: this.#truth.nowMs });
    if (by === "lifetime") this.#checkSilence(address);
    if (by !== "agent" || this.#mayHaveFailed()) return;
    const { member, nowMs } = this.#truth;
    if (this.#settings.guard && !this.#kernel.guards(address)) {
      throw new Violation("order", `${member} removed ${address} without a guard`);
    }
    const sinceResetMs = nowMs - (this.#resetAtMs.get(address) ?? -Infinity);
    if (this.#settings.reset && sinceResetMs > resetToRemovalMs) {
      throw new Violation("order", `${member} removed ${address} without a reset`);
    }
  }

  /** The kernel removes an address that a sound and living agent should have released, or kept. */
  #checkSilence(address: string): void {
    const { member, nowMs } = this.#truth;
    const parts = ["process", "helper", "interface", "pause"] as const;
    const soundForMs = nowMs - this.#truth.soundSinceOf(parts);
    if (soundForMs < silenceAfterMs || this.#truth.downSinceMs !== undefined) return;
    throw new Violation("silence", `${member} lost ${address} by its lifetime, and told nobody`);
  }

  onAnnounced(address: string): void {
    if (this.#kernel.holds(address)) return;
    const { member, nowMs } = this.#truth;
    const removed = this.#removed.get(address);
    if (removed !== undefined && removed.by !== "agent") {
      if (nowMs - removed.atMs < lookEveryMs + troubleMs) return;
    }
    throw new Violation("announcements", `${member} announces ${address} and does not hold it`);
  }

  /** Whether the host answers for the VIP, or its guard, has changed. */
  onChange(address: string): void {
    const { nowMs } = this.#truth;
    const guards = this.#kernel.guards(address);
    setOrClear(this.#heldSinceMs, address, this.#kernel.holds(address), nowMs);
    setOrClear(this.#guardSinceMs, address, guards, nowMs);
    const serves = guards && this.#truth.isNamed && this.#kernel.answersFor(address);
    setOrClear(this.#servedSinceMs, address, serves, nowMs);
  }

  onStep(address: string): void {
    const { nowMs, member } = this.#truth;
    const guardedMs = nowMs - (this.#guardSinceMs.get(address) ?? nowMs);
    const isUntouched = !this.#wereHelpersBad() && !this.#kernel.isPaused;
    if (guardedMs > longestGuardMs && this.#truth.soundSinceMs < nowMs - longestGuardMs) {
      throw new Violation("guard", `${member} has guarded ${address} for ${ms(guardedMs)}`);
    }
    const servedMs = nowMs - (this.#servedSinceMs.get(address) ?? nowMs);
    if (servedMs > liftMs && isUntouched && this.#truth.soundSinceMs < nowMs - troubleMs) {
      throw new Violation("guard", `${member} serves ${address} behind its guard, ${ms(servedMs)}`);
    }
  }

  #wereHelpersBad(): boolean {
    return this.#truth.wasTouchedSince("helper", this.#truth.nowMs - troubleMs);
  }

  /** An answer that is there but met its deadline in a stall counts as a failure too. */
  #mayHaveFailed(): boolean {
    const sinceMs = this.#truth.nowMs - troubleMs;
    return (["helper", "process", "pause"] as const).some((part) => {
      return this.#truth.wasTouchedSince(part, sinceMs);
    });
  }

  /** Somebody adds the VIP by hand: the agent may just not have seen it yet. */
  #wasRecentlyStranger(): boolean {
    return this.#truth.wasTouchedSince("interface", this.#truth.nowMs - lookEveryMs - troubleMs);
  }
}

function setOrClear(since: Map<string, number>, key: string, isSo: boolean, nowMs: number): void {
  if (!isSo) since.delete(key);
  else if (!since.has(key)) since.set(key, nowMs);
}
