/**
 * All checkers over one cluster: tells them what happens, and lets them look after each step.
 */
import type { AgentWitness } from "../outside.ts";
import type { Host } from "../host.ts";
import type { Remover } from "../kernel.ts";
import type { PatroniConfig } from "../patroni/dcs.ts";
import { type Scenario, settingsOf } from "../scenario.ts";
import type { World } from "../world.ts";
import { CalmChecker } from "./calm.ts";
import { HoldersChecker } from "./holders.ts";
import { LeaseChecker, proofMs } from "./lease.ts";
import { LocalChecker, type LocalCounts } from "./local.ts";
import { checkNeed } from "./need.ts";
import { OrderChecker } from "./order.ts";
import type { Touchable } from "./touches.ts";
import { HostTruth } from "./truth.ts";

type Watched = {
  readonly host: Host;
  readonly truth: HostTruth;
  readonly order: OrderChecker;
  readonly local: LocalChecker;
};

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
  /** How many faults have begun or ended. */
  #turns = 0;
  #standbySinceMs = -Infinity;
  #lookedAtMs = -Infinity;
  /** Somebody has begun or ceased to answer, or the key has changed, since it was looked. */
  #isChanged = false;
  /** How often a VIP came to a host or left one. */
  transitions = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const { settings, patroni, drift, members, vips } = scenario;
    const nowMs = () => this.#world?.engine.nowMs ?? 0;
    this.#truths = new Map(
      members.map((member) => [member, new HostTruth(member, settings, nowMs)]),
    );
    const isHoldable = proofMs(patroni, settings.leaseMarginMs) >= shortestLeaseMs;
    this.#lease = new LeaseChecker(settings, drift);
    this.holders = new HoldersChecker(settings, nowMs);
    const truths = [...this.#truths.values()];
    this.calm = new CalmChecker(truths, { isHoldable, settings, timings: patroni }, nowMs);
    for (const vip of vips) this.#answering.set(vip, []);
    for (const truth of truths) {
      truth.beforeNews = () => {
        if (truth.silentSinceMs === undefined) this.#lease.beforeNews(truth);
      };
    }
  }

  /** Of all hosts together. */
  get localCounts(): LocalCounts {
    const sum = { wakes: 0, keysBack: 0, postgresBack: 0, demoted: 0 };
    for (const { local } of this.#watched.values()) {
      sum.wakes += local.counts.wakes;
      sum.keysBack += local.counts.keysBack;
      sum.postgresBack += local.counts.postgresBack;
      sum.demoted += local.counts.demoted;
    }
    return sum;
  }

  /** Stands beside one agent and sees what it does. */
  witnessOf(member: string): AgentWitness {
    const truth = this.truthOf(member);
    const order = () => this.#watched.get(member)?.order;
    const local = () => this.#watched.get(member)?.local;
    return {
      logged: (event, fields, level) => {
        this.#note(`${member}: ${event} ${fields["reason"] ?? ""} ${fields["vip"] ?? ""}`);
        const { reason } = fields;
        if (event === "verdict" && typeof reason === "string") {
          this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
        }
        if (event === "started") {
          truth.onStart();
          local()?.onStart();
        }
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
      patroniAnswered: (answer, askedAtMs) => truth.onPatroniAnswer(answer, askedAtMs),
      patroniConfigured: (text) => truth.learnConfig(JSON.parse(text) as PatroniConfig),
      patroniWoken: () => this.#check(() => local()?.onWoken()),
      callbackHeard: (event, ranAtMs) => {
        this.#note(`${member}: callback ${event.action} ${event.role} ${event.scope}`);
        this.#check(() => local()?.onCallback(event, ranAtMs));
      },
    };
  }

  truthOf(member: string): HostTruth {
    const truth = this.#truths.get(member);
    if (truth === undefined) throw new Error(`there is no member ${member}`);
    return truth;
  }

  /** A fault has begun, or has ended. */
  onTurn(): void {
    this.#turns += 1;
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
    this.#watched = new Map(world.hosts.map((host) => [host.member, this.#watchHost(world, host)]));
    world.onLeaderKey = () => this.#onLeaderKey(world);
    world.onStandby = () => {
      this.#standbySinceMs = world.engine.nowMs;
      this.calm.onStandby(world.config);
    };
    world.consul.onSessionEnd = (id, isExpired) => {
      if (world.leader?.session !== id) return;
      const named = this.#watched.get(world.leader.value);
      if (!isExpired && named?.host.postgres.isWritable === true) named.local.onSessionDestroyed();
      for (const truth of this.#truths.values()) {
        if (truth.isNamed) truth.loss = isExpired ? "expired" : "ended";
      }
    };
    world.engine.onStep = () => this.#onStep();
  }

  #watchHost(world: World, host: Host): Watched {
    const { kernel, member } = host;
    const truth = this.truthOf(member);
    const order = new OrderChecker(truth, kernel, settingsOf(this.#scenario, member));
    const check = (look: () => void) => this.#check(look);
    const local = new LocalChecker({ world, host, truth, turns: () => this.#turns, check });
    host.postgres.onChange = () => {
      const { pid, isWritable } = host.postgres;
      this.#note(`${member}: PostgreSQL ${pid ?? "is down"}${isWritable ? ", primary" : ""}`);
      const wasStopped = truth.isStopped;
      truth.onPostgres(host.postgres);
      if (truth.isNamed && wasStopped !== truth.isStopped) this.calm.onNamed();
      const hasDied = pid === undefined && !host.postgres.wasStopped && !host.postgres.isBroken;
      if (hasDied && truth.isNamed) local.onPostmasterDeath();
    };
    kernel.onBound = ({ address, lifetimeS, by, isNew }) => {
      if (!this.#answering.has(address) || by !== "agent") return;
      this.#check(() => this.#lease.onBound(truth, lifetimeS));
      if (isNew) this.#check(() => local.onBound());
    };
    kernel.onRemoved = (address, by) => {
      this.#note(`${member}: ${address} removed by ${by}`);
      this.#check(() => this.#checkNeed(world, host, by));
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
    return { host, truth, order, local };
  }

  #onLeaderKey(world: World): void {
    const { leader } = world;
    this.#isChanged = true;
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
    this.#isChanged = true;
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

  #checkNeed(world: World, host: Host, by: Remover): void {
    if (!this.calm.isHoldable) return;
    const standbySinceMs = this.#standbySinceMs;
    checkNeed({ world, host, truth: this.truthOf(host.member), standbySinceMs }, by);
  }

  /** Most steps change nothing that is looked at here; bounds are long beside a few milliseconds. */
  #onStep(): void {
    for (const { host, truth } of this.#watched.values()) truth.setDown(!host.agent.isRunning);
    const nowMs = this.#world?.engine.nowMs ?? 0;
    if (nowMs < this.#lookedAtMs + restMs && !this.#isChanged) return;
    this.#lookedAtMs = nowMs;
    this.#isChanged = false;
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

/** How long nothing is looked at again where nothing has changed. */
const restMs = 10;
