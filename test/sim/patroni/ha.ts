/**
 * Patroni's loop, as far as the leader key, the right to write and what a VIP agent is told of them
 * go (reference patroni-consul.md A.3–A.6, B, C.3).
 *
 * A loop each loop_wait: read the configuration and the key, renew the session (half of ttl, which
 * Consul doubles), take the key where it is free, promote under it, demote without it. Replicas wake
 * when the key changes; the leader does not watch its own key, so a key that is lost stays away until
 * its next loop, unless it is woken. A dead postmaster, too, is noticed by the next loop.
 *
 * Without Consul a primary demotes itself, unless the cluster is paused, or every member has
 * promised not to take over (failsafe mode).
 *
 * Left out, because no VIP depends on it: positions in the log, synchronous mode, tags.
 */
import type { PatroniState } from "../../../src/policy/sightings.ts";
import type { Entry } from "../consul/store.ts";
import { configKey, leaderKey } from "../keys.ts";
import { Charge, type ChargeOptions } from "./charge.ts";
import { Dcs, type DcsOptions, type PatroniConfig } from "./dcs.ts";

/** What one Patroni sees of the others, by REST and by what an operator asked for. */
export type Peers = {
  /** Whether a member that this one can reach answers that it is the primary. */
  readonly isPrimaryVisible: (member: string) => boolean;
  /** Who is to lead next, while a switchover is under way. */
  readonly candidate: () => string | undefined;
  /** Asks every other member not to take over for so long; whether all have promised. */
  readonly promise: (asker: string, ttlMs: number) => boolean;
};

export type HaOptions = DcsOptions &
  ChargeOptions & {
    readonly member: string;
    readonly peers: Peers;
  };

/** pg_ctl start until it takes connections, crash recovery of an idle server included. */
const startMs = [250, 600] as const;

/** Between the stop of an old primary and its start behind the new one (C.3). */
const followMs = [2_000, 2_600] as const;

export class Ha {
  readonly #options: HaOptions;
  readonly #dcs: Dcs;
  readonly #charge: Charge;
  #leaseUntilMs = Number.NEGATIVE_INFINITY;
  #dcsSeenAtMs: number | undefined;
  #isDcsLost = false;
  #isFailsafeActive = false;
  #promisedUntilMs = Number.NEGATIVE_INFINITY;
  #isAskedToStepDown = false;
  #isStopping = false;
  #isWoken = false;
  #wakeUp: () => void = () => undefined;

  constructor(options: HaOptions) {
    this.#options = options;
    this.#dcs = new Dcs(options);
    this.#charge = new Charge(options);
  }

