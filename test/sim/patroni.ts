/**
 * Patroni, as far as the leader key and the right to write go (reference patroni-consul.md A.3–A.6).
 *
 * A loop each loop_wait: read the configuration and the key, renew the session (half of ttl, which
 * Consul doubles), take the key where it is free, promote under it, demote without it. One request
 * may take a third of retry_timeout, one operation with its repetitions all of it; then the primary
 * demotes itself. Replicas wake when the key changes; the leader does not watch its own key, so a
 * key that is lost stays away until its next loop.
 *
 * Left out, because no VIP depends on it: positions in the log, synchronous mode, tags, failsafe.
 */
import type { Cancel, Engine } from "./engine.ts";
import type { Request, Response } from "./consul/cluster.ts";
import type { Link } from "./consul/link.ts";
import { configKey, leaderKey } from "./keys.ts";
import type { SimProcess } from "./process.ts";
import type { Random } from "./random.ts";

/** What of PostgreSQL matters here; it outlives its Patroni. */
export type Postgres = { isWritable: boolean };

export type PatroniConfig = {
  readonly ttl: number;
  readonly loop_wait: number;
  readonly retry_timeout: number;
  readonly pause?: boolean;
};

/** What one Patroni sees of the others, by REST and by what an operator asked for. */
export type Peers = {
  /** Whether a member that this one can reach answers that it is the primary. */
  readonly isPrimaryVisible: (member: string) => boolean;
  /** Who is to lead next, while a switchover is under way. */
  readonly candidate: () => string | undefined;
};

export type PatroniOptions = {
  readonly engine: Engine;
  readonly random: Random;
  readonly process: SimProcess;
  readonly link: Link;
  readonly member: string;
  readonly postgres: Postgres;
  readonly peers: Peers;
};

/** Between two tries of one operation. */
const retryEveryMs = 1_000;

export class Patroni {
  readonly #options: PatroniOptions;
  #config: PatroniConfig = { ttl: 30, loop_wait: 10, retry_timeout: 10 };
  #session: string | undefined;
  #isAskedToStepDown = false;
  #wake: () => void = () => undefined;

  constructor(options: PatroniOptions) {
    this.#options = options;
  }

