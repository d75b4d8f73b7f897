/**
 * Consul's state as its servers agree on it: keys, sessions, and one index that only grows.
 *
 * The index rules are those of agent/consul/state/kvs.go: an answer about a key that is there bears
 * the index of its last change; one about a key that is not bears the highest index of all keys and
 * tombstones, so that it moves with every write to any key. A write that changes nothing moves no
 * index. A session that ends takes its locked keys along, and the lock-delay then keeps others away.
 *
 * Held against a real Consul: test/sim/consul-model.test.ts.
 */
export type Entry = {
  readonly value: string;
  readonly session: string | undefined;
  readonly createIndex: number;
  readonly modifyIndex: number;
};

export type SessionWish = {
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  /** What becomes of the keys that it locks: Patroni asks for delete. */
  readonly behavior: "delete" | "release";
};

type Session = SessionWish & { readonly locked: Set<string> };

export type PutOptions = {
  readonly acquire?: string;
  readonly release?: string;
  readonly cas?: number;
};

export class Store {
  #index: number;
  /** The highest index of the tables of keys and of tombstones. */
  #keysIndex: number;
  #sessionCount = 0;
  readonly #entries = new Map<string, Entry>();
  readonly #sessions = new Map<string, Session>();
  readonly #lockedUntilMs = new Map<string, number>();
  /** Told of each change of a key, after it. */
  onChange: (key: string, entry: Entry | undefined) => void = () => undefined;

  constructor(firstIndex = 10) {
    this.#index = firstIndex;
    this.#keysIndex = firstIndex;
  }

  read(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** What X-Consul-Index says in an answer about this key. */
  indexOf(key: string): number {
    return this.#entries.get(key)?.modifyIndex ?? this.#keysIndex;
  }

  put(key: string, value: string, nowMs: number, options: PutOptions = {}): boolean {
    const { acquire, release, cas } = options;
    const before = this.#entries.get(key);
    this.#index += 1;
    if (cas !== undefined && cas !== (before?.modifyIndex ?? 0)) return false;
    if (acquire !== undefined && !this.#mayAcquire(key, acquire, nowMs)) return false;
    if (release !== undefined && (before === undefined || before.session !== release)) return false;
    const session = release === undefined ? (acquire ?? before?.session) : undefined;
    // Written again as it is, it is no change (kvsSetTxn).
    if (before?.value === value && before.session === session) return true;
    if (before?.session !== undefined) this.#sessions.get(before.session)?.locked.delete(key);
    if (session !== undefined) this.#sessions.get(session)?.locked.add(key);
    const createIndex = before?.createIndex ?? this.#index;
    this.#set(key, { value, session, createIndex, modifyIndex: this.#index });
    return true;
  }

  delete(key: string, { cas }: { readonly cas?: number } = {}): boolean {
    const before = this.#entries.get(key);
    this.#index += 1;
    // Compare-and-delete of a key that is gone already is content.
    if (before === undefined) return true;
    if (cas !== undefined && cas !== before.modifyIndex) return false;
    if (before.session !== undefined) this.#sessions.get(before.session)?.locked.delete(key);
    this.#set(key, undefined);
    return true;
  }

  createSession(wish: SessionWish): string {
    this.#index += 1;
    this.#sessionCount += 1;
    const id = `session-${this.#sessionCount}`;
    this.#sessions.set(id, { ...wish, locked: new Set() });
    return id;
  }

  session(id: string): SessionWish | undefined {
    return this.#sessions.get(id);
  }

  get sessionIds(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  /** Ends a session, whoever asked for it or however it expired. */
  endSession(id: string, nowMs: number): void {
    const session = this.#sessions.get(id);
    this.#index += 1;
    if (session === undefined) return;
    this.#sessions.delete(id);
    for (const key of session.locked) {
      if (session.lockDelayMs > 0) this.#lockedUntilMs.set(key, nowMs + session.lockDelayMs);
      const before = this.#entries.get(key);
      if (before === undefined) continue;
      if (session.behavior === "delete") this.#set(key, undefined);
      else this.#set(key, { ...before, session: undefined, modifyIndex: this.#index });
    }
  }

  /** As after a restore from an older snapshot into a new cluster: the indices begin lower. */
  restore(firstIndex: number): void {
    this.#index = firstIndex;
    this.#keysIndex = firstIndex;
    for (const [key, entry] of this.#entries) {
      this.#index += 1;
      this.#set(key, { ...entry, createIndex: this.#index, modifyIndex: this.#index });
    }
  }

  #mayAcquire(key: string, session: string, nowMs: number): boolean {
    if (!this.#sessions.has(session)) return false;
    const holder = this.#entries.get(key)?.session;
    if (holder !== undefined) return holder === session;
    return nowMs >= (this.#lockedUntilMs.get(key) ?? 0);
  }

  #set(key: string, entry: Entry | undefined): void {
    this.#keysIndex = this.#index;
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    this.onChange(key, entry);
  }
}
