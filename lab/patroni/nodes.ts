/**
 * The nodes of a Patroni cluster before any of them runs: their folders, the passwords they share, and what
 * each may do in Consul. Everything secret is drawn at random for each cluster and never leaves it.
 */
import { randomUUID } from "node:crypto";

import { memberOf } from "../agent.ts";
import { DATABASE_HOSTS, type ConsulCluster } from "../consul-cluster.ts";
import { createToken } from "../consul-node.ts";
import type { HostName } from "../network.ts";
import { PatroniNode } from "./node.ts";
import type { Parts } from "./parts.ts";
import { AGENT_RULES, patroniRules, type Callbacks, type DynamicConfig } from "./settings.ts";

export type NodesOptions = {
  readonly dynamic: DynamicConfig;
  readonly callbacks: (host: HostName) => Callbacks;
};

export type LaidOutNodes = {
  readonly nodes: readonly PatroniNode[];
  /** May read the keys of the scope, and nothing else; empty where Consul wants none. */
  readonly agentToken: string;
};

export async function layOutNodes(
  consul: ConsulCluster,
  parts: Parts,
  { dynamic, callbacks }: NodesOptions,
): Promise<LaidOutNodes> {
  const credentials = {
    restUser: "patroni",
    restPassword: randomUUID(),
    superuserPassword: randomUUID(),
    replicationPassword: randomUUID(),
  };
  const nodes = await Promise.all(
    DATABASE_HOSTS.map(async (host) => {
      const consulToken = await tokenFor(consul, patroniRules(host));
      const member = memberOf(host);
      const own = { host, member, consulToken, callbacks: callbacks(host) };
      return await PatroniNode.create(parts, { ...own, credentials, dynamic });
    }),
  );
  return { nodes, agentToken: (await tokenFor(consul, AGENT_RULES)) ?? "" };
}

async function tokenFor(consul: ConsulCluster, rules: string): Promise<string | undefined> {
  if (consul.managementToken === undefined) return undefined;
  return (await createToken(consul, rules)).secret;
}
