/**
 * One script of operations that is played to the model of Consul and to a real one.
 *
 * What comes back is written down as a transcript: statuses, what the entries say, how long each
 * answer took in whole seconds, and the indices by their rank in the chapter, since their values
 * depend on everything else that a real Consul writes. The transcript of the real one is kept in
 * consul-1.22.3.json; the model must write the same.
 */
import type { PutOptions, SessionWish } from "../consul/store.ts";

export type Seen = {
  /** 0 where the connection broke or the server said that it could not. */
  readonly status: number;
  readonly tookMs: number;
  readonly index?: number;
  readonly entry?: {
    readonly value: string;
    readonly session: string | undefined;
    readonly createIndex: number;
    readonly modifyIndex: number;
  };
};

/** What the script needs of a Consul, and of a clock. */
export type ConsulPort = {
  readonly read: (
    key: string,
    blocking?: { readonly index: number; readonly waitMs: number },
  ) => Promise<Seen>;
  readonly put: (key: string, value: string, options?: PutOptions) => Promise<boolean>;
  readonly remove: (key: string, cas?: number) => Promise<boolean>;
  readonly createSession: (wish: SessionWish) => Promise<string>;
  /** Whether there was such a session. */
  readonly renewSession: (id: string) => Promise<boolean>;
  readonly destroySession: (id: string) => Promise<void>;
  /** Stops the server, and returns once it leads again. */
  readonly restart: () => Promise<void>;
  readonly sleep: (forMs: number) => Promise<void>;
};

export type Line = Readonly<Record<string, string | number | boolean>>;
export type Transcript = Readonly<Record<string, readonly Line[]>>;

/** Consul asks for no less than ten seconds (session_ttl_min). */
const wish: SessionWish = { ttlMs: 10_000, lockDelayMs: 1, behavior: "delete" };

/** Collects what one chapter sees; indices and sessions get their names at its end. */
class Notes {
  readonly #lines: (() => Line)[] = [];
  readonly #indices = new Set<number>();
  readonly #sessions: string[] = [];

  answer(step: string, { status, tookMs, index, entry }: Seen): void {
    const shown = [index, entry?.createIndex, entry?.modifyIndex];
    for (const one of shown) if (one !== undefined) this.#indices.add(one);
    if (entry?.session !== undefined && !this.#sessions.includes(entry.session)) {
      this.#sessions.push(entry.session);
    }
    this.#lines.push(() => ({
      step,
      status,
      tookS: Math.round(tookMs / 1_000),
      ...(index !== undefined && { index: this.#rank(index) }),
      ...(entry !== undefined && {
        value: entry.value,
        session: entry.session === undefined ? "none" : this.#sessions.indexOf(entry.session) + 1,
        createIndex: this.#rank(entry.createIndex),
        modifyIndex: this.#rank(entry.modifyIndex),
      }),
    }));
  }

  fact(step: string, isSo: boolean): void {
    this.#lines.push(() => ({ step, isSo }));
  }

  lines(): readonly Line[] {
    return this.#lines.map((line) => line());
  }

  #rank(index: number): number {
    return [...this.#indices].filter((one) => one < index).length;
  }
}

type Chapter = (consul: ConsulPort, notes: Notes) => Promise<void>;

const indexOf = ({ index }: Seen): number => index ?? 0;
const wait = (seen: Seen) => ({ index: indexOf(seen), waitMs: 10_000 });

const missingKey: Chapter = async (consul, notes) => {
  await consul.put("a/other", "1");
  const first = await consul.read("a/leader");
  notes.answer("read a missing key", first);
  notes.answer("read it again", await consul.read("a/leader"));
  const unchanged = { index: indexOf(first), waitMs: 2_000 };
  notes.answer("wait for it in vain", await consul.read("a/leader", unchanged));
  const waiting = consul.read("a/leader", unchanged);
  await consul.sleep(500);
  await consul.put("a/other", "2");
  await consul.put("unrelated", "2");
  const after = await waiting;
  notes.answer("wait while its neighbours are written", after);
  notes.answer("wait with the index of that", await consul.read("a/leader", wait(after)));
  const newest = await consul.read("a/leader");
  notes.answer("read it once more", newest);
  notes.answer("wait with an index from before", await consul.read("a/leader", unchanged));
  const appearing = consul.read("a/leader", wait(newest));
  await consul.sleep(1_000);
  await consul.put("a/leader", "one");
  notes.answer("wait until it is written after a second", await appearing);
};

const lock: Chapter = async (consul, notes) => {
  const [mine, other] = [await consul.createSession(wish), await consul.createSession(wish)];
  notes.fact("acquire", await consul.put("b/leader", "one", { acquire: mine }));
  notes.answer("read", await consul.read("b/leader"));
  notes.fact("acquire by another", await consul.put("b/leader", "two", { acquire: other }));
  notes.fact("acquire again", await consul.put("b/leader", "one", { acquire: mine }));
  notes.answer("read what was acquired again", await consul.read("b/leader"));
  notes.fact("acquire another value", await consul.put("b/leader", "ONE", { acquire: mine }));
  const renamed = await consul.read("b/leader");
  notes.answer("read the other value", renamed);
  notes.fact("write without a session", await consul.put("b/leader", "by hand"));
  notes.answer("read what was written by hand", await consul.read("b/leader"));
  notes.fact("unlock", await consul.put("b/leader", "free", { release: mine }));
  notes.answer("read what was unlocked", await consul.read("b/leader"));
  notes.fact("unlock again", await consul.put("b/leader", "free", { release: mine }));
  notes.fact("acquire the unlocked", await consul.put("b/leader", "two", { acquire: other }));
  const taken = await consul.read("b/leader");
  notes.answer("read what another acquired", taken);
  notes.fact("delete with an old index", await consul.remove("b/leader", indexOf(renamed)));
  notes.fact("delete with the index", await consul.remove("b/leader", indexOf(taken)));
  notes.answer("read what was deleted", await consul.read("b/leader"));
  notes.fact("delete it again", await consul.remove("b/leader", indexOf(taken)));
  notes.fact("acquire at once", await consul.put("b/leader", "one", { acquire: mine }));
  notes.answer("read the new incarnation", await consul.read("b/leader"));
  notes.fact("acquire with no session", await consul.put("b/none", "x", { acquire: noSession }));
};

