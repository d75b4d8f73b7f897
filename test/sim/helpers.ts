/**
 * The helper programs that the agent talks to, over the model of the kernel: `ip`, `nft`, `ss`.
 *
 * Commands are read strictly: what bind.ts would never write is an error of the simulation, not
 * something to guess at. A helper is one process that takes one question after the other; it can be
 * slow, hang until the agent's deadline, or die. What it did by then is left to chance, as it is in
 * truth. It belongs to the host, so it carries on while the agent's process stands still.
 */
import { type Failure, type Outcome, done, failed } from "../../src/outcome.ts";
import type { IpAddress } from "../../src/vip/address.ts";
import type { GuardCode } from "../../src/vip/guard.ts";
import type { IpAnswer, IpCode } from "../../src/vip/ip-batch.ts";
import type { ResetCode } from "../../src/vip/reset.ts";
import type { Engine } from "./engine.ts";
import { type Kernel, interfaceName } from "./kernel.ts";
import type { SimProcess } from "./process.ts";
import type { Random } from "./random.ts";

/** What is wrong with the helpers of a host, from its faults. */
export type HelperTrouble = "slow" | "hangs" | "dies" | "missing";

export type HelperOptions = {
  readonly engine: Engine;
  readonly random: Random;
  readonly kernel: Kernel;
  readonly process: SimProcess;
  readonly trouble: () => HelperTrouble | undefined;
};

/** The deadlines of src/vip: ip-batch.ts, guard.ts, reset.ts. */
const deadlinesMs = { ip: 500, nft: 200, ss: 300 } as const;

/** How long each takes when all is well (vip.md 4.3 and 4.5, with room for a busy host). */
const tookMs: Record<HelperName, [low: number, high: number]> = {
  ip: [0.3, 3],
  nft: [0.3, 3],
  ss: [2, 8],
};

type HelperName = keyof typeof deadlinesMs;
type HelperCode = "missing" | "died" | "timeout" | "closed" | "busy";

/** One helper: a queue of questions, each of which acts on the kernel and brings an answer back. */
class Helper {
  readonly #options: HelperOptions;
  readonly #name: HelperName;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(name: HelperName, options: HelperOptions) {
    this.#name = name;
    this.#options = options;
  }

  /**
   * `act` changes the kernel and returns the answer that is printed. A helper that dies is replaced
   * and asked once more; what is no longer wanted at its turn is left out (resident.ts).
   */
  async ask<T>(act: () => T, isWanted = () => true): Promise<Outcome<T, HelperCode>> {
    const attempt = async (): Promise<Outcome<T, HelperCode>> =>
      isWanted() ? this.#exchange(act) : failed("busy", `${this.#name}: too late`);
    const turn = this.#last.then(async () => {
      const first = await attempt();
      return !first.ok && first.code === "died" ? attempt() : first;
    });
    this.#last = turn;
    return turn;
  }

  close(): void {
    this.#isClosed = true;
  }

  async #exchange<T>(act: () => T): Promise<Outcome<T, HelperCode>> {
    const name = this.#name;
    if (this.#isClosed) return failed("closed", `${name} is no longer run`);
    const { engine, random, process, trouble } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Outcome<T, HelperCode>>();
    const fail = (code: HelperCode): Failure<HelperCode> => failed(code, `${name}: ${code}`);
    const answer = (outcome: Outcome<T, HelperCode>) => process.deliver(() => resolve(outcome));
    const deadlineMs = deadlinesMs[name];
    const cancelDeadline = process.after(deadlineMs, () => resolve(fail("timeout")));
    switch (trouble()) {
      case undefined:
        this.#act(act, random.between(...tookMs[name]), answer);
        break;
      case "slow":
        this.#act(act, random.between(0.1, 0.8) * deadlineMs, answer);
        break;
      case "hangs":
        if (random.chance(0.5)) this.#act(act, random.between(0, deadlineMs), () => undefined);
        break;
      case "dies":
        if (random.chance(0.5)) this.#act(act, 1, () => undefined);
        engine.after(2, () => answer(fail("died")));
        break;
      case "missing":
        engine.after(0.1, () => answer(fail("missing")));
        break;
    }
    const outcome = await promise;
    cancelDeadline();
    return outcome;
  }

  /** A host that stands still does nothing until it goes on. */
  #act<T>(act: () => T, afterMs: number, answer: (outcome: Outcome<T, HelperCode>) => void): void {
    const { engine, kernel } = this.#options;
    engine.after(afterMs, () => {
      if (kernel.isPaused) this.#act(act, 5, answer);
      else answer(done(act()));
    });
  }
}

