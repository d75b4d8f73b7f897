/**
 * The daemon's ear for Patroni's callbacks: hears within milliseconds that a word was left in the
 * directory, takes it away, and tells it with the time at which it was left.
 *
 * inotify names each file as it is made or touched; a look around each second finds what inotify
 * could not tell (an overflow, a directory made anew, a word from before the start). Both may find
 * the same word, as may another daemon on this host: whoever has removed it tells it.
 *
 * The directory is written to by others, so nothing in it is ever opened or followed, and a look is
 * bounded: what is nobody's goes after a minute, a few hundred at a time. An old word is removed and
 * not told: what has happened since, the key says better.
 */
import { isUtf8 } from "node:buffer";
import { type FSWatcher, type Stats, watch } from "node:fs";
import { lstat, opendir, rmdir, unlink } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import { type CallbackEvent, parseEventName } from "./event.ts";
import { type PlaceIdentity, errorCode, examinePlace, makePlace } from "./place.ts";

export type EarOptions = {
  readonly directory: string;
  /** Whose words are taken away; undefined means everybody's. */
  readonly scopes: ReadonlySet<string> | undefined;
  readonly clock: Clock;
  /** The clock by which the kernel stamps files. */
  readonly wallNowMs: () => number;
  /** `atMs` is when the word was left, by the monotonic clock. */
  readonly onEvent: (event: CallbackEvent, atMs: number) => void;
  /** Told once, and again when it has been well in between. */
  readonly onTrouble: (detail: string) => void;
};

const lookEveryMs = 1_000;

/** Files are stamped with the time of the kernel's last tick, which was up to this long before. */
const longestTickMs = 10;

/** The agent was away, or stood still: the key is known by then. */
const oldAfterMs = 10_000;

/** Longer than anybody who is alive leaves a word of his lying. */
const litterAfterMs = 60_000;

/** One look at a flood costs some 20 ms of work, in small steps, and then a second passes. */
const maxEntriesPerLook = 500;

/** Actions, roles and scopes make a few dozen names; what is beyond waits for the look around. */
const maxHints = 256;

/** The bytes of a file name, one character each: not every name is UTF-8. */
type RawName = string;

type Word = {
  readonly path: Buffer;
  readonly event: CallbackEvent;
  readonly leftAtMs: number;
};

export class CallbackEar {
  readonly #options: EarOptions;
  readonly #hints = new Set<RawName>();
  readonly #said = new Set<string>();
  #watcher: FSWatcher | undefined;
  #watched: PlaceIdentity | undefined;
  #placeTrouble: string | undefined;
  #isHearing = false;
  #isLooking = false;
  #isClosed = false;
  #cancelLook: () => void = () => undefined;

  constructor(options: EarOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lookEachSecond();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLook();
    this.#stopWatching();
  }

