/**
 * The Patroni of this host as sightings: asked once per second, and at once when a callback says
 * that something has changed.
 *
 * Each answer counts from the time at which it was asked for. A failure is handed on, and means
 * nothing: a Patroni that is being restarted answers as little as one that hangs.
 */
import type { PatroniAnswer, PatroniClient, PatroniCode } from "../../clients/patroni.ts";
import type { Clock } from "../../clock.ts";
import type { PatroniSeen } from "../../policy/sightings.ts";
import type { WatchReport } from "../reports/watch-report.ts";

export type PatroniWatchOptions = {
  readonly client: Pick<PatroniClient, "name" | "readState">;
  readonly clock: Clock;
  readonly report: WatchReport;
  readonly onSighting: (sighting: PatroniSeen) => void;
  readonly onFailure?: (cause: PatroniCode, atMs: number) => void;
};

/** Patroni asks its PostgreSQL for each answer, and decides anew only once per loop. */
const everyMs = 1_000;

const deadlineMs = 2_000;

/**
 * No more than so many questions in any second, however many callbacks come: the regular one and
 * those of a role change, which brings two.
 */
const maxPerSecond = 3;

export class PatroniWatch {
  readonly #options: PatroniWatchOptions;
  /** When the last questions were sent, the newest last. */
  #askedAtMs: readonly number[] = [];
  #isAskedNow = false;
  #isRunning = false;
  #wakeFromPause: () => void = () => undefined;

  constructor(options: PatroniWatchOptions) {
    this.#options = options;
  }

  /** Asks until `stop` is called. Never rejects. */
  async run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isRunning) {
      await this.#ask();
      await this.#pause();
    }
  }

  /** Asks at once; if a question is under way, again after its answer, which may be too old. */
  askNow(): void {
    this.#isAskedNow = true;
    this.#wakeFromPause();
  }

  stop(): void {
    this.#isRunning = false;
    this.#wakeFromPause();
  }

  async #ask(): Promise<void> {
    const { client, clock, report, onSighting, onFailure } = this.#options;
    this.#isAskedNow = false;
    const askedAtMs = clock.nowMs();
    this.#askedAtMs = [...this.#askedAtMs, askedAtMs].slice(-maxPerSecond);
    const answer = await client.readState(deadlineMs);
    if (!this.#isRunning) return;
    if (answer.ok) {
      onSighting(patroniSeen(answer.value, askedAtMs));
      report.answered();
      return;
    }
    onFailure?.(answer.code, clock.nowMs());
    report.failed(client.name, answer.code, answer.detail);
  }

  async #pause(): Promise<void> {
    const { clock } = this.#options;
    while (this.#isRunning) {
      const dueAtMs = this.#nextAtMs();
      if (clock.nowMs() >= dueAtMs) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.at(dueAtMs, resolve);
      this.#wakeFromPause = resolve;
      await promise;
      cancel();
    }
  }

  #nextAtMs(): number {
    const newest = this.#askedAtMs.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (!this.#isAskedNow) return newest + everyMs;
    const isBurst = this.#askedAtMs.length === maxPerSecond;
    return isBurst ? (this.#askedAtMs[0] ?? newest) + everyMs : Number.NEGATIVE_INFINITY;
  }
}

function patroniSeen(answer: PatroniAnswer, askedAtMs: number): PatroniSeen {
  const { role, postgres, timeline, hasLock, isPaused, isFailsafeActive, dcsSeenAgoMs } = answer;
  const dcsSeenAtMs = dcsSeenAgoMs === undefined ? undefined : askedAtMs - dcsSeenAgoMs;
  const modes = { hasLock, isPaused, isFailsafeActive };
  return {
    kind: "patroni-seen",
    askedAtMs,
    patroni: { role, postgres, timeline, ...modes, dcsSeenAtMs },
  };
}
