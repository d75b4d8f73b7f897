/**
 * The kernel's own word that something changed: `ip monitor` of addresses and links.
 *
 * A line is only a hint to look; what it says is not read, beyond whether it can concern the VIP's
 * interface, and whether that lost its link: a look comes too late for one that is back at once. So a
 * foreign change is seen within milliseconds, and no version of iproute2 can confuse us. Only a line
 * that is surely the echo of what was just done and observed is passed over: one comes for each refresh,
 * and its look would be a quarter of what an idle holder does. When the monitor dies it is started again, and the caller looks once more, since nobody told
 * what happened in between.
 */
import { HelperProgram, type PipedHelper, endHelper } from "./helper.ts";

export type MonitorOptions = {
  readonly ipPath: string;
  /** Called once for each batch of lines that names one of the interfaces, and after each restart. */
  readonly onChange: () => void;
  /** Called when a line says that an interface has no link, however short that is. */
  readonly onLinkLost: (interfaceName: string) => void;
  readonly onTrouble: (detail: string) => void;
  /** Whether a line says no more than what was just done here, and observed. */
  readonly isEcho: (line: string) => boolean;
  readonly interfaces: readonly string[];
};

const restartAfterMs = 1_000;

export class KernelMonitor {
  readonly #options: MonitorOptions;
  readonly #program: HelperProgram;
  #child: PipedHelper | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#program = new HelperProgram({ name: "ip monitor", path: options.ipPath });
  }

  start(): void {
    const { onChange, onLinkLost, isEcho, interfaces } = this.#options;
    const started = this.#program.startPiped(["-o", "monitor", "address", "link"]);
    if (!started.ok) {
      this.#startLater(started.detail);
      return;
    }
    const child = started.value;
    this.#child = child;
    child.stderr.resume();
    child.stdout.on("data", (text: string) => {
      const lines = text.split("\n").filter((line) => !isEcho(line));
      const named = interfaces.filter((name) => lines.some((line) => line.includes(name)));
      for (const name of named.filter((one) => isLinkLost(lines, one))) onLinkLost(name);
      if (named.length > 0) onChange();
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
    if (this.#child !== undefined) endHelper(this.#child);
  }

  #startLater(detail: string): void {
    const { onChange, onTrouble } = this.#options;
    onTrouble(detail);
    this.#restart = setTimeout(() => {
      this.start();
      onChange();
    }, restartAfterMs);
  }
}

function isLinkLost(lines: readonly string[], interfaceName: string): boolean {
  return lines.some((line) => {
    return line.includes(interfaceName) && /\bNO-CARRIER\b|\bstate DOWN\b/.test(line);
  });
}
