/**
 * One simulated hour: a cluster drawn from a seed, faults on a schedule drawn from the same seed,
 * and every checker after every step.
 *
 * A rough hour is storms, in which faults overlap as they like, and calms, in which everything must
 * come right. A harmless hour has one fault at a time, of those that must never cost the VIP.
 */
import { Inspector } from "./checkers/inspector.ts";
import type { Fault } from "./fault.ts";
import { type FaultName, faults } from "./faults.ts";
import type { Host } from "./host.ts";
import { Random } from "./random.ts";
import { type Scenario, drawScenario } from "./scenario.ts";
import { World } from "./world.ts";

const hourMs = 3_600_000;

/** From the last fault of a storm on: long enough for a new leader, and for a while of nothing. */
const calmMs = [70_000, 130_000] as const;
const stormMs = [20_000, 200_000] as const;
const betweenFaultsMs = 12_000;
const betweenHarmlessMs = [12_000, 40_000] as const;

export type Played = {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly steps: number;
  /** Processor time that it took. */
  readonly cpuMs: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly inspector: Inspector;
  /** What broke a promise, with the events before it; undefined when all were kept. */
  readonly failure: { readonly error: unknown; readonly history: readonly string[] } | undefined;
};

export async function playHour(seed: number): Promise<Played> {
  const random = new Random(seed);
  const scenario = drawScenario(random.fork());
  const inspector = new Inspector(scenario);
  const world = new World({
    random: random.fork(),
    scenario,
    witnessOf: (member) => inspector.witnessOf(member),
  });
  inspector.watch(world);
  world.start(random.fork());
  const schedule = new Schedule(world, inspector, random.fork());
  schedule.begin();
  let failure: Played["failure"];
  const usedBefore = process.cpuUsage();
  // An assertion that fails inside the daemon ends a real process; here it ends the hour.
  const onRejection = (error: unknown) => world.engine.fail(error);
  process.on("unhandledRejection", onRejection);
  try {
    await world.engine.run(hourMs);
  } catch (error) {
    failure = { error, history: world.history };
  } finally {
    process.off("unhandledRejection", onRejection);
  }
  const { user, system } = process.cpuUsage(usedBefore);
  return {
    seed,
    scenario,
    steps: world.engine.steps,
    cpuMs: (user + system) / 1_000,
    faults: schedule.counts,
    inspector,
    failure,
  };
}

class Schedule {
  readonly #world: World;
  readonly #inspector: Inspector;
  readonly #random: Random;
  /** What ends each fault that is on. */
  readonly #ends = new Set<() => void>();
  readonly counts = new Map<string, number>();

  constructor(world: World, inspector: Inspector, random: Random) {
    this.#world = world;
    this.#inspector = inspector;
    this.#random = random;
  }

  begin(): void {
    const { temper } = this.#world.scenario;
    // Nothing counts before everything has been started once.
    const starting = this.#inspector.touch("process", this.#world.scenario.members);
    this.#world.engine.after(30_000, () => {
      starting();
      if (temper === "harmless") this.#nextHarmless();
      else this.#storm();
    });
  }

  #storm(): void {
    const { engine } = this.#world;
    const endMs = engine.nowMs + this.#random.spread(...stormMs);
    const next = () => {
      if (engine.nowMs >= endMs) {
        for (const end of this.#ends) end();
        engine.after(this.#random.between(...calmMs), () => this.#storm());
        return;
      }
      this.#strike(this.#draw(), undefined);
      engine.after(this.#random.gap(betweenFaultsMs), next);
    };
    next();
  }

  #nextHarmless(): void {
    const { engine } = this.#world;
    // A key that is missing is a fault that is still on, although nothing keeps it so.
    const isWell = this.#world.named !== undefined;
    const lastsMs = isWell ? this.#strike(this.#draw(), "harmless") : 0;
    const pauseMs = this.#random.between(...betweenHarmlessMs);
    engine.after(lastsMs + pauseMs, () => this.#nextHarmless());
  }

  #draw(): FaultName {
    const { scenario } = this.#world;
    const { temper } = scenario;
    const choices = Object.entries(faults as Record<string, Fault>)
      .filter(([, { fits }]) => fits === undefined || fits(scenario))
      .filter(([, { harmlessUpToS }]) => temper === "rough" || harmlessUpToS !== undefined)
      .map(([name, { weight }]) => [weight, name as FaultName] as const);
    return this.#random.weighted(choices);
  }

  /** Begins a fault; returns how long it will last. */
  #strike(name: FaultName, temper: "harmless" | undefined): number {
    const fault: Fault = faults[name];
    const { engine } = this.#world;
    const host = this.#victim();
    // Nothing befalls a host that stands still; what ends there ends.
    if (host.kernel.isPaused) return 0;
    const lastsMs = this.#durationMs(fault, temper);
    this.#inspector.onTurn();
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    this.#world.note(`fault: ${name}, ${host.member}, ${Math.round(lastsMs)} ms`);
    const endTouch = this.#touch(fault, host);
    const endFault = fault.begin({ world: this.#world, random: this.#random.fork(), host });
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      this.#ends.delete(end);
      if (lastsMs > 0) this.#inspector.onTurn();
      this.#world.note(`fault over: ${name}, ${host.member}`);
      endFault?.();
      endTouch?.();
    };
    this.#ends.add(end);
    engine.after(lastsMs, end);
    return lastsMs;
  }

  #touch({ touches }: Fault, host: Host): (() => void) | undefined {
    const { members, settings } = this.#world.scenario;
    if (touches !== undefined) {
      const { part, who } = touches;
      return this.#inspector.touch(part, who === "all" ? members : [host.member]);
    }
    // Where Patroni is all that an agent has, whatever befalls Patroni befalls the agent.
    return settings.source === "patroni" ? this.#inspector.touch("patroni", members) : undefined;
  }

  #durationMs({ lastsS, harmlessUpToS }: Fault, temper: "harmless" | undefined): number {
    if (lastsS === undefined) return 0;
    const [shortestS, longestS] = lastsS;
    const { scenario } = this.#world;
    const harmlessS =
      typeof harmlessUpToS === "function" ? harmlessUpToS(scenario) : (harmlessUpToS ?? 0);
    const upToS = temper === "harmless" ? Math.min(longestS, harmlessS) : longestS;
    return this.#random.spread(Math.min(shortestS, upToS), upToS) * 1_000;
  }

  #victim(): Host {
    const { named, hosts } = this.#world;
    return named !== undefined && this.#random.chance(0.6) ? named : this.#random.pick(hosts);
  }
}
