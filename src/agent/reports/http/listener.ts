/**
 * Everything on which the agent answers: the TCP listener and the status socket, kept open as the
 * configuration says.
 *
 * Neither is needed to keep a VIP. One that cannot be opened is reported and tried again, since what
 * is in the way (another agent that ends soon, an address that comes later) may go.
 */
import type { Server } from "node:http";
import type { Clock } from "../../../clock.ts";
import type { Settings } from "../../config/settings.ts";
import { type Log, Repeats } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { type Sources, answerTo } from "./routes.ts";
import { listenOnSocket } from "./status-socket.ts";
import { listenOnTcp } from "./tcp.ts";

export type ListenerOptions = {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly sources: Sources;
};

export type Listening = Pick<Settings, "listener" | "statusSocket">;

const retryAfterMs = 5_000;

type Opener = { readonly name: string; readonly listen: () => Promise<Server> };

export class Listener {
  readonly #options: ListenerOptions;
  readonly #repeats = new Repeats();
  readonly #servers = new Set<Server>();
  /** Of the openings that still count. */
  #opening = new AbortController();

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Closes what was open and opens what these settings name. Does not wait. */
  open(settings: Listening): void {
    this.close();
    this.#opening = new AbortController();
    for (const opener of this.#openersOf(settings)) void this.#keepTrying(opener);
  }

  close(): void {
    this.#opening.abort();
    for (const server of this.#servers) {
      server.close();
      server.closeIdleConnections();
    }
    this.#servers.clear();
  }

  #openersOf({ listener, statusSocket }: Listening): readonly Opener[] {
    const { sources, clock } = this.#options;
    const answer = (method?: string, target?: string) => answerTo(method, target, sources);
    const tcp = listener && {
      name: `${listener.address} port ${listener.port}`,
      listen: () => listenOnTcp({ settings: listener, answerTo: answer, nowMs: clock.nowMs }),
    };
    const socket =
      statusSocket === undefined
        ? undefined
        : { name: statusSocket, listen: () => listenOnSocket(statusSocket, answer) };
    return [tcp, socket].filter((opener) => opener !== undefined);
  }

  async #keepTrying(opener: Opener): Promise<void> {
    const { signal } = this.#opening;
    const { clock } = this.#options;
    while (!signal.aborted && !(await this.#try(opener, signal))) {
      const { promise, resolve } = Promise.withResolvers<void>();
      clock.at(clock.nowMs() + retryAfterMs, resolve);
      await promise;
    }
  }

  async #try({ name, listen }: Opener, signal: AbortSignal): Promise<boolean> {
    try {
      const server = await listen();
      if (signal.aborted) server.close();
      else this.#keep(server, name);
      this.#repeats.clear(name);
      return true;
    } catch (error) {
      this.#complain(name, error);
      return false;
    }
  }

  #keep(server: Server, name: string): void {
    this.#servers.add(server);
    server.on("error", (error) => this.#complain(name, error));
  }

  #complain(name: string, error: unknown): void {
    const { log, metrics } = this.#options;
    const detail = error instanceof Error ? error.message : String(error);
    metrics.fault("listener");
    if (!this.#repeats.isNew(name, detail)) return;
    log.warn("trouble", `nobody is answered on ${name}: ${detail}`, { topic: "listener" });
  }
}