  /** Runs until its process ends. */
  async run(): Promise<void> {
    const { process } = this.#options;
    this.#charge.attach();
    while (!this.#isStopping) {
      const startedAtMs = process.nowMs();
      this.#isDcsLost = !(await this.#cycle());
      if (this.#isDcsLost) await this.#liveWithoutDcs();
      await this.#sleepUntil(startedAtMs + this.#dcs.config.loop_wait * 1_000);
    }
  }

  /** A no-op PATCH of the configuration, or whatever else ends the pause between two loops. */
  wake(): void {
    this.#isWoken = true;
    this.#wakeUp();
  }

  /** The key has changed: a replica looks at once. */
  onKeyChanged(): void {
    if (!this.#charge.isWritable) this.#wakeUp();
  }

  stepDown(): void {
    this.#isAskedToStepDown = true;
    this.wake();
  }

  /** Another primary asks this member not to take over for so long. */
  promise(ttlMs: number): void {
    this.#promisedUntilMs = this.#options.process.nowMs() + ttlMs;
  }

  /** A clean stop: PostgreSQL first, then the key, then the process. In pause both are left alone. */
  async stop(): Promise<void> {
    const { process } = this.#options;
    this.#isStopping = true;
    if (this.#dcs.config.pause !== true && this.#charge.isRunning) await this.#giveUp();
    process.kill();
  }

  /** What GET /config says. */
  get config(): PatroniConfig {
    return this.#dcs.config;
  }

  /** What GET /primary says, its status and its body. */
  get state(): PatroniState {
    const isPaused = this.#dcs.config.pause === true;
    const isInLease = this.#options.process.nowMs() < this.#leaseUntilMs;
    // Without its DCS a paused Patroni goes by the role alone (B.2).
    const hasLock = isPaused && this.#isDcsLost ? this.#charge.isPrimary : isInLease;
    return {
      ...this.#charge.said,
      hasLock,
      isPaused,
      isFailsafeActive: this.#isFailsafeActive,
      timeline: undefined,
      dcsSeenAtMs: this.#dcsSeenAtMs,
    };
  }

  /** One loop; false where Consul could not be reached for too long. */
  async #cycle(): Promise<boolean> {
    const { member, process } = this.#options;
    const config = await this.#dcs.ask({ kind: "read", key: configKey });
    if (config === undefined) return false;
    if (config.entry !== undefined) this.#dcs.take(config.entry.value);
    const leader = await this.#dcs.ask({ kind: "read", key: leaderKey });
    if (leader === undefined) return false;
    this.#dcsSeenAtMs = process.nowMs();
    if (!(await this.#dcs.renewSession())) return false;
    this.#isFailsafeActive = false;
    if (this.#isStopping) return true;
    const { entry } = leader;
    const isMine = entry?.value === member;
    if (!this.#charge.isRunning && !(await this.#revive(entry, isMine))) return true;
    if (entry === undefined) return this.#race();
    if (!isMine) return this.#follow();
    if (entry.session !== this.#dcs.session) await this.#lockAnew(entry.modifyIndex);
    this.#leaseUntilMs = process.nowMs() + this.#dcs.config.ttl * 1_000;
    if (this.#isAskedToStepDown) {
      const isGiven = await this.#giveUp();
      // The old primary comes back behind the new one.
      await this.#dcs.sleep(...followMs);
      this.#charge.comeBack();
      return isGiven;
    }
    await this.#lead();
    return true;
  }

  /** PostgreSQL does not run. Returns whether the loop may go on. */
  async #revive(entry: Entry | undefined, isMine: boolean): Promise<boolean> {
    this.#charge.noticeDeath();
    if (this.#dcs.config.pause === true) {
      // Nobody starts it, and no callback tells (B.2).
      this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
      if (isMine) await this.#dcs.ask({ kind: "delete", key: leaderKey });
      return false;
    }
    await this.#dcs.sleep(...startMs);
    const isFollowing = this.#dcs.config.standby_cluster !== undefined;
    const isPrimary = isMine && this.#charge.isPrimary && !isFollowing;
    if (this.#charge.revive(isPrimary)) return true;
    if (!isMine) return false;
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
    this.#charge.abandon();
    const cas = entry && { cas: entry.modifyIndex };
    await this.#dcs.ask({ kind: "delete", key: leaderKey, ...cas });
    return false;
  }

  /** The key names another. */
  async #follow(): Promise<boolean> {
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
    this.#charge.follow();
    if (this.#charge.isWritable && this.#dcs.config.pause !== true) await this.#demote();
    return true;
  }

  /** The key is another incarnation's, or unlocked: taken away and taken again, unseen. */
  async #lockAnew(cas: number): Promise<void> {
    await this.#dcs.ask({ kind: "delete", key: leaderKey, cas });
    await this.#acquire();
  }

  async #race(): Promise<boolean> {
    const { member, peers, process } = this.#options;
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
    const candidate = peers.candidate();
    if (candidate !== undefined && candidate !== member) return true;
    if (!this.#charge.isWritable) {
      if (this.#dcs.config.pause === true || process.nowMs() < this.#promisedUntilMs) return true;
      if (peers.isPrimaryVisible(member)) return true;
    }
    const isTaken = await this.#acquire();
    if (isTaken === undefined) return false;
    if (!isTaken) return true;
    this.#leaseUntilMs = process.nowMs() + this.#dcs.config.ttl * 1_000;
    await this.#lead();
    return true;
  }

  async #acquire(): Promise<boolean | undefined> {
    const { session } = this.#dcs;
    if (session === undefined) return undefined;
    const { member } = this.#options;
    const options = { acquire: session };
    return (await this.#dcs.ask({ kind: "put", key: leaderKey, value: member, options }))?.isDone;
  }

  /** Under the lock: as a primary, or as the leader of a cluster that follows another. */
  async #lead(): Promise<void> {
    if (this.#dcs.config.standby_cluster !== undefined) {
      // The role changes under an unchanged key (B.3).
      if (this.#charge.isWritable) await this.#demote();
      this.#charge.leadStandby();
      return;
    }
    const complete = this.#charge.promote();
    if (complete === undefined) return;
    await this.#dcs.sleep(13, 200);
    complete();
  }

  /** PostgreSQL stops and comes back as a replica. */
  async #demote(): Promise<void> {
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
    await this.#dcs.sleep(10, 50);
    this.#charge.stop();
    this.#charge.tellStop("primary");
    await this.#dcs.sleep(...startMs);
    this.#charge.comeBack();
  }

  /** PostgreSQL stops, then the key goes. */
  async #giveUp(): Promise<boolean> {
    const { member, random } = this.#options;
    this.#isAskedToStepDown = false;
    const wasPrimary = this.#charge.isWritable;
    await this.#dcs.sleep(300, 1_300);
    // A postmaster that lingers: the key goes first, and the callback has another role (C.3).
    const lingers = random.chance(0.1);
    this.#charge.stop();
    if (wasPrimary && !lingers) this.#charge.tellStop("primary");
    const leader = await this.#dcs.ask({ kind: "read", key: leaderKey });
    this.#leaseUntilMs = Number.NEGATIVE_INFINITY;
    if (leader === undefined) return false;
    if (leader.entry?.value === member) {
      const cas = leader.entry.modifyIndex;
      const deleted = await this.#dcs.ask({ kind: "delete", key: leaderKey, cas });
      if (deleted === undefined) return false;
    }
    if (wasPrimary && lingers) {
      await this.#dcs.sleep(50, 200);
      this.#charge.tellStop("demoted");
    }
    return true;
  }

  /** Consul could not be reached. */
  async #liveWithoutDcs(): Promise<void> {
    const { member, peers, process } = this.#options;
    const { config } = this.#dcs;
    if (config.pause === true || !this.#charge.isWritable) return;
    if (config.failsafe_mode === true) {
      await this.#dcs.sleep(5, 50);
      if (peers.promise(member, config.ttl * 1_000)) {
        this.#isFailsafeActive = true;
        this.#leaseUntilMs = process.nowMs() + config.ttl * 1_000;
        return;
      }
      // A member that does not answer is asked once more.
      await this.#dcs.sleep(2_000, 4_000);
    }
    this.#isFailsafeActive = false;
    await this.#demote();
  }

  async #sleepUntil(atMs: number): Promise<void> {
    const { process } = this.#options;
    if (!this.#isWoken) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = process.at(atMs, resolve);
      this.#wakeUp = resolve;
      await promise;
      this.#wakeUp = () => undefined;
      cancel();
    }
    this.#isWoken = false;
  }
}
