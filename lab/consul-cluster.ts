/**
 * A real Consul cluster: three servers in hosts of their own, and a client agent on each database
 * host that joins them, as in production.
 *
 *     const lab = await createLab({ hosts: CONSUL_CLUSTER_HOSTS, consulCluster: true })
 *     await lab.consulCluster.kill(await lab.consulCluster.leader())
 *     await lab.startAgent({ host: "db1" })       // asks http://127.0.0.1:8500, its local client
 *
 * Every agent can be killed, frozen, thawed and started again by its host's name; hosts are cut off
 * from each other by cuts.ts. The harness sits on the bridge itself and reaches all of them, whatever
 * is cut. `call` asks whichever server answers, so that a LeaderKey works here as on a lone server.
 */
import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";

import { monotonicMs, sleepMs, waitUntil } from "./clock.ts";
import {
  ConsulNode,
  findConsul,
  type ConsulAnswer,
  type ConsulApi,
  type ConsulCall,
} from "./consul-node.ts";
import { clusterClient, clusterServer, HTTP_PORT } from "./consul-settings.ts";
import { addressOf, type HostName } from "./network.ts";

export const CONSUL_SERVER_HOSTS: readonly HostName[] = ["dcs1", "dcs2", "dcs3"];
export const DATABASE_HOSTS: readonly HostName[] = ["db1", "db2", "db3"];

/** For `createLab`: the cluster's hosts, the database hosts and a client. */
export const CONSUL_CLUSTER_HOSTS: readonly HostName[] = [
  ...CONSUL_SERVER_HOSTS,
  ...DATABASE_HOSTS,
  "client",
];

/** What a process on a database host calls its Consul. */
const LOCAL_ENDPOINT = `http://127.0.0.1:${HTTP_PORT}`;

const LEADER_DEADLINE_MS = 30_000;
/** A server that hangs must not use up the time in which another could answer. */
const ONE_SERVER_DEADLINE_MS = 1_500;
const CALL_DEADLINE_MS = 15_000;

export type ConsulClusterOptions = {
  /** Whether it denies by default; the agents themselves have the management token. */
  readonly acl?: boolean;
};

export class ConsulCluster implements ConsulApi {
  readonly endpoint = LOCAL_ENDPOINT;
  readonly managementToken: string | undefined;
  readonly servers: readonly ConsulNode[];
  readonly clients: readonly ConsulNode[];

  private constructor(servers: readonly ConsulNode[], clients: readonly ConsulNode[]) {
    this.servers = servers;
    this.clients = clients;
    this.managementToken = servers[0]?.managementToken;
  }

  static async start({ acl = false }: ConsulClusterOptions = {}): Promise<ConsulCluster> {
    const program = await findConsul();
    const managementToken = acl ? randomUUID() : undefined;
    const make = async (host: HostName, settingsOf: typeof clusterServer): Promise<ConsulNode> => {
      const folder = `${tmpdir()}/consul-${host}-${randomUUID()}`;
      const settings = settingsOf({ host, folder, managementToken, servers: CONSUL_SERVER_HOSTS });
      await mkdir(folder, { recursive: true });
      await writeFile(`${folder}/consul.json`, JSON.stringify(settings));
      return new ConsulNode({ host, program, folder, managementToken });
    };
    const cluster = new ConsulCluster(
      await Promise.all(CONSUL_SERVER_HOSTS.map((host) => make(host, clusterServer))),
      await Promise.all(DATABASE_HOSTS.map((host) => make(host, clusterClient))),
    );
    try {
      for (const node of cluster.nodes) node.launch();
      await cluster.ready();
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get nodes(): readonly ConsulNode[] {
    return [...this.servers, ...this.clients];
  }

  node(host: HostName): ConsulNode {
    const found = this.nodes.find((node) => node.host === host);
    if (found !== undefined) return found;
    const known = this.nodes.map((node) => node.host).join(", ");
    throw new Error(`no Consul agent runs on ${host}; expected one of ${known}`);
  }

  /** Waits until every agent serves sessions, which needs a leader that all of them can reach. */
  async ready(timeoutMs?: number): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.ready(timeoutMs)));
  }

  /** The server that a majority takes for the leader; waits for an election that is under way. */
  async leader(timeoutMs = LEADER_DEADLINE_MS): Promise<HostName> {
    return await waitUntil("a leader of the Consul cluster", () => this.#leaderNow(), {
      timeoutMs,
      everyMs: 50,
    });
  }

  async kill(host: HostName): Promise<void> {
    await this.node(host).kill();
  }

  async freeze(host: HostName): Promise<void> {
    await this.node(host).freeze();
  }

  thaw(host: HostName): void {
    this.node(host).thaw();
  }

  /** Starts an agent that was killed, with the data it had; does not wait until it is ready. */
  restart(host: HostName): void {
    const node = this.node(host);
    if (!node.isRunning) node.launch();
  }

  /** Any call of the HTTP API, to the first server that gives an answer other than its own fault. */
  async call(path: string, options: ConsulCall = {}): Promise<ConsulAnswer> {
    const { timeoutMs = ONE_SERVER_DEADLINE_MS } = options;
    const giveUpAtMs = monotonicMs() + CALL_DEADLINE_MS;
    let failure: unknown;
    for (let turn = 0; monotonicMs() < giveUpAtMs; turn += 1) {
      const server = this.servers[turn % this.servers.length];
      const answer = await server?.call(path, { ...options, timeoutMs }).catch((error: unknown) => {
        failure = error;
      });
      if (answer !== undefined && answer.status < 500) return answer;
      if (answer !== undefined) failure = new Error(`${answer.status} ${answer.body}`);
      await sleepMs(50);
    }
    throw new Error(`no Consul server answered ${path}: ${String(failure)}`, { cause: failure });
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }

  async #leaderNow(): Promise<HostName | undefined> {
    const running = this.servers.filter((server) => server.isRunning);
    const votes = await Promise.all(
      running.map(async (server) => {
        const answer = await server
          .call("status/leader", { timeoutMs: 500 })
          .catch(() => undefined);
        return answer === undefined ? "" : answer.body.replaceAll('"', "").split(":")[0];
      }),
    );
    return this.servers.find(({ host }) => {
      const count = votes.filter((address) => address === addressOf(host)).length;
      return count * 2 > this.servers.length;
    })?.host;
  }
}