/** Stands in for IpBatch. */
export class IpHelper {
  readonly #helper: Helper;
  readonly #kernel: Kernel;

  constructor(options: HelperOptions) {
    this.#helper = new Helper("ip", options);
    this.#kernel = options.kernel;
  }

  warmUp(): void {
    // Nothing is slower the first time here.
  }

  async run(
    commands: readonly string[],
    name: string,
    isWanted?: () => boolean,
  ): Promise<Outcome<IpAnswer, IpCode>> {
    if (name !== interfaceName) throw new Error(`expected ${interfaceName}, found ${name}`);
    const act = (): IpAnswer => {
      const complaints = commands.map((command) => carryOut(command, this.#kernel));
      const complaint = complaints.filter((one) => one !== undefined).join("; ");
      return {
        state: this.#kernel.observe(),
        complaint: complaint === "" ? undefined : complaint,
      };
    };
    return this.#helper.ask(act, isWanted);
  }

  close(): void {
    this.#helper.close();
  }
}

const bindPattern =
  /^address replace (\S+)\/(\d+) dev sim0 valid_lft (\d+|forever) preferred_lft 0( nodad)?$/;
const releasePattern = /^address delete (\S+)\/(\d+) dev sim0$/;

function carryOut(command: string, kernel: Kernel): string | undefined {
  const bind = bindPattern.exec(command);
  if (bind !== null) {
    const [, address = "", prefix, lifetime, nodad] = bind;
    if (address.includes(":") !== (nodad !== undefined)) {
      throw new Error(`nodad belongs to IPv6 and to nothing else: ${command}`);
    }
    const lifetimeS = lifetime === "forever" ? "endless" : Number(lifetime);
    if (lifetimeS === 0) throw new Error(`the kernel refuses a lifetime of 0: ${command}`);
    return kernel.replace(address, Number(prefix), lifetimeS);
  }
  const release = releasePattern.exec(command);
  if (release === null) throw new Error(`expected what bind.ts writes, found: ${command}`);
  const [, address = "", prefix] = release;
  return kernel.remove(address, Number(prefix));
}

/** Stands in for Guard. */
export class GuardHelper {
  readonly #helper: Helper;
  readonly #kernel: Kernel;

  constructor(options: HelperOptions) {
    this.#helper = new Helper("nft", options);
    this.#kernel = options.kernel;
  }

  async raise({ text }: IpAddress): Promise<Outcome<void, GuardCode>> {
    return this.#helper.ask(() => this.#kernel.raiseGuard(text));
  }

  async lift({ text }: IpAddress): Promise<Outcome<void, GuardCode>> {
    return this.#kernel.guards(text)
      ? this.#helper.ask(() => this.#kernel.liftGuard(text))
      : done(undefined);
  }

  /** Elements end by themselves here, and there is no table. */
  async retire(): Promise<Outcome<void, GuardCode>> {
    return done(undefined);
  }

  close(): void {
    this.#helper.close();
  }
}

/** Stands in for ConnectionReset. */
export class ResetHelper {
  readonly #helper: Helper;
  readonly #onReset: (address: string) => void;

  constructor(options: HelperOptions, onReset: (address: string) => void) {
    this.#helper = new Helper("ss", options);
    this.#onReset = onReset;
  }

  arm(): void {
    // The next one is always ready here.
  }

  async run({ text }: IpAddress): Promise<Outcome<void, ResetCode>> {
    const outcome = await this.#helper.ask(() => this.#onReset(text));
    if (outcome.ok) return outcome;
    return failed(outcome.code === "timeout" ? "timeout" : "missing", outcome.detail);
  }

  close(): void {
    this.#helper.close();
  }
}
