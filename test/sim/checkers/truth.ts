/**
 * What is true of one host, as no agent can know it: the checkers' side of the story.
 *
 * It is put together from the models and from the answers that reached the agent, never from what
 * the agent concluded. Kernel lifetimes stand still while the whole host does, so times that are
 * compared with them are "host time": true time less all pauses.
 */
import type { KeyAnswer, KeyQuestion } from "../../../src/clients/consul.ts";
import type { Entry } from "../consul/store.ts";
import { configKey } from "../keys.ts";
import type { PatroniConfig } from "../patroni.ts";

/** The parts of a host, or on its way to Consul, that a fault can touch. */
export const touchables = ["process", "helper", "network", "interface", "pause"] as const;
export type Touchable = (typeof touchables)[number];

/** The last answer about the leader key that reached the agent; in host time. */
export type Heard = {
  readonly says: "mine" | "denied" | "missing";
  readonly askedAtMs: number;
  readonly heardAtMs: number;
};

/** The last answer that named this host; in host time. */
export type Proof = {
  readonly askedAtMs: number;
  /** How old the session's renewal was when it was asked; undefined without a session. */
  readonly renewalAgeMs: number | undefined;
};

/** All that reached the agent's process by a certain time. */
export type Standing = {
  readonly heard: Heard | undefined;
  readonly proof: Proof | undefined;
  /** When the first answer without a key came, after answers that named this host. */
  readonly gapSinceMs: number | undefined;
};

/** How the key came to leave the host that it named. */
export type Loss = "expired" | "ended";

/** A process that stood still for this long must have noticed (pulse.ts). */
const stallMs = 1_600;

/** More answers than this do not come while one command is under way. */
const mostOverturned = 20;

/** A command that was decided takes effect within the deadline of its helper. */
const configInFlightMs = 600;

const defaultConfig: PatroniConfig = { ttl: 30, loop_wait: 10, retry_timeout: 10 };

export class HostTruth {
  readonly member: string;
  readonly #nowMs: () => number;
  readonly #isSessionNeeded: boolean;
  /** Since when the key has denied this host the VIP, and has not named it again. */
  deniedSinceMs: number | undefined = 0;
  /** Since when it has answered for no VIP; undefined while it answers, or never has. */
  silentSinceMs: number | undefined;
  /** Whether the key names it at this moment. */
  isNamed = false;
  loss: Loss = "ended";
  standing: Standing = { heard: undefined, proof: undefined, gapSinceMs: undefined };
  readonly #overturned: { readonly standing: Standing; readonly atMs: number }[] = [];
  #config = defaultConfig;
  #configBefore = defaultConfig;
  #configAtMs = -Infinity;
  readonly #touches = new Map<Touchable, { count: number; lastMs: number }>();
  #soundSinceMs = -Infinity;
  /** Grows with everything that changes here, so that what was computed from it can be kept. */
  version = 0;
  #isDown = true;
  #downSinceMs = 0;
  readonly #pauses: { readonly atMs: number; lastedMs: number }[] = [];
  #isPaused = false;

  constructor(member: string, isSessionNeeded: boolean, nowMs: () => number) {
    this.member = member;
    this.#isSessionNeeded = isSessionNeeded;
    this.#nowMs = nowMs;
    for (const part of touchables) this.#touches.set(part, { count: 0, lastMs: -Infinity });
  }

  /** The key as the store has it now. */
  onLeaderKey(entry: Entry | undefined): void {
    this.version += 1;
    const says = this.#saysOf(entry);
    this.isNamed = says === "mine";
    if (says === "mine") this.deniedSinceMs = undefined;
    if (says === "denied") this.deniedSinceMs ??= this.#nowMs();
  }

