/**
 * The life of PostgreSQL's main process as sightings.
 *
 * Patroni itself notices only in its next loop that its PostgreSQL has died; that loop is up to ten
 * seconds away, and all of them are an outage. So the process is looked at ten times per second
 * and Patroni can be woken at once; that costs 8 s of processor time per hour (measured), most of
 * them for the timer. And where Patroni is not there, in pause, the process that goes on is the
 * evidence.
 *
 * One that was never there is not reported as gone: a host without PostgreSQL is in order.
 */
import type { Processes } from "../../clients/processes.ts";
import type { Clock } from "../../clock.ts";
import type { PostmasterSeen } from "../../policy/sightings.ts";

export type PostmasterWatchOptions = {
  readonly processes: Processes;
  /** Where PostgreSQL keeps its data; where it is unknown, the only postmaster is meant. */
  readonly dataDirectory: string | undefined;
  readonly clock: Clock;
  readonly onSighting: (sighting: PostmasterSeen) => void;
};

const checkEveryMs = 100;

/** A process that goes on living is reported this often, and one that is not there searched for. */
const everyMs = 1_000;

export class PostmasterWatch {
  readonly #options: PostmasterWatchOptions;
  #pid: number | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #isSearching = false;
  /** Asked for in the middle of a search, which may have passed the place already. */
  #isAskedAgain = false;
  #isClosed = false;
  #cancel: () => void = () => undefined;

  constructor(options: PostmasterWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#look();
  }

  /** Something may have happened to it: does not wait for the next time. */
  lookNow(): void {
    if (this.#isSearching) this.#isAskedAgain = true;
    else this.#look();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #look(): void {
    if (this.#isClosed) return;
    this.#cancel();
    if (this.#pid === undefined) void this.#search();
    else this.#check(this.#pid);
  }

  #check(pid: number): void {
    const { processes, clock } = this.#options;
    const atMs = clock.nowMs();
    if (!processes.isAlive(pid)) {
      this.#pid = undefined;
      this.#tell(atMs);
      void this.#search();
      return;
    }
    if (atMs - this.#toldAtMs >= everyMs) this.#tell(atMs);
    this.#lookAt(atMs + checkEveryMs);
  }

  async #search(): Promise<void> {
    const { processes, dataDirectory, clock } = this.#options;
    this.#isSearching = true;
    const atMs = clock.nowMs();
    this.#isAskedAgain = false;
    const pid = await processes.findPostmaster(dataDirectory);
    this.#isSearching = false;
    if (this.#isClosed) return;
    this.#pid = pid;
    if (pid !== undefined) this.#tell(atMs);
    const pauseMs = pid === undefined ? everyMs : checkEveryMs;
    this.#lookAt(this.#isAskedAgain ? clock.nowMs() : atMs + pauseMs);
  }

  #tell(atMs: number): void {
    this.#toldAtMs = atMs;
    this.#options.onSighting({ kind: "postmaster-seen", atMs, pid: this.#pid });
  }

  #lookAt(atMs: number): void {
    this.#cancel = this.#options.clock.at(atMs, () => this.#look());
  }
}
