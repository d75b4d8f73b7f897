/**
 * The PostgreSQL that a Patroni has charge of: what it does to it, which callbacks it runs for that
 * (patroni-consul.md C.3), and what it says of it by REST.
 */
import type { PatroniState } from "../../../src/policy/sightings.ts";
import type { Postgres } from "./postgres.ts";

export type ChargeOptions = {
  readonly postgres: Postgres;
  /** Runs the callback of postgresql.callbacks, without waiting for it. */
  readonly callback: (action: string, role: string) => void;
};

export class Charge {
  readonly #options: ChargeOptions;
  /** Patroni's own word for the role, which it uses while PostgreSQL does not run. */
  #role = "replica";
  #isStandbyLeader = false;
  /** A death is noticed by the next loop. */
  #isKnownDown = true;

  constructor(options: ChargeOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#options.postgres.isRunning;
  }

  get isWritable(): boolean {
    return this.#options.postgres.isWritable;
  }

  /** Whether it is, or was when it died, the primary. */
  get isPrimary(): boolean {
    return this.#role === "primary";
  }

  get said(): Pick<PatroniState, "role" | "postgres"> {
    if (!this.isRunning) {
      return { role: this.#role, postgres: this.#isKnownDown ? "stopped" : "unsure" };
    }
    const reading = this.#isStandbyLeader ? "standby_leader" : "replica";
    return { role: this.isWritable ? "primary" : reading, postgres: "running" };
  }

  /** A new Patroni finds what runs. */
  attach(): void {
    if (!this.isRunning) return;
    this.#isKnownDown = false;
    this.#role = this.isWritable ? "primary" : "replica";
    this.#options.callback("on_start", this.#role);
  }

  noticeDeath(): void {
    this.#isKnownDown = true;
  }

  /** After a death; returns whether it runs again. */
  revive(isPrimary: boolean): boolean {
    const { postgres, callback } = this.#options;
    if (!postgres.start()) return false;
    this.#isKnownDown = false;
    if (isPrimary) {
      postgres.promote();
      callback("on_start", "primary");
      return true;
    }
    const wasPrimary = this.isPrimary;
    this.#role = "replica";
    callback(wasPrimary ? "on_role_change" : "on_start", "replica");
    return true;
  }

  /** It does not start any more. */
  abandon(): void {
    this.#role = "demoted";
    this.#options.callback("on_role_change", "demoted");
  }

  /** Stops it, as Patroni does: whoever is connected is cut off. */
  stop(): void {
    this.#isKnownDown = true;
    this.#role = "demoted";
    this.#options.postgres.end("patroni");
  }

  /** Runs the callback of a stop. */
  tellStop(role: "primary" | "demoted"): void {
    this.#options.callback("on_stop", role);
  }

  /** After a stop: it follows another now. */
  comeBack(): void {
    const { postgres, callback } = this.#options;
    if (!postgres.start()) return;
    this.#isKnownDown = false;
    this.#role = "replica";
    callback("on_role_change", "replica");
  }

  follow(): void {
    this.#isStandbyLeader = false;
  }

  /** The lock is there, and the cluster follows another. */
  leadStandby(): void {
    if (this.#isStandbyLeader || !this.isRunning) return;
    this.#isStandbyLeader = true;
    this.#role = "standby_leader";
    this.#options.callback("on_role_change", "standby_leader");
  }

  /** The lock is there: begins a promotion, and returns what completes it; undefined without need. */
  promote(): (() => void) | undefined {
    const { postgres, callback } = this.#options;
    this.#isStandbyLeader = false;
    this.#role = "primary";
    if (postgres.isWritable) return undefined;
    const { pid } = postgres;
    callback("on_role_change", "primary");
    return () => {
      if (postgres.isRunning && postgres.pid === pid) postgres.promote();
    };
  }
}
