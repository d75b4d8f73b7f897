/**
 * The Patroni of this host, as far as it is there: asked by its REST API, heard by its callbacks,
 * known by the process that it guards, and woken.
 *
 * Every part is optional. Without any of them the daemon follows the key alone; with them it knows
 * sooner, keeps the VIP through pause and failsafe mode, and shortens what Patroni would wait.
 */
import type { Clock } from "../clock.ts";
import type { Sighting } from "../policy/sightings.ts";
import type { Settings, VipSettings } from "./config/settings.ts";
import type { Outside } from "./outside.ts";
import { Repeats } from "./reports/log.ts";
import { createWatchReport } from "./reports/watch-report.ts";
import { callbackSource, scopeOfKey } from "./sources/callbacks.ts";
import { PatroniWatch } from "./sources/patroni.ts";
import { PatroniLeaderWatch } from "./sources/patroni-leader.ts";
import { PostmasterWatch } from "./sources/postmaster.ts";
import { Waker } from "./waker.ts";

export type LocalPatroniParts = {
  readonly settings: Settings;
  readonly outside: Outside;
  /** Tells the keepers of these VIPs. */
  readonly tell: (isMeant: (vip: VipSettings) => boolean, sighting: Sighting) => void;
  /** Reads the leader key, unless an answer came in the last so many milliseconds. */
  readonly readKey: (freshMs: number) => void;
};

/** A storm of callbacks must not become one of questions. */
const lookEveryMs = 250;

/**
 * Patroni calls back some milliseconds after the key has changed, and by then the watch has mostly
 * told of it. Dropping its question would cost it the connection, in the busiest moment there is.
 */
const freshKeyMs = 1_000;

/**
 * The first question loads its client, 40 ms that the first answer of Consul need not wait for.
 * Callbacks that come meanwhile are found by the first look.
 */
const afterFirstVerdictMs = 250;

type Part = { start: () => void; askNow: () => void; close: () => void };

export class LocalPatroni {
  readonly #parts: readonly Part[];
  readonly #waker: Waker | undefined;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #readKey: (freshMs: number) => void;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #cancelStart: () => void = () => undefined;
  #cancelLook: (() => void) | undefined;

  constructor(parts: LocalPatroniParts) {
    const { settings, outside } = parts;
    this.#settings = settings;
    this.#clock = outside.clock;
    this.#readKey = parts.readKey;
    this.#waker =
      settings.wake && outside.patroni !== undefined
        ? new Waker({ ...outside, client: outside.patroni })
        : undefined;
    this.#parts = [
      ...(outside.patroni === undefined ? [] : [createWatch(parts, outside.patroni)]),
      ...(needsPostmaster(settings) ? [createPostmaster(parts)] : []),
      ...(settings.callbacks === undefined ? [] : [this.#createEar(parts, settings.callbacks)]),
    ];
  }

  /** Tells Patroni to look at its DCS now; undefined where there is none to tell. */
  get wake(): (() => void) | undefined {
    const waker = this.#waker;
    return waker && (() => waker.wake());
  }

  start(): void {
    const { source } = this.#settings;
    const start = () => {
      for (const part of this.#parts) part.start();
    };
    if (source === "patroni") start();
    else this.#cancelStart = this.#clock.at(this.#clock.nowMs() + afterFirstVerdictMs, start);
  }

  /** After a stall: what is known is old. */
  askNow(): void {
    for (const part of this.#parts) part.askNow();
  }

  close(): void {
    this.#cancelStart();
    this.#cancelLook?.();
    for (const part of this.#parts) part.close();
    this.#waker?.close();
  }

  /** A callback is a hint only: what is true the key and Patroni itself will say. */
  #look(): void {
    if (this.#cancelLook !== undefined) return;
    const lookAtMs = this.#lookedAtMs + lookEveryMs;
    const look = () => {
      this.#cancelLook = undefined;
      this.#lookedAtMs = this.#clock.nowMs();
      this.#readKey(freshKeyMs);
      this.askNow();
    };
    if (this.#clock.nowMs() >= lookAtMs) look();
    else this.#cancelLook = this.#clock.at(lookAtMs, look);
  }

  #createEar({ outside, settings, tell }: LocalPatroniParts, directory: string): Part {
    const { log, metrics } = outside;
    const repeats = new Repeats();
    const scopes = settings.vips.map(({ key }) => scopeOfKey(key));
    // Without a key there is one Patroni, and whatever its scope is, it is meant.
    const isEvery = settings.source === "patroni" && scopes.includes(undefined);
    const trouble = (detail: string) => {
      metrics.fault("callback");
      if (repeats.isNew("callback", detail)) log.warn("trouble", detail, { topic: "callback" });
    };
    const ear = outside.hearCallbacks({
      directory,
      scopes: isEvery ? undefined : new Set(scopes.filter((scope) => scope !== undefined)),
      onEvent: callbackSource({
        onSighting: (sighting, scope) => {
          tell(({ key }) => isEvery || scopeOfKey(key) === scope, sighting);
        },
        onHeard: (action, role) => {
          metrics.heard(action, role);
          this.#look();
        },
        onTrouble: trouble,
      }),
      onTrouble: trouble,
    });
    return { start: () => ear.start(), askNow: () => undefined, close: () => ear.close() };
  }
}

function createWatch(parts: LocalPatroniParts, client: NonNullable<Outside["patroni"]>): Part {
  const { settings, outside, tell } = parts;
  const report = createWatchReport(outside, { service: "patroni", key: client.name });
  const everybody = (sighting: Sighting) => tell(() => true, sighting);
  const leader =
    settings.source === "consul"
      ? undefined
      : new PatroniLeaderWatch({
          client,
          clock: outside.clock,
          members: settings.vips.map(({ member }) => member),
          onSighting: (sighting, member) => {
            tell((vip) => member === undefined || vip.member === member, sighting);
          },
        });
  const watch = new PatroniWatch({
    client,
    clock: outside.clock,
    report,
    onSighting: (sighting) => {
      everybody(sighting);
      leader?.learn(sighting);
    },
    onFailure: (cause, atMs) => leader?.failed(cause, atMs),
  });
  return {
    start: () => {
      leader?.start();
      void watch.run();
    },
    askNow: () => {
      watch.askNow();
      leader?.readConfigNow();
    },
    close: () => {
      leader?.close();
      watch.stop();
      client.close();
    },
  };
}

/** The process is of use where a Patroni can be woken or may be stopped while it goes on. */
function needsPostmaster({ patroni, dataDirectory }: Settings): boolean {
  return patroni !== undefined || dataDirectory !== undefined;
}

function createPostmaster({ settings, outside, tell }: LocalPatroniParts): Part {
  const watch = new PostmasterWatch({
    processes: outside.processes,
    dataDirectory: settings.dataDirectory,
    clock: outside.clock,
    onSighting: (sighting) => tell(() => true, sighting),
  });
  return {
    start: () => watch.start(),
    askNow: () => watch.lookNow(),
    close: () => watch.close(),
  };
}
