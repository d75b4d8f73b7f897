/**
 * Whom Consul's hosts call the Raft leader, and which server can be asked for more.
 *
 * A server that knows no leader answers hardly anything, so it is passed over like one that is down.
 */
import { type Outcome, done, failed } from "../../outcome.ts";
import type { ConsulHttp } from "../acl/consul-http.ts";
import type { Host } from "../cluster/cluster.ts";
import { consulServers } from "../cluster/hosts.ts";
import type { Ports } from "./ports.ts";
import type { World } from "./world.ts";

export type AnsweringServer = { readonly host: Host; readonly consul: ConsulHttp };

/** Its address; empty: that host knows none. */
export async function raftLeaderBy(ports: Ports, host: Host): Promise<Outcome<string>> {
  const consul = await ports.consul(host);
  return consul.ok ? consul.value.leader() : consul;
}

/** The first server that knows a Raft leader. */
export async function answeringServer(
  { cluster }: World,
  ports: Ports,
): Promise<Outcome<AnsweringServer, "absent">> {
  const heard: string[] = [];
  for (const host of consulServers(cluster)) {
    const consul = await ports.consul(host);
    const leader = consul.ok ? await consul.value.leader() : consul;
    if (consul.ok && leader.ok && leader.value !== "") return done({ host, consul: consul.value });
    heard.push(leader.ok ? `${host.name} knows no Raft leader` : leader.detail);
  }
  return failed("absent", heard.join("; "));
}
