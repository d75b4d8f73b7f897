/**
 * One key of Consul, watched: a loop of blocking queries of our own.
 *
 * Every answer, changed or not, is handed on with the time at which its question was sent, since an
 * unchanged answer renews a lease just as well. Every failure is handed on too; none of them is
 * ever read as a missing key.
 *
 * Index rules: an index that goes backwards (Consul was restored or restarted) starts again without
 * one; an index below 1 is not one; a query that returns has not necessarily seen a change. After
 * any failure the next question is a plain one, to the next endpoint, with a short deadline: so a
 * dead or silent endpoint costs little of the lease. Now and then the deadline is a long one, since
 * a Consul that is merely slow must be heard too.
 *
 * An answer proves what held when its question was sent, and a blocking question may be answered a
 * whole wait later. So one that has waited is followed by a plain one: the newest proof is
 * one wait old at most, not two. Where the key is missing, or has just changed, it is followed by one
 * that waits shortly: in a switchover the next leader is named some milliseconds later, and whoever
 * asked a plain question in between would hear of it a question later. And in the moment of a change
 * every host is busy; a proof that comes a quarter of a second later proves as much.
 */
import type { ConsulClient, KeyEntry, KeyQuestion } from "../../clients/consul.ts";
import type { TroubleCause } from "../../policy/sightings.ts";
import type { Clock } from "../../clock.ts";
import type { WatchReport } from "../reports/watch-report.ts";

export type AnswerTimes = { readonly askedAtMs: number; readonly answeredAtMs: number };

export type KeyWatchOptions = {
  /** One per endpoint, in the order in which they are tried. */
  readonly clients: readonly ConsulClient[];
  readonly key: string;
  /** How long a blocking query waits for a change. */
  readonly waitMs: () => number;
  /** The same while there is no key. */
  readonly missingWaitMs: number;
  readonly clock: Clock;
  /** The entry is undefined when Consul says that there is no such key. */
  readonly onAnswer: (entry: KeyEntry | undefined, times: AnswerTimes) => void;
  readonly onFailure: (cause: TroubleCause, atMs: number) => void;
  /** The longest pause when every endpoint fails. */
  readonly maxBackOffMs: number;
  readonly report: WatchReport;
};

/**
 * A plain read takes milliseconds; a server without a leader holds it back for seconds, and then
 * another may know.
 */
const plainDeadlineMs = 1_500;

/** A blocking answer that took longer is followed by one that is younger. */
const oldProofMs = 500;

/** How long that one waits for a key that is missing or has just changed. */
const restlessProofMs = 250;

/** Each third time that every endpoint has failed, one is given this long. */
const patientDeadlineMs = 4_000;

/** Two questions are never closer than this in the long run, whatever Consul answers. */
const paceMs = 50;
const burst = 10;

const firstBackOffMs = 100;

/** How long a blocking question may take: the wait, the server's jitter of a sixteenth, and slack. */
export function blockingDeadlineMs(waitMs: number): number {
  return (waitMs * 17) / 16 + plainDeadlineMs;
}

export class KeyWatch {
  readonly #options: KeyWatchOptions;
  #index = 0;
  #isMissing = false;
  /** The last answer told of a change. */
  #isNews = false;
  /** The last answer is old by its wait: a younger one comes next. */
  #isProofDue = false;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  #endpoint = 0;
  #failures = 0;
  #asking = new AbortController();
  #isRunning = false;
  /** It may be asked for from inside an answer, when there is no pause yet to wake from. */
  #isAskedNow = false;
  #wakeFromPause: () => void = () => undefined;
  readonly #pace: Pace;