const noSession = "00000000-0000-0000-0000-000000000000";

const blocking: Chapter = async (consul, notes) => {
  const session = await consul.createSession(wish);
  await consul.put("c/leader", "one", { acquire: session });
  const first = await consul.read("c/leader");
  const unchanged = { index: indexOf(first), waitMs: 1_000 };
  notes.answer("read", first);
  notes.answer("wait in vain", await consul.read("c/leader", unchanged));
  const long = { index: indexOf(first), waitMs: 10_000 };
  const disturbed = consul.read("c/leader", { ...long, waitMs: 2_000 });
  await consul.sleep(300);
  await consul.put("c/other", "1");
  await consul.put("c/leader", "one", { acquire: session });
  notes.answer("wait while others are written and nothing changes here", await disturbed);
  const changing = consul.read("c/leader", long);
  await consul.sleep(1_000);
  await consul.remove("c/leader");
  notes.answer("wait until it is deleted after a second", await changing);
  await consul.put("c/leader", "two", { acquire: session });
  notes.answer("wait with an index from before both", await consul.read("c/leader", long));
  const ahead = { index: indexOf(first) + 1_000_000, waitMs: 1_000 };
  notes.answer("wait with an index from the future", await consul.read("c/leader", ahead));
};

const sessionEnd: Chapter = async (consul, notes) => {
  const [first, second] = [await consul.createSession(wish), await consul.createSession(wish)];
  await consul.put("d/leader", "one", { acquire: first });
  await consul.put("d/member", "one", { acquire: first });
  const waiting = consul.read("d/leader", {
    index: indexOf(await consul.read("d/leader")),
    waitMs: 10_000,
  });
  await consul.sleep(1_000);
  await consul.destroySession(first);
  notes.answer("wait until its session is destroyed after a second", await waiting);
  notes.answer("read the session's other key", await consul.read("d/member"));
  notes.fact("renew what was destroyed", await consul.renewSession(first));
  await consul.sleep(50);
  notes.fact("acquire after 1 ms", await consul.put("d/leader", "two", { acquire: second }));
  const slow = await consul.createSession({ ...wish, lockDelayMs: 2_000 });
  await consul.put("d/slow", "one", { acquire: slow });
  await consul.destroySession(slow);
  notes.fact("acquire within 2 s", await consul.put("d/slow", "two", { acquire: second }));
  await consul.sleep(2_300);
  notes.fact("acquire after 2 s", await consul.put("d/slow", "two", { acquire: second }));
  const freeing = await consul.createSession({ ...wish, behavior: "release" });
  await consul.put("d/kept", "one", { acquire: freeing });
  await consul.destroySession(freeing);
  notes.answer("read a key whose session released it", await consul.read("d/kept"));
};

const expiry: Chapter = async (consul, notes) => {
  const session = await consul.createSession(wish);
  await consul.put("e/leader", "one", { acquire: session });
  const { index = 0 } = await consul.read("e/leader");
  await consul.sleep(2_000);
  notes.fact("renew", await consul.renewSession(session));
  const gone = await consul.read("e/leader", { index, waitMs: 40_000 });
  notes.answer("wait from the renewal to the end of its session", gone);
};

const restart: Chapter = async (consul, notes) => {
  const session = await consul.createSession(wish);
  await consul.put("f/leader", "one", { acquire: session });
  const before = await consul.read("f/leader");
  notes.answer("read", before);
  await consul.sleep(5_000);
  const waiting = consul.read("f/leader", { index: indexOf(before), waitMs: 30_000 });
  await consul.sleep(500);
  await consul.restart();
  notes.fact("a query that waited was answered", (await waiting).status === 200);
  const after = await consul.read("f/leader");
  notes.answer("read after the restart", after);
  const gone = await consul.read("f/leader", { index: indexOf(after), waitMs: 40_000 });
  // Without a new beginning some ten seconds would have been left. How long before the server was
  // found ready its timers began is not the server's doing.
  const { tookMs } = gone;
  notes.fact("its session began anew", tookMs > 14_000 && tookMs < 21_000);
  notes.fact("and ended", gone.status === 404);
};

export const chapters: Readonly<Record<string, Chapter>> = {
  "a key that is missing": missingKey,
  "the lock": lock,
  "blocking queries": blocking,
  "a session that is destroyed": sessionEnd,
  "a session that expires": expiry,
  "a server that starts again": restart,
};

/** Plays the whole script, or one chapter of it. */
export async function play(consul: ConsulPort, names = Object.keys(chapters)): Promise<Transcript> {
  const transcript: Record<string, readonly Line[]> = {};
  for (const name of names) {
    const notes = new Notes();
    await chapters[name]?.(consul, notes);
    transcript[name] = notes.lines();
  }
  return transcript;
}
