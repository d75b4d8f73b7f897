/**
 * Wakes the Patroni of this host, so that it looks at its DCS now and not at the end of its loop.
 *
 * Every VIP's keeper may ask for it, and a Patroni that hangs may not answer for long; so at most
 * one question is under way, and at most one is sent per second. What is asked for meanwhile is
 * dropped: the keepers ask again as long as something is wrong. A failure never stands in the way
 * of anything, it is told once per cause.
 */
import type { PatroniClient, PatroniCode } from "../clients/patroni.ts";
import type { Clock } from "../clock.ts";
import { type Log, Repeats } from "./reports/log.ts";
import type { Metrics } from "./reports/metrics.ts";

export type WakerOptions = {
  readonly client: Pick<PatroniClient, "name" | "wake">;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
  readonly metrics: Pick<Metrics, "fault">;
};

/** It takes Patroni one read of its DCS. */
const deadlineMs = 2_000;

/** Keepers ask each second, and a timer may be a little early. */
const pauseMs = 950;

/** Asked for again within this time it is still the same need, since keepers ask each second. */
const sameNeedMs = 5_000;

const topic = "wake";

export class Waker {
  readonly #options: WakerOptions;
  readonly #repeats = new Repeats();
  #isUnderWay = false;
  #isClosed = false;
  #sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: WakerOptions) {
    this.#options = options;
  }

  /** Does not wait for the answer. */
  wake(): void {
    const sinceMs = this.#options.clock.nowMs() - this.#sentAtMs;
    if (this.#isClosed || this.#isUnderWay || sinceMs < pauseMs) return;
    if (sinceMs > sameNeedMs) this.#repeats.clear(topic);
    void this.#send();
  }

  close(): void {
    this.#isClosed = true;
  }

  async #send(): Promise<void> {
    const { client, clock } = this.#options;
    this.#isUnderWay = true;
    this.#sentAtMs = clock.nowMs();
    const answer = await client.wake(deadlineMs);
    this.#isUnderWay = false;
    if (this.#isClosed) return;
    if (answer.ok) this.#reportWoken();
    else this.#reportFailure(answer.code, answer.detail);
  }

  #reportWoken(): void {
    const { client, log } = this.#options;
    if (!this.#repeats.isNew(topic, "woken")) return;
    log.info("woken", "Patroni was told to look at its DCS at once", { endpoint: client.name });
  }

  #reportFailure(code: PatroniCode, detail: string): void {
    const { client, log, metrics } = this.#options;
    metrics.fault("wake");
    // A Patroni that does not run, as after an ordinary stop, is told of by whoever asks it for news.
    if (code === "refused" || !this.#repeats.isNew(topic, code)) return;
    const message = `Patroni could not be woken: ${detail}${adviceFor(code)}`;
    log.warn("trouble", message, { topic, endpoint: client.name, cause: code });
  }
}

function adviceFor(code: PatroniCode): string {
  switch (code) {
    case "forbidden":
      return "; set patroni-username and patroni-password-file to its restapi.authentication, add this host to its restapi.allowlist where it has one, or set wake to false";
    case "tls":
      return "; set patroni-ca-file to the CA of its restapi.certfile, and patroni-cert-file and patroni-key-file where its restapi.verify_client asks for them";
    case "not-patroni":
      return "; expected Patroni's REST API there: see patroni-url";
    case "unavailable":
      return "; it may not reach its DCS itself";
    case "refused":
    case "timeout":
    case "failed":
      return "";
  }
}
