/**
 * The PostgreSQL of one host, as far as a VIP depends on it: a process with a role. It outlives its
 * Patroni, and dies without asking it.
 */
export class Postgres {
  #pid: number | undefined;
  #lastPid = 100;
  #isPrimary = false;
  /** Something is wrong with it: it dies again as soon as it is started. */
  isBroken = false;
  /** Told after each change. */
  onChange: () => void = () => undefined;

  /** The pid of its postmaster; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#pid;
  }

  get isRunning(): boolean {
    return this.#pid !== undefined;
  }

  get isWritable(): boolean {
    return this.#pid !== undefined && this.#isPrimary;
  }

  /** Starts as a replica; returns whether it came up. */
  start(): boolean {
    if (this.isBroken) return false;
    this.#lastPid += 1;
    this.#pid = this.#lastPid;
    this.#isPrimary = false;
    this.onChange();
    return true;
  }

  promote(): void {
    this.#isPrimary = true;
    this.onChange();
  }

  /** Whether Patroni stopped it, the last time; otherwise it died. */
  wasStopped = false;

  /** Stopped by its Patroni, or killed by somebody. */
  end(by: "patroni" | "death"): void {
    this.wasStopped = by === "patroni";
    this.#pid = undefined;
    this.#isPrimary = false;
    this.onChange();
  }
}