  onAnswer(
    { key }: KeyQuestion,
    askedAtMs: number,
    { entry }: KeyAnswer,
    renewedAtMs: number | undefined,
  ): void {
    const heardAtMs = this.hostNowMs;
    const hostAskedAtMs = this.hostTimeOf(askedAtMs);
    if (key === configKey) {
      if (entry !== undefined) this.#learnConfig(JSON.parse(entry.value) as PatroniConfig);
      return;
    }
    const { heard, proof, gapSinceMs } = this.standing;
    // One that was asked before the last one that was heard tells nothing new.
    if (heard !== undefined && hostAskedAtMs < heard.askedAtMs) return;
    const says = this.#saysOf(entry);
    const renewalAgeMs = renewedAtMs && Math.max(0, askedAtMs - renewedAtMs);
    const gapAtMs = heard?.says === "mine" ? heardAtMs : gapSinceMs;
    this.#stand({
      heard: { says, askedAtMs: hostAskedAtMs, heardAtMs },
      proof: says === "mine" ? { askedAtMs: hostAskedAtMs, renewalAgeMs } : proof,
      gapSinceMs: says === "missing" ? gapAtMs : undefined,
    });
  }

  #stand(standing: Standing): void {
    this.version += 1;
    this.#overturned.push({ standing: this.standing, atMs: this.hostNowMs });
    if (this.#overturned.length > mostOverturned) this.#overturned.shift();
    this.standing = standing;
  }

  /** What stood until then, for commands that are under way; the newest included. */
  standingsSince(hostMs: number): readonly Standing[] {
    const recent = this.#overturned.filter(({ atMs }) => atMs >= hostMs);
    return [this.standing, ...recent.map(({ standing }) => standing)];
  }

  /** A new process knows nothing; a proof that its predecessor had is still one for the kernel. */
  onStart(): void {
    this.#learnConfig(defaultConfig);
    this.#stand({ ...this.standing, heard: undefined, gapSinceMs: undefined });
  }

  /**
   * What this agent process was told of Patroni's timings. For a moment the ones before count as
   * well: a command may be under way that was decided on them.
   */
  get knownConfigs(): readonly PatroniConfig[] {
    const isNew = this.#nowMs() - this.#configAtMs < configInFlightMs;
    return isNew ? [this.#config, this.#configBefore] : [this.#config];
  }

  #learnConfig(config: PatroniConfig): void {
    this.version += 1;
    this.#configBefore = this.#config;
    this.#config = config;
    this.#configAtMs = this.#nowMs();
  }

  /** Something about the host is wrong from now on; returns what ends it. */
  touch(part: Touchable): () => void {
    this.version += 1;
    const touch = this.#touches.get(part) ?? { count: 0, lastMs: 0 };
    touch.count += 1;
    this.#touches.set(part, touch);
    this.#soundSinceMs = Infinity;
    return () => {
      this.version += 1;
      touch.count -= 1;
      touch.lastMs = this.#nowMs();
      this.#soundSinceMs = this.soundSinceOf(touchables);
    };
  }

  /** Since when nothing at all has been wrong; Infinity while something is. */
  get soundSinceMs(): number {
    return this.#soundSinceMs;
  }

  /** The same for some parts. */
  soundSinceOf(parts: readonly Touchable[]): number {
    let sinceMs = -Infinity;
    for (const part of parts) {
      const touch = this.#touches.get(part);
      if (touch === undefined) continue;
      sinceMs = Math.max(sinceMs, touch.count > 0 ? Infinity : touch.lastMs);
    }
    return sinceMs;
  }

  /** Whether anything was wrong with that part at some time since then. */
  wasTouchedSince(part: Touchable, sinceMs: number): boolean {
    return this.soundSinceOf([part]) >= sinceMs;
  }

  /** The agent's process is dead or stands still: nobody is there to refresh. */
  setDown(isDown: boolean): void {
    if (isDown === this.#isDown) return;
    if (isDown) this.#downSinceMs = this.hostNowMs;
    else if (this.hostNowMs - this.#downSinceMs >= stallMs) this.thawedAtMs = this.hostNowMs;
    this.#isDown = isDown;
  }

  /** When the process went on, or was started, after it had not run for long; in host time. */
  thawedAtMs = -Infinity;

  /** In host time; undefined while the agent runs. */
  get downSinceMs(): number | undefined {
    return this.#isDown ? this.#downSinceMs : undefined;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  pause(): void {
    this.version += 1;
    this.#isPaused = true;
    this.#pauses.push({ atMs: this.#nowMs(), lastedMs: 0 });
  }

  resume(): void {
    this.version += 1;
    const last = this.#pauses.at(-1);
    if (last !== undefined) last.lastedMs = this.#nowMs() - last.atMs;
    this.#isPaused = false;
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  get hostNowMs(): number {
    if (this.#pauses.length === 0) return this.#nowMs();
    const last = this.#isPaused ? this.#pauses.at(-1) : undefined;
    return this.hostTimeOf(last?.atMs ?? this.#nowMs());
  }

  /** What the host's own time was, or would have been, at that true time. */
  hostTimeOf(trueMs: number): number {
    if (this.#pauses.length === 0) return trueMs;
    let hostMs = trueMs;
    for (const { atMs, lastedMs } of this.#pauses) if (atMs < trueMs) hostMs -= lastedMs;
    return hostMs;
  }

  #saysOf(
    entry: { readonly value: string; readonly session: string | undefined } | undefined,
  ): Heard["says"] {
    if (entry === undefined) return "missing";
    if (entry.value !== this.member) return "denied";
    return entry.session === undefined && this.#isSessionNeeded ? "denied" : "mine";
  }
}
