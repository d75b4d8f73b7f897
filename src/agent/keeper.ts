/**
 * Keeps one VIP: sight → learn → judge → plan → perform, and round again.
 *
 * The keeper owns the only mutable state there is about its VIP, its world. News may come at any
 * moment and is learned at once; actions are carried out one after the other, and after each one
 * the whole world is judged anew. So a verdict that turns while a command runs costs the rest of
 * that command, no more, and nothing is ever done on an old plan.
 *
 * What there is to tell waits until no action is under way: release first, then report.
 */
import { type Verdict, judge } from "../policy/judge.ts";
import { learn } from "../policy/learn.ts";
import { type Action, plan } from "../policy/plan.ts";
import type { Sighting } from "../policy/sightings.ts";
import {
  type Rules,
  type World,
  boundAddress,
  inheritedWorld,
  initialWorld,
} from "../policy/world.ts";
import { tellsOfBind } from "../vip/bind.ts";
import { type Hands, perform } from "./perform.ts";
import type { KeeperReport } from "./reports/keeper-report.ts";

export type KeeperOptions = {
  readonly rules: Rules;
  readonly hands: Hands;
  readonly report: Pick<KeeperReport, "judged" | "performed" | "vanished" | "flush">;
  /** Tells of a stall, through `tell`, before anything is decided on what was known before it. */
  readonly feelPulse: () => void;
  /** What another keeper of the same VIP in this process has left. */
  readonly heritage?: World | undefined;
};

/** The kernel's monitor is another process, and on a busy host it speaks later than the answer comes. */
const echoMs = 250;

const nothingBound = { lifetimeS: 0, untilMs: Number.NEGATIVE_INFINITY };

export class Keeper {
  readonly #hands: Hands;
  readonly #report: KeeperOptions["report"];
  readonly #feelPulse: () => void;
  readonly #released = Promise.withResolvers<void>();
  #world: World;
  #action: Action | undefined;
  #actionSinceMs = 0;
  /** What was bound or refreshed last, and until when the kernel's monitor may tell of it. */
  #bound = nothingBound;
  #performing: Promise<void> = Promise.resolve();
  #isOver = false;
  #cancelWake: () => void = () => undefined;

  constructor({ rules, hands, report, feelPulse, heritage }: KeeperOptions) {
    this.#hands = hands;
    this.#report = report;
    this.#feelPulse = feelPulse;
    this.#world =
      heritage === undefined
        ? initialWorld(rules, hands.clock.nowMs())
        : inheritedWorld(heritage, rules);
  }

  /** The first round: looks what the kernel holds. */
  start(): void {
    this.#turn();
  }

  /** Takes news in and acts on it. */
  tell(sighting: Sighting): void {
    if (this.#isOver) return;
    this.#learn(sighting);
    this.#turn();
  }

  /** What is known, and what follows from it at this moment. */
  present(): { readonly world: World; readonly verdict: Verdict } {
    return { world: this.#world, verdict: this.#judge() };
  }

  /** Whether the VIP is bound here and the verdict is still to hold it. */
  isHolding(): boolean {
    this.#feelPulse();
    return boundAddress(this.#world) !== undefined && this.#judge().kind === "hold";
  }

  /** How long the present action has been under way, in milliseconds; 0 without one. */
  busyMs(): number {
    return this.#action === undefined ? 0 : this.#hands.clock.nowMs() - this.#actionSinceMs;
  }

  /** Whether a line of the kernel's monitor says no more than what was just done and observed here. */
  isEcho(line: string): boolean {
    const { lifetimeS, untilMs } = this.#bound;
    const { vip, clock } = this.#hands;
    return clock.nowMs() < untilMs && tellsOfBind(line, vip, lifetimeS);
  }

  /** Releases the VIP for good; resolves when the kernel holds it no longer. */
  async release(): Promise<void> {
    this.tell({ kind: "stop-asked" });
    await this.#released.promise;
    this.close();
  }

  /**
   * Ends without releasing, for a successor on this host. A VIP that is held gets its full lifetime
   * once more, so that the kernel bridges the time until the successor has adopted it. Resolves to
   * whether there was one to hand over.
   */
  async handOver(): Promise<boolean> {
    if (this.#judge().kind === "yield") {
      await this.release();
      return false;
    }
    this.close();
    await this.#performing;
    const verdict = this.#judge();
    if (verdict.kind === "yield" || boundAddress(this.#world) === undefined) return false;
    const provenMs = verdict.provenUntilMs - this.#hands.clock.nowMs();
    const lifetimeS = Math.min(this.#world.rules.lifetimeS, Math.floor(provenMs / 1_000));
    if (lifetimeS >= 1) await perform({ kind: "refresh", lifetimeS }, this.#hands);
    return true;
  }

  /** Ends for another keeper of the same VIP in this process, and leaves it what is known. */
  async retire(): Promise<World> {
    this.close();
    await this.#performing;
    return this.#world;
  }

  /** Ends the loop, whatever is held. */
  close(): void {
    this.#isOver = true;
    this.#cancelWake();
    this.#hands.announcer.stop();
  }

  /** One round. Does nothing while an action is under way: its end is the next round. */
  #turn(): void {
    // A process that was stopped for long goes on wherever it was: at a timer, at an answer, at the
    // end of an action. A stall is told by a round of its own, inside this call.
    this.#feelPulse();
    if (this.#isOver || this.#action !== undefined) return;
    this.#cancelWake();
    const { clock } = this.#hands;
    const verdict = this.#judge();
    const { action, wakeAtMs } = plan(verdict, this.#world, clock.nowMs());
    this.#report.judged(verdict, this.#world);
    if (action !== undefined) {
      this.#action = action;
      this.#expectEcho(action);
      this.#actionSinceMs = clock.nowMs();
      this.#performing = this.#perform(action);
      return;
    }
    this.#report.flush();
    if (verdict.reason === "stopping") this.#settleRelease();
    this.#cancelWake = clock.at(Math.min(verdict.untilMs, wakeAtMs), () => this.#turn());
  }

  async #perform(action: Action): Promise<void> {
    const performed = await perform(action, this.#hands);
    for (const sighting of performed.sightings) this.#learn(sighting);
    this.#action = undefined;
    const tookMs = this.#hands.clock.nowMs() - this.#actionSinceMs;
    this.#report.performed(action, { ...performed, tookMs }, this.#world);
    this.#turn();
  }

  /** What is done last counts: where the VIP was given up, a line that tells of it is news. */
  #expectEcho(action: Action): void {
    if (action.kind === "release") this.#bound = nothingBound;
    if (action.kind !== "bind" && action.kind !== "refresh") return;
    const { lifetimeS } = action;
    this.#bound = { lifetimeS, untilMs: this.#hands.clock.nowMs() + echoMs };
  }

  #learn(sighting: Sighting): void {
    const wasBound = boundAddress(this.#world) !== undefined;
    this.#world = learn(this.#world, sighting);
    const isSeenGone =
      this.#world.interface.kind !== "unobserved" && boundAddress(this.#world) === undefined;
    if (wasBound && isSeenGone && this.#action?.kind !== "release") this.#report.vanished();
  }

  #judge(): Verdict {
    return judge(this.#world, this.#hands.clock.nowMs());
  }

  #settleRelease(): void {
    const { interface: seen } = this.#world;
    if (seen.kind === "absent" || (seen.kind === "present" && seen.held.length === 0)) {
      this.#released.resolve();
    }
  }
}