  #lookEachSecond(): void {
    const { clock } = this.#options;
    this.#cancelLook = clock.at(clock.nowMs() + lookEveryMs, () => this.#lookEachSecond());
    void this.#lookAround();
  }

  async #lookAround(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    if (await this.#enterPlace()) {
      const words = await this.#findWords();
      for (const word of words.toSorted((a, b) => a.leftAtMs - b.leftAtMs)) await this.#take(word);
    }
    this.#isLooking = false;
  }

  /** Whether there is a place to be trusted; it is watched from then on. */
  async #enterPlace(): Promise<boolean> {
    const { directory } = this.#options;
    let place = await examinePlace(directory);
    if (!place.ok && place.code === "missing" && process.geteuid?.() === 0) {
      const made = await makePlace(directory);
      place = made.ok ? await examinePlace(directory) : made;
    }
    if (this.#isClosed) return false;
    const trouble = place.ok ? undefined : place.detail;
    if (trouble !== this.#placeTrouble) this.#said.delete(this.#placeTrouble ?? "");
    this.#placeTrouble = trouble;
    if (!place.ok) {
      this.#stopWatching();
      this.#say(place.detail);
      return false;
    }
    this.#watch(place.value);
    return true;
  }

  #watch(place: PlaceIdentity): void {
    if (this.#watched === place) return;
    this.#stopWatching();
    const { directory } = this.#options;
    try {
      const watcher = watch(directory, { encoding: "latin1" }, (_, name) => this.#hint(name));
      watcher.on("error", () => this.#stopWatching());
      this.#watcher = watcher;
      this.#watched = place;
    } catch (error) {
      const detail = `${directory} cannot be watched (${errorCode(error)})`;
      this.#say(`${detail}: callbacks are heard up to a second late; raise fs.inotify's limits`);
    }
  }

  #stopWatching(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = undefined;
  }

  #hint(name: RawName | null): void {
    if (name === null || this.#hints.size >= maxHints || this.#ownEvent(name) === undefined) return;
    this.#hints.add(name);
    if (!this.#isHearing) void this.#hear();
  }

  async #hear(): Promise<void> {
    this.#isHearing = true;
    for (const name of this.#hints) {
      // Before it is looked at: whoever leaves it again meanwhile is heard again.
      this.#hints.delete(name);
      const found = await this.#inspect(name);
      if (found?.word !== undefined) await this.#take(found.word);
    }
    this.#isHearing = false;
  }

  /** The words in the directory, as far as one look goes; removes the litter that it meets. */
  async #findWords(): Promise<readonly Word[]> {
    const words: Word[] = [];
    let count = 0;
    try {
      for await (const { name } of await opendir(this.#options.directory, { encoding: "latin1" })) {
        count += 1;
        if (count > maxEntriesPerLook || this.#isClosed) break;
        const found = await this.#inspect(name);
        if (found?.word !== undefined) words.push(found.word);
        else if (found !== undefined) await this.#tidy(found);
      }
    } catch {
      // It was removed meanwhile, which the next look says.
    }
    return words;
  }

  async #inspect(name: RawName) {
    const folder = Buffer.from(`${this.#options.directory}/`);
    const path = Buffer.concat([folder, Buffer.from(name, "latin1")]);
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined) return undefined;
    const event = stats.isFile() ? this.#ownEvent(name) : undefined;
    const word: Word | undefined = event && { path, event, leftAtMs: stats.mtimeMs };
    return { path, stats, word };
  }

  #ownEvent(name: RawName): CallbackEvent | undefined {
    const bytes = Buffer.from(name, "latin1");
    const event = isUtf8(bytes) ? parseEventName(bytes.toString()) : undefined;
    const { scopes } = this.#options;
    return event && (scopes?.has(event.scope) ?? true) ? event : undefined;
  }

  /** Removes a word and tells it. One that is left again in this very moment is the same word. */
  async #take({ path, event, leftAtMs }: Word): Promise<void> {
    if (this.#isClosed) return;
    const { directory, clock, wallNowMs, onEvent } = this.#options;
    const refusal = await unlink(path).catch(errorCode);
    if (refusal === "ENOENT") return;
    if (refusal !== undefined) {
      return this.#say(`what is left in ${directory} cannot be removed (${refusal}): not heeded`);
    }
    const ageMs = wallNowMs() - leftAtMs;
    const oldText = "a callback was older than 10 s when it was found, and is not heeded";
    if (isBeyond(oldAfterMs, ageMs)) return this.#say(oldText);
    this.#said.delete(oldText);
    // Of what is uncertain the latest: nothing that was asked before a stop may outweigh it.
    onEvent(event, clock.nowMs() - Math.max(ageMs - longestTickMs, 0));
  }

  async #tidy({ path, stats }: { readonly path: Buffer; readonly stats: Stats }): Promise<void> {
    const { directory, wallNowMs } = this.#options;
    if (!isBeyond(litterAfterMs, wallNowMs() - stats.mtimeMs)) return;
    const removal = stats.isDirectory() ? rmdir(path) : unlink(path);
    const refusal = await removal.catch(errorCode);
    if (refusal === undefined || refusal === "ENOENT") return;
    this.#say(`something in ${directory} is no callback and cannot be removed: look into it`);
  }

  #say(detail: string): void {
    if (this.#said.has(detail)) return;
    this.#said.add(detail);
    this.#options.onTrouble(detail);
  }
}

/** A time that lies ahead is of a clock that has been set since, and says as little as an old one. */
function isBeyond(limitMs: number, ageMs: number): boolean {
  return Math.abs(ageMs) > limitMs;
}
