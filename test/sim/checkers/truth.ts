/**
 * What is true of one host, as no agent can know it: the checkers' side of the story.
 *
 * It is put together from the models and from the answers that reached the agent, never from what
 * the agent concluded. Kernel lifetimes stand still while the whole host does, so times that are
 * compared with them are "host time": true time less all pauses.
 */
import type { PatroniAnswer } from "../../../src/clients/patroni.ts";
import type { KeyAnswer, KeyQuestion } from "../../../src/clients/consul.ts";
import type { Settings } from "../../../src/agent/config/settings.ts";
import type { Entry } from "../consul/store.ts";
import { configKey } from "../keys.ts";
import { type PatroniConfig, defaultConfig } from "../patroni/dcs.ts";
import type { Postgres } from "../patroni/postgres.ts";
import { promptMs } from "./bounds.ts";
import type { Heard, Standing } from "./standing.ts";
import { type Touchable, Touches } from "./touches.ts";

/** How the key came to leave the host that it named. */
export type Loss = "expired" | "ended";

/** A process that stood still for this long must have noticed (pulse.ts). */
const stallMs = 1_600;

/** More answers than this do not come while one command is under way. */
const mostOverturned = 20;

/** A command that was decided takes effect within the deadline of its helper. */
const configInFlightMs = 600;

export type TruthSettings = Pick<Settings, "requireSession" | "source" | "standbyVip">;

export class HostTruth {
  readonly member: string;
  readonly #nowMs: () => number;
  readonly #settings: TruthSettings;
  /** Since when the key has denied this host the VIP, and has not named it again. */
  deniedSinceMs: number | undefined = 0;
  /** Since when it has answered for no VIP; undefined while it answers, or never has. */
  silentSinceMs: number | undefined;
  /** Whether the key names it at this moment, and since when. */
  isNamed = false;
  namedSinceMs = 0;
  #unnamedAtMs = -Infinity;
  loss: Loss = "ended";
  standing: Standing = {
    heard: undefined,
    proof: undefined,
    gapSinceMs: undefined,
    word: undefined,
  };
  /** Until when its PostgreSQL has run in a role that may have the VIP; Infinity while it does. */
  leadingUntilMs = -Infinity;
  /** Whether its Patroni has stopped its PostgreSQL and not made it a primary again. */
  isStopped = false;
  readonly #overturned: { readonly standing: Standing; readonly atMs: number }[] = [];
  #config = defaultConfig;
  #configBefore = defaultConfig;
  #configAtMs = -Infinity;
  readonly #touches: Touches;
  /** Grows with everything that changes here, so that what was computed from it can be kept. */
  version = 0;
  #isDown = true;
  #downSinceMs = 0;
  readonly #pauses: { readonly atMs: number; lastedMs: number }[] = [];
  #isPaused = false;

  constructor(member: string, settings: TruthSettings, nowMs: () => number) {
    this.member = member;
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#touches = new Touches(nowMs);
  }

