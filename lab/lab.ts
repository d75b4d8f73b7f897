/**
 * The whole lab as one object: hosts on a bridge, a real Consul, and whatever is started in them.
 *
 *     const lab = await createLab({ consul: true })
 *     const client = await lab.startClient()
 *     await lab.startAgent({ host: 'db1' })
 *     await lab.leaderKey.move('test-db1')
 *     …
 *     await lab.close()
 *
 * All that is started through it is ended by `close`, in reverse order, also when a test failed
 * half way. There is one lab at a time in a sandbox.
 */
import { LabAgent, type AgentOptions } from "./agent.ts";
import { Client, type ClientOptions } from "./client.ts";
import { ConsulCluster, type ConsulClusterOptions } from "./consul-cluster.ts";
import { ConsulServer, type ConsulOptions } from "./consul.ts";
import { mendAll } from "./cuts.ts";
import type { Happening } from "./journal.ts";
import { LeaderKey } from "./leader-key.ts";
import {
  addressesOf,
  CLUSTER_HOSTS,
  createNetwork,
  removeNetwork,
  VIP,
  VIP6,
  type HostName,
} from "./network.ts";
import { PatroniCluster, type PatroniOptions } from "./patroni/cluster.ts";
import { Writer, type WriterOptions } from "./patroni/writer.ts";
import { LabProcess, type ProcessOptions } from "./process.ts";
import { startServer } from "./server.ts";
import * as watches from "./watch.ts";
import { Wire } from "./wire.ts";

export type LabOptions = {
  readonly hosts?: readonly HostName[];
  readonly consul?: boolean | ConsulOptions;
  /** In the place of `consul`; its hosts are CONSUL_CLUSTER_HOSTS. */
  readonly consulCluster?: boolean | ConsulClusterOptions;
};

export class Lab {
  #consul: ConsulServer | undefined;
  #consulCluster: ConsulCluster | undefined;
  #leaderKey: LeaderKey | undefined;
  #patroni: PatroniCluster | undefined;
  readonly #releasers: (() => Promise<unknown>)[] = [];

  static async create(options: LabOptions): Promise<Lab> {
    const { hosts = CLUSTER_HOSTS, consul = false, consulCluster = false } = options;
    const lab = new Lab();
    try {
      lab.#releasers.push(removeNetwork, mendAll);
      await createNetwork(hosts);
      if (consul !== false) await lab.#startConsul(consul === true ? {} : consul);
      if (consulCluster !== false) {
        await lab.#startCluster(consulCluster === true ? {} : consulCluster);
      }
    } catch (error) {
      await lab.close();
      throw error;
    }
    return lab;
  }

  get consul(): ConsulServer {
    if (this.#consul === undefined) throw new Error("this lab was created without Consul");
    return this.#consul;
  }

  get consulCluster(): ConsulCluster {
    if (this.#consulCluster === undefined) {
      throw new Error("this lab was created without a Consul cluster");
    }
    return this.#consulCluster;
  }

  get leaderKey(): LeaderKey {
    if (this.#leaderKey === undefined) throw new Error("this lab was created without Consul");
    return this.#leaderKey;
  }

  /** Any process in a host. */
  start(options: ProcessOptions): LabProcess {
    return this.#own(new LabProcess(options), (process) => process.kill());
  }

  async startServer(host: HostName): Promise<LabProcess> {
    return this.#own(await startServer(host), (server) => server.kill());
  }

  // Calls the VIP from now on; waits until the first call has ended, whatever its outcome, unless
  // there is nobody yet who could refuse it.
  startClient(options: ClientOptions = {}): Client {
    return this.#own(new Client(options), (client) => client.close());
  }

  async startAgent(options: AgentOptions): Promise<LabAgent> {
    const consul = this.#consul ?? this.#consulCluster;
    return this.#own(await LabAgent.start(consul, options), (agent) => agent.kill());
  }

  /** PostgreSQL and Patroni on the database hosts; the lab must have a Consul cluster. */
  async startPatroni(options: PatroniOptions = {}): Promise<PatroniCluster> {
    const cluster = await PatroniCluster.start(this.consulCluster, options);
    this.#patroni = cluster;
    return this.#own(cluster, (one) => one.close());
  }

  /** Writes to PostgreSQL from now on, through the VIP or past it, and waits for nothing. */
  startWriter(options: WriterOptions): Writer {
    if (this.#patroni === undefined) throw new Error("start Patroni first: a writer needs a table");
    return this.#own(new Writer(this.#patroni.python, options), (writer) => writer.close());
  }

  async watchAddresses(host: HostName, addresses?: readonly string[]) {
    return this.#watch(await watches.watchAddresses(host, addresses));
  }

  async watchGuard(host: HostName) {
    return this.#watch(await watches.watchGuard(host));
  }

  async watchNeighbours(host: HostName) {
    return this.#watch(await watches.watchNeighbours(host));
  }

  async watchAnnouncements(host: HostName = "client", addresses?: readonly string[]) {
    return this.#watch(await watches.watchAnnouncements(host, addresses));
  }

  /** Who answers ARP for the VIP; the lab must have a host `observer`. */
  async watchWire(hosts: readonly HostName[]): Promise<Wire> {
    const wire = this.#own(new Wire(hosts), (one) => one.close());
    await wire.ready();
    return wire;
  }

  /** The hosts among these that hold a VIP at this moment, with whatever prefix length. */
  async holders(
    hosts: readonly HostName[] = ["db1", "db2", "db3"],
    vips: readonly string[] = [VIP, VIP6],
  ): Promise<readonly HostName[]> {
    const found = await Promise.all(
      hosts.map(async (host) => {
        const held = (await addressesOf(host)).map((address) => address.split("/")[0] ?? "");
        return held.some((address) => vips.includes(address)) ? [host] : [];
      }),
    );
    return found.flat();
  }

  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const release of this.#releasers.splice(0).toReversed()) {
      await release().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, "the lab did not close cleanly");
  }

  async #startConsul(options: ConsulOptions): Promise<void> {
    this.#consul = this.#own(await ConsulServer.start(options), (consul) => consul.close());
    this.#leaderKey = this.#own(new LeaderKey(this.#consul), async (key) => key.close());
  }

  async #startCluster(options: ConsulClusterOptions): Promise<void> {
    const cluster = this.#own(await ConsulCluster.start(options), (consul) => consul.close());
    this.#consulCluster = cluster;
    this.#leaderKey = this.#own(new LeaderKey(cluster), async (key) => key.close());
  }

  #watch<E extends Happening>(watch: watches.Watch<E>): watches.Watch<E> {
    return this.#own(watch, ({ close }) => close());
  }

  #own<T>(thing: T, release: (thing: T) => Promise<unknown>): T {
    this.#releasers.push(() => release(thing));
    return thing;
  }
}

export async function createLab(options: LabOptions = {}): Promise<Lab> {
  return await Lab.create(options);
}