  constructor(options: KeyWatchOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock);
  }

  /** Asks until `stop` is called. Never rejects. */
  async run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isRunning) {
      await this.#ask();
      if (this.#isRunning) await this.#pause(this.#pauseMs());
    }
  }

  /** As `askNow`, unless the last answer is younger than this: then the question under way will do. */
  askUnlessFresh(freshMs: number): void {
    if (this.#options.clock.nowMs() - this.#answeredAtMs >= freshMs) this.askNow();
  }

  /** Drops the question that is under way and asks a plain one at once. */
  askNow(): void {
    this.#index = 0;
    this.#isAskedNow = true;
    this.#asking.abort();
    this.#wakeFromPause();
  }

  stop(): void {
    this.#isRunning = false;
    this.askNow();
  }

  async #ask(): Promise<void> {
    const { clients, clock, report, onAnswer, onFailure } = this.#options;
    const client = clients[this.#endpoint % clients.length];
    if (client === undefined) throw new Error("a watch needs at least one endpoint");
    this.#asking = new AbortController();
    this.#isAskedNow = false;
    const question = this.#nextQuestion();
    const askedAtMs = clock.nowMs();
    const answer = await client.readKey(question);
    if (!this.#isRunning) return;
    if (answer.ok) {
      const { entry, index } = answer.value;
      const answeredAtMs = clock.nowMs();
      this.#answeredAtMs = answeredAtMs;
      this.#isNews = question.blocking !== undefined && question.blocking.index !== index;
      this.#follow(index);
      this.#isMissing = entry === undefined;
      this.#isProofDue = question.blocking !== undefined && answeredAtMs - askedAtMs >= oldProofMs;
      onAnswer(entry, { askedAtMs, answeredAtMs });
      report.answered(question.blocking ? undefined : answeredAtMs - askedAtMs);
      return;
    }
    this.#index = 0;
    this.#answeredAtMs = Number.NEGATIVE_INFINITY;
    if (answer.code === "aborted") return;
    const cause: TroubleCause = answer.code;
    this.#failures += 1;
    this.#endpoint = (this.#endpoint + 1) % clients.length;
    // One endpoint's failure says nothing of Consul while another has not been asked.
    if (this.#failures >= clients.length) onFailure(cause, clock.nowMs());
    report.failed(client.name, cause, answer.detail);
  }

  #nextQuestion(): KeyQuestion {
    const { key } = this.#options;
    const { signal } = this.#asking;
    const isProofDue = this.#isProofDue;
    this.#isProofDue = false;
    const isRestless = this.#isMissing || this.#isNews;
    const isPlain = this.#index === 0 || (isProofDue && !isRestless);
    if (isPlain) return { key, deadlineMs: this.#plainDeadlineMs(), signal };
    const waitMs = Math.min(
      this.#waitMs(),
      isProofDue ? restlessProofMs : Number.POSITIVE_INFINITY,
    );
    const blocking = { index: this.#index, waitMs };
    return { key, deadlineMs: blockingDeadlineMs(waitMs), blocking, signal };
  }

  #plainDeadlineMs(): number {
    const rounds = Math.floor(this.#failures / this.#options.clients.length);
    return rounds % 3 === 2 ? patientDeadlineMs : plainDeadlineMs;
  }

  #waitMs(): number {
    const { waitMs, missingWaitMs } = this.#options;
    return this.#isMissing ? Math.min(missingWaitMs, waitMs()) : waitMs();
  }

  #follow(index: number): void {
    this.#failures = 0;
    this.#index = index < this.#index ? 0 : Math.max(index, 1);
  }

  #pauseMs(): number {
    if (this.#isAskedNow) return 0;
    const untried = this.#options.clients.length - this.#failures;
    // The other endpoints are asked before anything is waited for.
    if (this.#failures === 0 || untried > 0) return this.#pace.nextPauseMs();
    const doublings = Math.min(-untried, 10);
    return Math.min(firstBackOffMs * 2 ** doublings, this.#options.maxBackOffMs);
  }

  async #pause(pauseMs: number): Promise<void> {
    if (pauseMs <= 0) return;
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.at(clock.nowMs() + pauseMs, resolve);
    this.#wakeFromPause = resolve;
    await promise;
    cancel();
  }
}

/** A token bucket: a few questions at once are fine, an endless run of them is not. */
class Pace {
  readonly #clock: Clock;
  #fullAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#fullAtMs = clock.nowMs();
  }

  nextPauseMs(): number {
    const nowMs = this.#clock.nowMs();
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + paceMs;
    return Math.max(0, this.#fullAtMs - nowMs - paceMs * burst);
  }
}