  /** The key as the store has it now. */
  onLeaderKey(entry: Entry | undefined): void {
    this.version += 1;
    const says = this.#saysOf(entry);
    const isNamed = says === "mine";
    if (isNamed && !this.isNamed) {
      // Of a key that was away for less nobody need have heard.
      const wasAwayMs = this.#nowMs() - this.#unnamedAtMs;
      if (wasAwayMs > promptMs) this.namedSinceMs = this.#nowMs();
    } else if (!isNamed && this.isNamed) this.#unnamedAtMs = this.#nowMs();
    this.isNamed = isNamed;
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
      if (entry !== undefined) this.learnConfig(JSON.parse(entry.value) as PatroniConfig);
      return;
    }
    const { heard, proof, gapSinceMs } = this.standing;
    // One that was asked before the last one that was heard tells nothing new.
    if (heard !== undefined && hostAskedAtMs < heard.askedAtMs) return;
    const says = this.#saysOf(entry);
    const renewalAgeMs = renewedAtMs && Math.max(0, askedAtMs - renewedAtMs);
    const gapAtMs = heard?.says === "mine" ? heardAtMs : gapSinceMs;
    this.#stand({
      ...this.standing,
      heard: { says, askedAtMs: hostAskedAtMs, heardAtMs },
      proof: says === "mine" ? { askedAtMs: hostAskedAtMs, renewalAgeMs } : proof,
      gapSinceMs: says === "missing" ? gapAtMs : undefined,
    });
  }

  /** An answer of its Patroni has reached the agent. */
  onPatroniAnswer(answer: PatroniAnswer, askedAtMs: number): void {
    const { role, postgres, timeline, hasLock, isPaused, isFailsafeActive, dcsSeenAgoMs } = answer;
    const hostAskedAtMs = this.hostTimeOf(askedAtMs);
    const { word, proof } = this.standing;
    if (word !== undefined && hostAskedAtMs < word.askedAtMs) return;
    const dcsSeenAtMs = dcsSeenAgoMs === undefined ? undefined : hostAskedAtMs - dcsSeenAgoMs;
    const said = { role, postgres, timeline, hasLock, isPaused, isFailsafeActive };
    const heardNow = { ...said, askedAtMs: hostAskedAtMs, dcsSeenAtMs };
    if (this.#settings.source === "consul") {
      this.#stand({ ...this.standing, word: heardNow });
      return;
    }
    // Without Consul this is all that the agent has of the key.
    const says = answer.hasLock && answer.postgres !== "stopped" ? "mine" : "denied";
    const heardAtMs = this.hostNowMs;
    this.#stand({
      word: heardNow,
      heard: { says, askedAtMs: hostAskedAtMs, heardAtMs },
      proof: says === "mine" ? { askedAtMs: hostAskedAtMs, renewalAgeMs: undefined } : proof,
      gapSinceMs: undefined,
    });
  }

  /** Its PostgreSQL has come, gone, or changed its role. */
  onPostgres({ isWritable, isRunning, wasStopped }: Postgres): void {
    this.isStopped = !isWritable && wasStopped;
    const isLeading = isWritable || (this.#settings.standbyVip && isRunning);
    const wasLeading = this.leadingUntilMs === Infinity;
    if (isLeading === wasLeading) return;
    this.version += 1;
    this.leadingUntilMs = isLeading ? Infinity : this.hostNowMs;
  }

  /** Told before what reached the agent so far is overturned by something newer. */
  beforeNews: () => void = () => undefined;

  #stand(standing: Standing): void {
    this.beforeNews();
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
    this.learnConfig(defaultConfig);
    this.#stand({ ...this.standing, heard: undefined, gapSinceMs: undefined, word: undefined });
  }

  /**
   * What this agent process was told of Patroni's timings. For a moment the ones before count as
   * well: a command may be under way that was decided on them.
   */
  get knownConfigs(): readonly PatroniConfig[] {
    const isNew = this.#nowMs() - this.#configAtMs < configInFlightMs;
    return isNew ? [this.#config, this.#configBefore] : [this.#config];
  }

  /** What this agent process was told of Patroni's configuration last. */
  get config(): PatroniConfig {
    return this.#config;
  }

  learnConfig(config: PatroniConfig): void {
    this.beforeNews();
    this.version += 1;
    this.#configBefore = this.#config;
    this.#config = config;
    this.#configAtMs = this.#nowMs();
  }

  /** Something about the host is wrong from now on; returns what ends it. */
  touch(part: Touchable): () => void {
    this.version += 1;
    const end = this.#touches.begin(part);
    return () => {
      this.version += 1;
      end();
    };
  }

  /** Since when nothing has been wrong with what is needed; Infinity while something is. */
  get soundSinceMs(): number {
    return this.#touches.soundSinceMs;
  }

  /** The same for some parts. */
  soundSinceOf(parts: readonly Touchable[]): number {
    return this.#touches.soundSinceOf(parts);
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
    return entry.session === undefined && this.#settings.requireSession ? "denied" : "mine";
  }
}
