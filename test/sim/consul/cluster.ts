/**
 * The Consul servers as a client meets them: one store, behind a leader that may be missing.
 *
 * - With a leader, requests are served at once, and a blocking query waits for a change of its key
 *   or for its time, which the server stretches by up to a sixteenth. When the time is up, the answer
 *   is what was found when it was last looked.
 * - Without one, requests that need it are held for rpc_hold_timeout and then refused with 500.
 * - A blocking query that was waiting when the leader went is held and asked again, or fails, or,
 *   the worst, is answered when its time is up by the server that was deposed, with what that one
 *   knew: `consistent` verifies at the start and at each wake-up, not at the end of the wait
 *   (agent/blockingquery). So only its time of asking says anything.
 * - Sessions end at twice their TTL (SessionTTLMultiplier). Their timers live with the leader: a new
 *   one starts them all anew, at full length.
 */
import type { Cancel, Engine } from "../engine.ts";
import type { Random } from "../random.ts";
import { type Entry, type PutOptions, type SessionWish, Store } from "./store.ts";

export type Request =
  | {
      readonly kind: "read";
      readonly key: string;
      readonly blocking?: { readonly index: number; readonly waitMs: number };
    }
  | {
      readonly kind: "put";
      readonly key: string;
      readonly value: string;
      readonly options: PutOptions;
    }
  | { readonly kind: "delete"; readonly key: string; readonly cas?: number }
  | { readonly kind: "create-session"; readonly wish: SessionWish }
  | { readonly kind: "renew-session" | "destroy-session"; readonly id: string };

export type Response = {
  readonly status: number;
  /** X-Consul-Index, which answers about a key bear. */
  readonly index?: number;
  readonly entry?: Entry;
  /** What a write says: whether it was done. */
  readonly isDone?: boolean;
  /** The session that was created. */
  readonly id?: string;
};

export type Serving = "leading" | "electing" | "down";

type Respond = (response: Response) => void;

/** One request inside the servers. */
type Pending = { readonly request: Request; readonly respond: Respond; cancel: Cancel };

/** A blocking query that waits. */
type Watching = Pending & {
  readonly key: string;
  /** What was found when it was last looked: the answer, when the time is up. */
  known: Response;
};

/** Stands in the place of a status where the connection ended without one. */
export const brokenOff = 0;

const rpcHoldMs = 7_000;
const sessionTtlMultiplier = 2;

/** Keys of one folder share a branch of the tree of keys, so they wake each other. */
function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

export class ConsulCluster {
  readonly store = new Store();
  readonly #engine: Engine;
  readonly #random: Random;
  #serving: Serving = "leading";
  /** Waiting for a leader. */
  readonly #held = new Set<Pending>();
  /** Waiting for a change. */
  readonly #watching = new Set<Watching>();
  readonly #sessionEnds = new Map<string, Cancel>();
  readonly #renewedAtMs = new Map<string, number>();
  /** Told of each change of a key. */
  onChange: (key: string, entry: Entry | undefined) => void = () => undefined;
  /** Told before a session ends, and whether nobody renewed it in time. */
  onSessionEnd: (id: string, isExpired: boolean) => void = () => undefined;

  constructor(engine: Engine, random: Random) {
    this.#engine = engine;
    this.#random = random;
    this.store.onChange = (key, entry) => {
      this.onChange(key, entry);
      this.#wake(key);
    };
  }

  get serving(): Serving {
    return this.#serving;
  }

  /** When the session was last renewed, or created; what nobody outside Consul can ask. */
  renewedAtMs(session: string): number | undefined {
    return this.#renewedAtMs.get(session);
  }

  /** Asks, and calls back with the answer, unless it is cancelled before. */
  ask(request: Request, respond: Respond): Cancel {
    const pending: Pending = { request, respond, cancel: () => undefined };
    this.#take(pending);
    return () => this.#forget(pending);
  }

  /** The leader is gone; what becomes of those who wait, chance decides. */
  loseLeader(serving: "electing" | "down"): void {
    const fates = ["held", "fails", "frozen"] as const;
    for (const watching of this.#leave(serving)) {
      this.#orphan(watching, serving === "down" ? "fails" : this.#random.pick(fates));
    }
  }

  /** A server is told to stop: it still answers those who wait. */
  stop(): void {
    for (const { cancel, respond, known } of this.#leave("down")) {
      cancel();
      respond(known);
    }
  }

