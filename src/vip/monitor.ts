/**
 * The kernel's own word that something changed: `ip monitor` of addresses and links.
 *
 * A line is only a hint to look; what it says is not read, beyond whether it can concern the VIP's
 * interface. So a foreign change is seen within milliseconds, and no version of iproute2 can confuse
 * us. When the monitor dies it is started again, and the caller looks once more, since nobody told
 * what happened in between.
 */
import { type ChildProcess, spawn } from "node:child_process";

export type MonitorOptions = {
  readonly ipPath: string;
  /** Called once for each batch of lines that names one of the interfaces, and after each restart. */
  readonly onChange: () => void;
  readonly onTrouble: (detail: string) => void;
  readonly interfaces: readonly string[];
};

const restartAfterMs = 1_000;

export class KernelMonitor {
  readonly #options: MonitorOptions;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  start(): void {
    const { onChange, interfaces } = this.#options;
    const child = this.#spawn();
    this.#child = child;
    if (child === undefined) {
      this.#startLater("ip monitor could not be started");
      return;
    }
    child.stdout?.setEncoding("utf8");
    child.stdout?.on("data", (lines: string) => {
      if (interfaces.some((name) => lines.includes(name))) onChange();
    });
    let isOver = false;
    const onOver = (detail: string) => {
      if (isOver || this.#isClosed) return;
      isOver = true;
      this.#startLater(detail);
    };
    child.once("error", (error) => onOver(`ip monitor: ${error.message}`));
    child.once("close", (code, signal) => onOver(`ip monitor ended (${signal ?? code})`));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#restart);
    this.#child?.kill("SIGKILL");
  }

  #startLater(detail: string): void {
    const { onChange, onTrouble } = this.#options;
    onTrouble(detail);
    this.#restart = setTimeout(() => {
      this.start();
      onChange();
    }, restartAfterMs);
  }

  /** A host without memory makes `spawn` throw. */
  #spawn(): ChildProcess | undefined {
    try {
      return spawn(this.#options.ipPath, ["-o", "monitor", "address", "link"], {
        stdio: ["ignore", "pipe", "ignore"],
        env: { LC_ALL: "C" },
      });
    } catch {
      return undefined;
    }
  }
}
