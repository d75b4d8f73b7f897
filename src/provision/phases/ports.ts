/**
 * The ways to the hosts and to what runs on them, opened when they are first needed and closed
 * together.
 *
 * Consul and Patroni are asked through the executor's forwarding: nothing of them needs to listen
 * where this machine could reach it.
 */
import type { HttpAnswer } from "../../clients/http-channel.ts";
import { type Outcome, done } from "../../outcome.ts";
import { ConsulHttp } from "../acl/consul-http.ts";
import type { Cluster, Host } from "../cluster/cluster.ts";
import type { Executor } from "../executor/executor.ts";
import { askForwarded } from "../executor/forwarded-http.ts";
import { consulHttpPort } from "../render/paths.ts";
import type { Secret } from "../secrets/secrets.ts";

/** Of Patroni's answers. */
const maxBodyBytes = 1_000_000;

export type PatroniChange = {
  /** JSON. */
  readonly body: string;
  readonly user: string;
  readonly password: Secret;
};

export class Ports {
  readonly #cluster: Cluster;
  readonly #executors: ReadonlyMap<string, Executor>;
  readonly #consuls = new Map<string, ConsulHttp>();

  constructor(cluster: Cluster, executors: ReadonlyMap<string, Executor>) {
    this.#cluster = cluster;
    this.#executors = executors;
  }

  executor(host: Host): Executor {
    const executor = this.#executors.get(host.name);
    if (executor === undefined) throw new Error(`there is no executor for ${host.name}`);
    return executor;
  }

  /** Consul's HTTP interface on that host. */
  async consul(host: Host): Promise<Outcome<ConsulHttp>> {
    // Asked each time: with a connection that was lost the way to it was lost too.
    const socket = await this.executor(host).forward("127.0.0.1", consulHttpPort);
    if (!socket.ok) return socket;
    const known = this.#consuls.get(host.name);
    if (known !== undefined) return done(known);
    const consul = new ConsulHttp(socket.value, this.#cluster.consul.datacenter);
    this.#consuls.set(host.name, consul);
    return done(consul);
  }

  /** Asks the host's Patroni; with a body, it is a change of its configuration. */
  async patroni(host: Host, path: string, change?: PatroniChange): Promise<Outcome<HttpAnswer>> {
    const place = {
      executor: this.executor(host),
      address: host.address,
      port: this.#cluster.patroni.restPort,
      name: `Patroni of ${host.name}`,
      maxBodyBytes,
    };
    return askForwarded(place, questionOf(path, change));
  }

  close(): void {
    for (const consul of this.#consuls.values()) consul.close();
  }
}

function questionOf(path: string, change: PatroniChange | undefined) {
  if (change === undefined) return { method: "GET", path } as const;
  const { body, user, password } = change;
  const credentials = Buffer.from(`${user}:${password.reveal()}`).toString("base64");
  const headers = { Authorization: `Basic ${credentials}`, "Content-Type": "application/json" };
  return { method: "PATCH", path, body, headers } as const;
}