  /** A leader is elected: it serves who waits, and begins all session timers anew. */
  elect(): void {
    this.#serving = "leading";
    for (const id of this.store.sessionIds) this.#armSession(id);
    const held = [...this.#held];
    this.#held.clear();
    for (const pending of held) {
      pending.cancel();
      this.#take(pending);
    }
  }

  #take(pending: Pending): void {
    if (this.#serving !== "leading") {
      this.#held.add(pending);
      pending.cancel = this.#engine.after(rpcHoldMs, () => {
        this.#held.delete(pending);
        pending.respond({ status: 500 });
      });
      return;
    }
    const { request } = pending;
    if (request.kind !== "read") {
      pending.respond(this.#write(request));
      return;
    }
    const { key, blocking } = request;
    const response = this.#read(key);
    if (blocking === undefined || (response.index ?? 0) > blocking.index) pending.respond(response);
    else this.#watch(pending, key, blocking.waitMs, response);
  }

  #watch(pending: Pending, key: string, waitMs: number, known: Response): void {
    const watching: Watching = Object.assign(pending, { key, known });
    this.#watching.add(watching);
    const stretchedMs = waitMs + this.#random.between(0, waitMs / 16);
    watching.cancel = this.#engine.after(stretchedMs, () => {
      this.#watching.delete(watching);
      watching.respond(watching.known);
    });
  }

  /**
   * A change of the key answers those who wait for it. One of a neighbour only makes them look: a
   * key that stays missing has not changed, but its index has.
   */
  #wake(changed: string): void {
    for (const watching of this.#watching) {
      const { key, known } = watching;
      if (key === changed) {
        this.#watching.delete(watching);
        watching.cancel();
        watching.respond(this.#read(key));
      } else if (known.entry === undefined && folderOf(key) === folderOf(changed)) {
        watching.known = this.#read(key);
      }
    }
  }

  #leave(serving: "electing" | "down"): readonly Watching[] {
    this.#serving = serving;
    for (const cancel of this.#sessionEnds.values()) cancel();
    this.#sessionEnds.clear();
    const watching = [...this.#watching];
    this.#watching.clear();
    return watching;
  }

  #orphan(watching: Watching, fate: "held" | "fails" | "frozen"): void {
    // Frozen, its time goes on, and nobody changes any more what it knows.
    if (fate === "frozen") return;
    watching.cancel();
    if (fate === "held") this.#take(watching);
    else watching.respond({ status: this.#serving === "down" ? brokenOff : 500 });
  }

  #forget(pending: Pending): void {
    pending.cancel();
    this.#held.delete(pending);
    for (const watching of this.#watching) {
      if (watching === pending) this.#watching.delete(watching);
    }
  }

  #read(key: string): Response {
    const entry = this.store.read(key);
    const index = this.store.indexOf(key);
    return entry === undefined ? { status: 404, index } : { status: 200, index, entry };
  }

  #write(request: Exclude<Request, { kind: "read" }>): Response {
    const { nowMs } = this.#engine;
    switch (request.kind) {
      case "put": {
        const { key, value, options } = request;
        return { status: 200, isDone: this.store.put(key, value, nowMs, options) };
      }
      case "delete": {
        const { key, cas } = request;
        return { status: 200, isDone: this.store.delete(key, cas === undefined ? {} : { cas }) };
      }
      case "create-session": {
        const id = this.store.createSession(request.wish);
        this.#renewedAtMs.set(id, nowMs);
        this.#armSession(id);
        return { status: 200, id };
      }
      case "renew-session": {
        if (this.store.session(request.id) === undefined) return { status: 404 };
        this.#renewedAtMs.set(request.id, nowMs);
        this.#armSession(request.id);
        return { status: 200, isDone: true };
      }
      case "destroy-session": {
        this.endSession(request.id);
        return { status: 200, isDone: true };
      }
    }
  }

  endSession(id: string, isExpired = false): void {
    this.onSessionEnd(id, isExpired);
    this.#sessionEnds.get(id)?.();
    this.#sessionEnds.delete(id);
    this.store.endSession(id, this.#engine.nowMs);
  }

  #armSession(id: string): void {
    const session = this.store.session(id);
    if (session === undefined) return;
    this.#sessionEnds.get(id)?.();
    const lifeMs = session.ttlMs * sessionTtlMultiplier;
    this.#sessionEnds.set(
      id,
      this.#engine.after(lifeMs, () => this.endSession(id, true)),
    );
  }
}
