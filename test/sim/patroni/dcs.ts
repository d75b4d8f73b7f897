/**
 * Consul as Patroni asks it: one request may take a third of retry_timeout, one operation with its
 * repetitions all of it (patroni-consul.md A.5).
 */
import type { Request, Response } from "../consul/cluster.ts";
import type { Link } from "../consul/link.ts";
import type { Cancel } from "../engine.ts";
import type { SimProcess } from "../process.ts";
import type { Random } from "../random.ts";

/** What `<namespace>/<scope>/config` holds. */
export type PatroniConfig = {
  readonly ttl: number;
  readonly loop_wait: number;
  readonly retry_timeout: number;
  readonly pause?: boolean;
  readonly failsafe_mode?: boolean;
  readonly standby_cluster?: { readonly host: string };
};

export const defaultConfig: PatroniConfig = { ttl: 30, loop_wait: 10, retry_timeout: 10 };

export type DcsOptions = {
  readonly process: SimProcess;
  readonly link: Link;
  readonly random: Random;
};

/** Between two tries of one operation. */
const retryEveryMs = 1_000;

export class Dcs {
  readonly #options: DcsOptions;
  config = defaultConfig;
  #session: string | undefined;

  constructor(options: DcsOptions) {
    this.#options = options;
  }

  get session(): string | undefined {
    return this.#session;
  }

  /** A changed ttl needs another session. */
  take(text: string): void {
    const config = JSON.parse(text) as PatroniConfig;
    if (config.ttl !== this.config.ttl) this.#session = undefined;
    this.config = config;
  }

  /** Renews the session, or makes one; false where Consul could not be reached for too long. */
  async renewSession(): Promise<boolean> {
    if (this.#session !== undefined) {
      const renewed = await this.ask({ kind: "renew-session", id: this.#session });
      if (renewed === undefined) return false;
      if (renewed.status === 200) return true;
    }
    const ttlMs = (this.config.ttl * 1_000) / 2;
    const wish = { ttlMs, lockDelayMs: 1, behavior: "delete" } as const;
    this.#session = (await this.ask({ kind: "create-session", wish }))?.id;
    return this.#session !== undefined;
  }

  /** One operation with its repetitions; undefined when retry_timeout is over. */
  async ask(request: Request): Promise<Response | undefined> {
    const { process } = this.#options;
    const retryMs = this.config.retry_timeout * 1_000;
    const giveUpAtMs = process.nowMs() + retryMs;
    for (;;) {
      const response = await this.#try(request, retryMs / 3);
      if (response?.status === 200 || response?.status === 404) return response;
      if (process.nowMs() >= giveUpAtMs) return undefined;
      await this.sleep(retryEveryMs / 2, retryEveryMs);
    }
  }

  async sleep(lowMs: number, highMs: number): Promise<void> {
    const { process, random } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    process.after(random.between(lowMs, highMs), resolve);
    await promise;
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
}
