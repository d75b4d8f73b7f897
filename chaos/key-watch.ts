/**
 * When the leader key changed, as an onlooker sees it who does not depend on anybody's luck.
 *
 * All three servers are watched at once, by blocking queries that even a server without a leader
 * answers (`stale`). Each commit is taken from the server that shows it first, within milliseconds;
 * the raft index puts them in order, so that a server that lags behind tells nothing.
 */
import * as v from "valibot";

import { monotonicMs, sleepMs } from "../lab/clock.ts";
import type { ConsulCluster } from "../lab/consul-cluster.ts";
import type { ConsulNode } from "../lab/consul-node.ts";
import { LEADER_KEY } from "../lab/leader-key.ts";
import type { HostName } from "../lab/network.ts";
import type { KeyStep } from "./evidence.ts";

const waitS = 2;
const deadlineMs = 3_500;
const pauseAfterFailureMs = 50;

const entries = v.array(v.object({ Value: v.nullable(v.string()) }));

export class KeyWatch {
  readonly steps: KeyStep[] = [];
  #index = 0;
  #isRunning = true;

  constructor(cluster: ConsulCluster) {
    for (const server of cluster.servers) void this.#watch(server);
  }

  get owner(): HostName | undefined {
    return this.steps.at(-1)?.host;
  }

  close(): void {
    this.#isRunning = false;
  }

  async #watch(server: ConsulNode): Promise<void> {
    let index = 0;
    while (this.#isRunning) {
      try {
        const path = `kv/${LEADER_KEY}?stale&index=${index}&wait=${waitS}s`;
        const answer = await server.call(path, { timeoutMs: deadlineMs });
        if (answer.status !== 200 && answer.status !== 404) throw new Error(answer.body);
        index = answer.index < index ? 0 : answer.index;
        this.#see(answer.index, answer.status === 200 ? hostIn(answer.body) : undefined);
      } catch {
        // Killed, frozen or not yet one of the cluster: the others tell.
        index = 0;
        await sleepMs(pauseAfterFailureMs);
      }
    }
  }

  #see(index: number, host: HostName | undefined): void {
    if (!this.#isRunning || index <= this.#index) return;
    this.#index = index;
    if (this.steps.length > 0 && this.owner === host) return;
    this.steps.push({ atMs: monotonicMs(), host });
  }
}

function hostIn(body: string): HostName {
  const [entry] = v.parse(entries, JSON.parse(body));
  return Buffer.from(entry?.Value ?? "", "base64")
    .toString()
    .replace(/^test-/u, "");
}