  /** Runs until its process ends. */
  async run(): Promise<void> {
    const { process, postgres } = this.#options;
    for (;;) {
      const startedAtMs = process.nowMs();
      const isDone = await this.#cycle();
      if (!isDone && this.#config.pause !== true) postgres.isWritable = false;
      await this.#sleepUntil(startedAtMs + this.#config.loop_wait * 1_000);
    }
  }

  /** The key has changed: a replica looks at once. */
  onKeyChanged(): void {
    if (!this.#options.postgres.isWritable) this.#wake();
  }

  stepDown(): void {
    this.#isAskedToStepDown = true;
    this.#wake();
  }

  /** A clean stop: PostgreSQL first, then the key, then the process. In pause both are left alone. */
  async stop(): Promise<void> {
    if (this.#config.pause !== true) await this.#giveUp();
    this.#options.process.kill();
  }

  /** One loop; false where Consul could not be reached for too long. */
  async #cycle(): Promise<boolean> {
    const { member, postgres } = this.#options;
    const config = await this.#ask({ kind: "read", key: configKey });
    if (config === undefined) return false;
    if (config.entry !== undefined) this.#take(config.entry.value);
    const leader = await this.#ask({ kind: "read", key: leaderKey });
    if (leader === undefined || !(await this.#renewSession())) return false;
    if (leader.entry === undefined) return this.#race();
    if (leader.entry.value !== member) {
      if (postgres.isWritable && this.#config.pause !== true) {
        await this.#sleep(10, 50);
        postgres.isWritable = false;
      }
      return true;
    }
    if (leader.entry.session !== this.#session) await this.#lockAnew(leader.entry.modifyIndex);
    if (this.#isAskedToStepDown) return this.#giveUp();
    await this.#promote();
    return true;
  }

  /** The key is another incarnation's, or unlocked: taken away and taken again, unseen. */
  async #lockAnew(cas: number): Promise<void> {
    await this.#ask({ kind: "delete", key: leaderKey, cas });
    await this.#acquire();
  }

  async #race(): Promise<boolean> {
    const { member, postgres, peers } = this.#options;
    const candidate = peers.candidate();
    if (candidate !== undefined && candidate !== member) return true;
    if (!postgres.isWritable) {
      if (this.#config.pause === true || peers.isPrimaryVisible(member)) return true;
    }
    const isTaken = await this.#acquire();
    if (isTaken === undefined) return false;
    if (isTaken) await this.#promote();
    return true;
  }

  async #acquire(): Promise<boolean | undefined> {
    const { member } = this.#options;
    if (this.#session === undefined) return undefined;
    const options = { acquire: this.#session };
    return (await this.#ask({ kind: "put", key: leaderKey, value: member, options }))?.isDone;
  }

  async #promote(): Promise<void> {
    const { postgres } = this.#options;
    if (postgres.isWritable) return;
    await this.#sleep(13, 200);
    postgres.isWritable = true;
  }

  /** PostgreSQL stops, then the key goes. */
  async #giveUp(): Promise<boolean> {
    const { member, postgres } = this.#options;
    this.#isAskedToStepDown = false;
    postgres.isWritable = false;
    await this.#sleep(300, 1_300);
    const leader = await this.#ask({ kind: "read", key: leaderKey });
    if (leader?.entry?.value !== member) return leader !== undefined;
    const cas = leader.entry.modifyIndex;
    return (await this.#ask({ kind: "delete", key: leaderKey, cas })) !== undefined;
  }

  /** A changed ttl needs another session. */
  #take(text: string): void {
    const config = JSON.parse(text) as PatroniConfig;
    if (config.ttl !== this.#config.ttl) this.#session = undefined;
    this.#config = config;
  }

  async #renewSession(): Promise<boolean> {
    if (this.#session !== undefined) {
      const renewed = await this.#ask({ kind: "renew-session", id: this.#session });
      if (renewed === undefined) return false;
      if (renewed.status === 200) return true;
    }
    const ttlMs = (this.#config.ttl * 1_000) / 2;
    const wish = { ttlMs, lockDelayMs: 1, behavior: "delete" } as const;
    this.#session = (await this.#ask({ kind: "create-session", wish }))?.id;
    return this.#session !== undefined;
  }

  /** One operation with its repetitions; undefined when retry_timeout is over. */
  async #ask(request: Request): Promise<Response | undefined> {
    const { process } = this.#options;
    const retryMs = this.#config.retry_timeout * 1_000;
    const giveUpAtMs = process.nowMs() + retryMs;
    for (;;) {
      const response = await this.#try(request, retryMs / 3);
      if (response?.status === 200 || response?.status === 404) return response;
      if (process.nowMs() >= giveUpAtMs) return undefined;
      await this.#sleep(retryEveryMs / 2, retryEveryMs);
    }
  }

  async #try(request: Request, withinMs: number): Promise<Response | undefined> {
    const { process, link } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Response | undefined>();
    const cancelTimer = process.after(withinMs, () => resolve(undefined));
    const cancel: Cancel = link.ask(request, (answer) => {
      process.deliver(() => resolve(answer.kind === "answered" ? answer.response : undefined));
    });
    const response = await promise;
    cancelTimer();
    cancel();
    return response;
  }

  async #sleep(lowMs: number, highMs: number): Promise<void> {
    const { process, random } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    process.after(random.between(lowMs, highMs), resolve);
    await promise;
  }

  async #sleepUntil(atMs: number): Promise<void> {
    const { process } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = process.at(atMs, resolve);
    this.#wake = resolve;
    await promise;
    this.#wake = () => undefined;
    cancel();
  }
}
