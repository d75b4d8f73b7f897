/**
 * The two services of a host, the agent and Patroni, as their supervisor sees them: started, stopped,
 * killed, frozen and thawed. Each start is a new process with nothing in its memory.
 */
import { Daemon } from "../../src/agent/daemon.ts";
import type { Outside } from "../../src/agent/outside.ts";
import type { Settings } from "../../src/agent/config/settings.ts";
import type { Engine } from "./engine.ts";
import { Ha, type HaOptions } from "./patroni/ha.ts";
import type { RestServer } from "./patroni/rest.ts";
import { SimProcess } from "./process.ts";
import type { Random } from "./random.ts";

export type ServiceOptions = {
  readonly engine: Engine;
  readonly random: Random;
  /** The pace of the host's clock. */
  readonly rate: number;
  readonly name: string;
};

/** What both have in common: at most one process at a time. */
class Service {
  protected readonly options: ServiceOptions;
  protected process: SimProcess | undefined;
  #isPaused = false;
  #standsSinceMs = 0;

  constructor(options: ServiceOptions) {
    this.options = options;
  }

  get isRunning(): boolean {
    return this.process?.isRunning === true;
  }

  /** SIGSTOP; undone by what it returns, if the process is still the same. */
  stall(): () => void {
    const { process } = this;
    process?.stall();
    return () => process?.thaw();
  }

  /**
   * The host stands still, and with it whatever process it has until it goes on. Its clock goes on
   * meanwhile, or loses that time.
   */
  pause(): (doClocksGoOn: boolean) => void {
    this.#isPaused = true;
    this.#standsSinceMs = this.options.engine.nowMs;
    this.process?.stall();
    return (doClocksGoOn) => {
      const { engine } = this.options;
      this.#isPaused = false;
      if (!doClocksGoOn) this.process?.loseTime(engine.nowMs - this.#standsSinceMs);
      this.process?.thaw();
    };
  }

  kill(): void {
    this.process?.kill();
  }

  protected renew(): SimProcess {
    this.process?.kill();
    const { engine, random, rate, name } = this.options;
    this.process = new SimProcess({ engine, random: random.fork(), rate, name });
    this.#standsSinceMs = engine.nowMs;
    if (this.#isPaused) this.process.stall();
    return this.process;
  }
}

export class AgentService extends Service {
  readonly #settings: Settings;
  readonly #open: (process: SimProcess) => Outside;
  #daemon: Daemon | undefined;

  constructor(options: ServiceOptions, settings: Settings, open: (process: SimProcess) => Outside) {
    super(options);
    this.#settings = settings;
    this.#open = open;
  }

  start(): void {
    const process = this.renew();
    this.#daemon = undefined;
    process.deliver(() => {
      this.#daemon = new Daemon(this.#settings, this.#open(process));
      this.#daemon.start();
    });
  }

  /** The signal reaches the process when it runs; its end is the end of the daemon's stop. */
  stop(kind: "release" | "hand-over"): void {
    const { process } = this;
    const signal = kind === "release" ? "SIGTERM" : "SIGUSR2";
    process?.deliver(() => {
      void this.#daemon?.stop({ kind, signal }).then(() => process.kill());
    });
  }
}

export class PatroniService extends Service {
  readonly #haOptions: Omit<HaOptions, "process" | "random">;
  #server: RestServer | undefined;

  constructor(options: ServiceOptions, haOptions: Omit<HaOptions, "process" | "random">) {
    super(options);
    this.#haOptions = haOptions;
  }

  /** What listens on its REST port; it may stand still, or be dead by now. */
  get server(): RestServer | undefined {
    return this.#server;
  }

  start(): void {
    const process = this.renew();
    const ha = new Ha({ ...this.#haOptions, random: this.options.random.fork(), process });
    this.#server = { ha, process };
    process.deliver(() => void ha.run());
  }

  stop(): void {
    this.process?.deliver(() => void this.#server?.ha.stop());
  }

  stepDown(): void {
    this.process?.deliver(() => this.#server?.ha.stepDown());
  }

  onKeyChanged(): void {
    this.process?.deliver(() => this.#server?.ha.onKeyChanged());
  }

  /** Asked by another member not to take over for so long; whether it promises. */
  promise(ttlMs: number): boolean {
    if (!this.isRunning) return false;
    this.#server?.ha.promise(ttlMs);
    return true;
  }
}
