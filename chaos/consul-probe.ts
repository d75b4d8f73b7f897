/**
 * Whether the lease could be kept: asks what an agent asks, by the same local Consul client.
 *
 * Every quarter of a second a plain consistent read of the leader key. An agent does the same question
 * at its own times; where this one is answered, nothing kept the agent's from being answered. The time
 * between the sending of the last answered question and the next answer is a blind span.
 */
import { monotonicMs, sleepMs } from "../lab/clock.ts";
import type { ConsulNode } from "../lab/consul-node.ts";
import { LEADER_KEY } from "../lab/leader-key.ts";
import type { HostSpan } from "./evidence.ts";

const periodMs = 250;
const deadlineMs = 1_000;
/** Three questions lost in a row are no accident of scheduling. */
const blindMs = 3 * periodMs;

export class ConsulProbe {
  readonly spans: HostSpan[] = [];
  readonly #node: ConsulNode;
  #goodAskedAtMs = monotonicMs();
  #isRunning = true;

  constructor(node: ConsulNode) {
    this.#node = node;
    void this.#run();
  }

  /** Blind spans, with the one that has not ended yet. */
  spansUntil(nowMs: number): readonly HostSpan[] {
    const open = { host: this.#node.host, fromMs: this.#goodAskedAtMs, toMs: nowMs };
    return nowMs - this.#goodAskedAtMs > blindMs ? [...this.spans, open] : this.spans;
  }

  close(): void {
    this.#isRunning = false;
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      const askedAtMs = monotonicMs();
      const path = `kv/${LEADER_KEY}?consistent`;
      const answer = await this.#node.call(path, { timeoutMs: deadlineMs }).catch(() => undefined);
      if (answer?.status === 200 || answer?.status === 404) this.#good(askedAtMs);
      await sleepMs(Math.max(10, periodMs - (monotonicMs() - askedAtMs)));
    }
  }

  #good(askedAtMs: number): void {
    const nowMs = monotonicMs();
    if (nowMs - this.#goodAskedAtMs > blindMs) {
      this.spans.push({ host: this.#node.host, fromMs: this.#goodAskedAtMs, toMs: nowMs });
    }
    this.#goodAskedAtMs = askedAtMs;
  }
}
