/**
 * The way from one user (the agent, Patroni) on one host to Consul, through one endpoint.
 *
 * Each fault on the way is an impairment that is put on and taken off again; several may stand at
 * once, and the worst counts. What a black hole swallowed is not always lost: TCP sends it again, so
 * when the hole is gone a question or an answer may still arrive, late. An answer may also simply be
 * slow, and then it tells of a time that is long past.
 */
import type { Cancel, Engine } from "../engine.ts";
import type { Random } from "../random.ts";
import { type ConsulCluster, type Request, type Response, brokenOff } from "./cluster.ts";

export type Impairment =
  | { readonly kind: "black-hole" }
  | { readonly kind: "refused" }
  | { readonly kind: "cut" }
  | { readonly kind: "status"; readonly status: 403 | 429 | 500 | 503 }
  | { readonly kind: "slow"; readonly upToMs: number };

/** From the worst on. */
const order = ["black-hole", "refused", "cut", "status", "slow"] as const;

/** One way of a local request when all is well; the way to a server and raft are in it. */
const travelMs = [0.3, 4] as const;

/** How long after the end of a black hole TCP sends again what it still holds. */
const resendMs = [0, 1_500] as const;

export type LinkAnswer =
  | { readonly kind: "answered"; readonly response: Response }
  | { readonly kind: "refused" }
  | { readonly kind: "broken-off" };

export class Link {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #cluster: ConsulCluster;
  readonly #impairments = new Set<Impairment>();
  readonly #swallowed = new Set<() => void>();
  /** A key that the user's token does not allow to read. */
  forbiddenKey: string | undefined;

  constructor(engine: Engine, random: Random, cluster: ConsulCluster) {
    this.#engine = engine;
    this.#random = random;
    this.#cluster = cluster;
  }

  get isSound(): boolean {
    return this.#impairments.size === 0;
  }

  impair(impairment: Impairment): Cancel {
    this.#impairments.add(impairment);
    return () => {
      this.#impairments.delete(impairment);
      if (!this.#isBlack()) this.#resend();
    };
  }

  /** Asks, and calls back with what comes of it, if anything does. */
  ask(request: Request, respond: (answer: LinkAnswer) => void): Cancel {
    let isOver = false;
    let cancelServer: Cancel = () => undefined;
    const finish = (answer: LinkAnswer) => {
      if (isOver) return;
      isOver = true;
      respond(answer);
    };
    const answer = (response: Response) => this.#carry(() => finish(this.#arrived(response)));
    this.#carry(() => {
      if (isOver) return;
      const local = this.#localAnswer(request);
      if (local !== undefined) this.#engine.after(0.2, () => finish(local));
      else cancelServer = this.#cluster.ask(request, answer);
    });
    return () => {
      isOver = true;
      cancelServer();
    };
  }

  /** What is answered on the way, before any server is asked. */
  #localAnswer(request: Request): LinkAnswer | undefined {
    const worst = this.#worst();
    if (worst?.kind === "refused" || this.#cluster.serving === "down") return { kind: "refused" };
    if (worst?.kind === "status") {
      return { kind: "answered", response: { status: worst.status } };
    }
    if (request.kind === "read" && request.key === this.forbiddenKey) {
      return { kind: "answered", response: { status: 403 } };
    }
    return undefined;
  }

  #arrived(response: Response): LinkAnswer {
    const isBroken = response.status === brokenOff || this.#worst()?.kind === "cut";
    return isBroken ? { kind: "broken-off" } : { kind: "answered", response };
  }

  /** One way, there or back. */
  #carry(arrive: () => void): void {
    this.#engine.after(this.#travelMs(), () => {
      if (this.#isBlack()) this.#swallowed.add(arrive);
      else arrive();
    });
  }

  #travelMs(): number {
    const usualMs = this.#random.between(...travelMs);
    const slowMs = [...this.#impairments].map((one) => (one.kind === "slow" ? one.upToMs : 0));
    return usualMs + this.#random.between(0, Math.max(0, ...slowMs));
  }

  #resend(): void {
    for (const arrive of this.#swallowed) {
      if (this.#random.chance(0.7)) {
        this.#engine.after(this.#random.between(...resendMs), () => this.#carry(arrive));
      }
    }
    this.#swallowed.clear();
  }

  #isBlack(): boolean {
    return this.#worst()?.kind === "black-hole";
  }

  #worst(): Impairment | undefined {
    if (this.#impairments.size === 0) return undefined;
    for (const kind of order) {
      for (const one of this.#impairments) if (one.kind === kind) return one;
    }
    return undefined;
  }
}
