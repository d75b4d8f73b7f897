/**
 * Watches what every process shows of itself to others on its machine: arguments and environment.
 *
 * All machines of a stage run in one sandbox, which sees the processes of all of them and those of
 * the control host. A process that is over within a look's distance may be missed; a whole run is
 * made of hundreds of such. Each is looked at more than once, since a new one shows its parent's
 * words until it has become what it is to be.
 */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 50;
const LOOKS = 4;

export class ProcessWatch {
  /** Each command line with its environment once. */
  readonly seen = new Set<string>();
  #looks: ReadonlyMap<string, number> = new Map();
  #isClosed = false;
  readonly #ended: Promise<void>;

  constructor() {
    this.#ended = this.#go();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#ended;
  }

  async #go(): Promise<void> {
    while (!this.#isClosed) {
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
      const young = pids.filter((pid) => (this.#looks.get(pid) ?? 0) < LOOKS);
      for (const shown of await Promise.all(young.map(shownBy))) this.seen.add(shown);
      // Numbers of processes that are gone are forgotten: they come again.
      this.#looks = new Map(pids.map((pid) => [pid, (this.#looks.get(pid) ?? 0) + 1]));
      await sleep(EVERY_MS);
    }
  }
}

// It may have ended since the list was made.
async function shownBy(pid: string): Promise<string> {
  const files = [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return texts.join("\0").replaceAll("\0", " ");
}
