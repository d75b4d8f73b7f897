/**
 * All checkers over one cluster: tells them what happens, and lets them look after each step.
 */
import type { AgentWitness } from "../outside.ts";
import type { Host } from "../host.ts";
import { type Scenario, settingsOf } from "../scenario.ts";
import type { World } from "../world.ts";
import { CalmChecker } from "./calm.ts";
import { HoldersChecker } from "./holders.ts";
import { LeaseChecker, proofMs } from "./lease.ts";
import { OrderChecker } from "./order.ts";
import { HostTruth, type Touchable } from "./truth.ts";
import { Violation } from "./violation.ts";

type Watched = { readonly host: Host; readonly truth: HostTruth; readonly order: OrderChecker };

/** A shorter lease cannot be kept up (README): in such an hour nobody holds. */
const shortestLeaseMs = 3_000;

export class Inspector {
  readonly #scenario: Scenario;
  readonly #truths: ReadonlyMap<string, HostTruth>;
  readonly #lease: LeaseChecker;
  readonly holders: HoldersChecker;
  readonly calm: CalmChecker;
  #watched: ReadonlyMap<string, Watched> = new Map();
  #world: World | undefined;
  /** Who answers for each VIP. */
  readonly #answering = new Map<string, readonly HostTruth[]>();
  /** How often each reason was given. */
  readonly reasons = new Map<string, number>();
  /** How often a VIP came to a host or left one. */
  transitions = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const { settings, patroni, drift, members, vips } = scenario;
    const nowMs = () => this.#world?.engine.nowMs ?? 0;
    this.#truths = new Map(
      members.map((member) => [member, new HostTruth(member, settings.requireSession, nowMs)]),
    );
    const isHoldable = proofMs(patroni, settings.leaseMarginMs) >= shortestLeaseMs;
    this.#lease = new LeaseChecker(settings, drift);
    this.holders = new HoldersChecker(settings, nowMs);
    this.calm = new CalmChecker([...this.#truths.values()], isHoldable, nowMs);
    for (const vip of vips) this.#answering.set(vip, []);
  }

  /** Stands beside one agent and sees what it does. */
  witnessOf(member: string): AgentWitness {
    const truth = this.truthOf(member);
    const order = () => this.#watched.get(member)?.order;
    return {
      logged: (event, fields, level) => {
        this.#note(`${member}: ${event} ${fields["reason"] ?? ""} ${fields["vip"] ?? ""}`);
        const { reason } = fields;
        if (event === "verdict" && typeof reason === "string") {
          this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
        }
        if (event === "started") truth.onStart();
        this.#check(() => order()?.onLog(event, fields));
        // An error says that not every VIP has left in time.
        if (event === "stopped" && level === "info") this.#check(() => order()?.onStopped());
      },
      answered: (question, askedAtMs, answer) => {
        const session = answer.entry?.session;
        const renewedAtMs = session && this.#world?.consul.renewedAtMs(session);
        truth.onAnswer(question, askedAtMs, answer, renewedAtMs || undefined);
      },
      announced: (address) => this.#check(() => order()?.onAnnounced(address)),
      connectionsReset: (address) => order()?.onReset(address),
    };
  }

  truthOf(member: string): HostTruth {
    const truth = this.#truths.get(member);
    if (truth === undefined) throw new Error(`there is no member ${member}`);
    return truth;
  }

  /** Something about these hosts is wrong from now on; returns what ends it. */
  touch(part: Touchable, members: readonly string[]): () => void {
    const ends = members.map((member) => this.truthOf(member).touch(part));
    return () => {
      for (const end of ends) end();
    };
  }

  watch(world: World): void {
    this.#world = world;
    this.#watched = new Map(world.hosts.map((host) => [host.member, this.#watchHost(host)]));
    world.onLeaderKey = () => this.#onLeaderKey(world);
    world.consul.onSessionEnd = (id, isExpired) => {
      if (world.leader?.session !== id) return;
      for (const truth of this.#truths.values()) {
        if (truth.isNamed) truth.loss = isExpired ? "expired" : "ended";
      }
    };
    world.engine.onStep = () => this.#onStep();
  }

  #watchHost(host: Host): Watched {
    const { kernel, member } = host;
    const truth = this.truthOf(member);
    const order = new OrderChecker(truth, kernel, settingsOf(this.#scenario, member));
    kernel.onBound = (address, lifetimeS, by) => {
      if (!this.#answering.has(address)) return;
      if (by === "agent") this.#check(() => this.#lease.onBound(truth, lifetimeS));
    };
    kernel.onRemoved = (address, by) => {
      this.#note(`${member}: ${address} removed by ${by}`);
      this.#check(() => this.#checkNeed(truth, by));
      this.#check(() => order.onRemoved(address, by));
    };
    kernel.onAnswering = () => {
      if (kernel.isPaused !== truth.isPaused) {
        if (kernel.isPaused) truth.pause();
        else truth.resume();
      }
      for (const vip of this.#answering.keys()) {
        order.onChange(vip);
        this.#setAnswering(vip, truth, kernel.answersFor(vip));
      }
    };
    return { host, truth, order };
  }

  #onLeaderKey(world: World): void {
    const { leader } = world;
    const wasNamed = [...this.#truths.values()].find(({ isNamed }) => isNamed);
    for (const truth of this.#truths.values()) {
      const wasDenied = truth.deniedSinceMs !== undefined;
      truth.onLeaderKey(leader);
      if (wasDenied || truth.deniedSinceMs === undefined) continue;
      const isServing = this.#isServing(truth);
      const loopWaitMs = world.config.loop_wait * 1_000;
      this.#check(() => this.holders.onDenied(truth, loopWaitMs, isServing));
    }
    for (const [vip, answering] of this.#answering) {
      this.#check(() => this.holders.onAnswering(vip, answering));
    }
    const isNamed = [...this.#truths.values()].find((truth) => truth.isNamed);
    if (isNamed !== undefined) isNamed.loss = "ended";
    if (isNamed === undefined || wasNamed !== isNamed) this.calm.onNamed();
  }

  /** Whether it answers for a VIP that its own agent has bound. */
  #isServing(truth: HostTruth): boolean {
    const kernel = this.#watched.get(truth.member)?.host.kernel;
    return [...this.#answering].some(([vip, some]) => {
      return some.includes(truth) && kernel?.isStrangers(vip) === false;
    });
  }

  #setAnswering(vip: string, truth: HostTruth, isAnswering: boolean): void {
    const before = this.#answering.get(vip) ?? [];
    if (before.includes(truth) === isAnswering) return;
    this.transitions += 1;
    this.#note(`${truth.member}: ${isAnswering ? "answers" : "is silent"} for ${vip}`);
    const loopWaitMs = (this.#world?.config.loop_wait ?? 10) * 1_000;
    if (!isAnswering) this.#check(() => this.holders.beforeEnd(vip, before, loopWaitMs));
    const after = isAnswering ? [...before, truth] : before.filter((one) => one !== truth);
    this.#answering.set(vip, after);
    const isSilent = ![...this.#answering.values()].some((some) => some.includes(truth));
    truth.silentSinceMs = isSilent ? this.#world?.engine.nowMs : undefined;
    this.#check(() => this.holders.onAnswering(vip, after));
    if (isAnswering) this.calm.onAnswering(truth, vip);
  }

  /** A VIP that goes although the key names this host and all is well, or nothing bad has happened. */
  #checkNeed(truth: HostTruth, by: string): void {
    if (by === "stranger" || by === "link" || !this.calm.isHoldable) return;
    if (this.#scenario.temper === "harmless") {
      if (truth.deniedSinceMs === undefined) {
        throw new Violation("needless-loss", `${truth.member} lost the VIP for nothing`);
      }
      return;
    }
    const isSound = truth.soundSinceMs < truth.nowMs - soundForMs;
    if (truth.isNamed && isSound) {
      throw new Violation("needless-loss", `${truth.member} lost the VIP, sound and named`);
    }
  }

  #onStep(): void {
    for (const { host, truth } of this.#watched.values()) truth.setDown(!host.agent.isRunning);
    for (const [vip, answering] of this.#answering) {
      for (const truth of answering) {
        const watched = this.#watched.get(truth.member);
        if (watched === undefined) continue;
        const isStrangers = watched.host.kernel.isStrangers(vip);
        this.holders.onStep(truth, isStrangers);
        if (!isStrangers) this.#lease.onStep(truth);
        watched.order.onStep(vip);
      }
      this.calm.onStep(vip, answering);
    }
  }

  /** What is thrown inside an agent or a model would be theirs to catch; it must end the run. */
  #check(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#world?.engine.fail(error);
    }
  }

  #note(text: string): void {
    this.#world?.note(text);
  }
}

/** Long enough after a fault for its last effect to be over: a config key is asked each minute. */
const soundForMs = 100_000;
