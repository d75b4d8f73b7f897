/**
 * A real Consul server in the host `dcs`, to be started, frozen, killed and started again.
 *
 * One server with a raft that elects itself within a second or so. With `acl` it denies by default;
 * the management token is drawn at random for each run and never leaves it. Where an election, a
 * quorum or a local client agent matters, consul-cluster.ts has three servers and their clients.
 */
import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";

import { ConsulNode, findConsul } from "./consul-node.ts";
import { HTTPS_PORT, loneServer, type ConsulTls } from "./consul-settings.ts";
import { addressOf, type HostName } from "./network.ts";

export { findConsul } from "./consul-node.ts";
export type { ConsulTls } from "./consul-settings.ts";

const HOST: HostName = "dcs";

export type ConsulOptions = {
  readonly acl?: boolean;
  /** Given, it serves HTTPS too, at `secureEndpoint`. */
  readonly tls?: ConsulTls;
  /** Whether it serves HTTP at a Unix socket too, at `socketEndpoint`. */
  readonly hasSocket?: boolean;
};

export class ConsulServer extends ConsulNode {
  readonly secureEndpoint = `https://${addressOf(HOST)}:${HTTPS_PORT}`;
  readonly socketEndpoint: string;

  private constructor(program: string, folder: string, managementToken: string | undefined) {
    super({ host: HOST, program, folder, managementToken });
    this.socketEndpoint = `unix://${folder}/consul.sock`;
  }

  static async start({ acl, tls, hasSocket }: ConsulOptions = {}): Promise<ConsulServer> {
    const folder = `${tmpdir()}/consul-${randomUUID()}`;
    const managementToken = acl === true ? randomUUID() : undefined;
    const server = new ConsulServer(await findConsul(), folder, managementToken);
    const socket = hasSocket === true ? server.socketEndpoint : undefined;
    const settings = loneServer({ host: HOST, folder, managementToken, tls, socket });
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/consul.json`, JSON.stringify(settings));
    try {
      await server.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }
}
