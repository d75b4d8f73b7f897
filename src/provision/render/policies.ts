/**
 * Who may do what in Consul: as little as each of them was seen to need.
 *
 * An agent registers its own node and no other, by a node identity. Patroni writes the keys of its
 * cluster, holds sessions on the database hosts, registers its service, and asks its own agent for
 * the smallest TTL. The VIP agent reads those keys and nothing else: whoever gets hold of its token
 * cannot move the leader key. No rule begins with a slash: Consul's keys do not.
 */
import assert from "node:assert/strict";

import type { PolicyWish, TokenWish } from "../acl/acl.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { keyPrefix } from "./paths.ts";

export function policiesOf(cluster: Cluster): readonly PolicyWish[] {
  const names = policyNames(cluster);
  const { scope } = cluster;
  return [
    {
      name: names.reading,
      description: "Sees nodes and services: for consul members and DNS on the hosts",
      rules: rulesText([`node_prefix "" read`, `service_prefix "" read`]),
    },
    {
      name: names.patroni,
      description: `What the Patroni cluster ${scope} needs`,
      rules: rulesText(patroniRules(cluster)),
    },
    {
      name: names.vipAgent,
      description: `Reads the leader key and the timings of the Patroni cluster ${scope}`,
      rules: rulesText([`key_prefix "${keyPrefix(cluster)}" read`]),
    },
  ];
}

/** All but the management token, which the bootstrap makes. */
export function tokensOf(cluster: Cluster, secrets: Secrets): readonly TokenWish[] {
  const names = policyNames(cluster);
  const { scope } = cluster;
  return [
    ...cluster.hosts.map(({ name }): TokenWish => {
      const token = secrets.agentTokens.get(name);
      assert(token, `there is no Consul token for ${name}`);
      return { ...token, description: `Consul on ${name}`, policies: [], nodeName: name };
    }),
    {
      ...secrets.readingToken,
      description: "everybody on the hosts, reading only",
      policies: [names.reading],
    },
    { ...secrets.patroniToken, description: `Patroni of ${scope}`, policies: [names.patroni] },
    { ...secrets.vipAgentToken, description: `vip-agent of ${scope}`, policies: [names.vipAgent] },
  ];
}

/**
 * What Patroni calls its service, for a scope that is no name in DNS. As Patroni does it:
 * `service_name_from_scope_name`.
 */
export function serviceName(scope: string): string {
  const name = scope.toLowerCase().replaceAll(/[^a-z0-9-]/gu, (character) => {
    return /[. _]/.test(character) ? "-" : `u${String(character.codePointAt(0)).padStart(4, "0")}`;
  });
  return name.slice(0, 230);
}

function policyNames({ scope }: Cluster) {
  return {
    reading: "hosts-reading",
    patroni: `patroni-${scope}`,
    vipAgent: `vip-agent-${scope}`,
  };
}

function patroniRules(cluster: Cluster): readonly string[] {
  const nodes = databaseHosts(cluster);
  const service = cluster.patroni.isServiceRegistered
    ? [`service "${serviceName(cluster.scope)}" write`]
    : [];
  return [
    `key_prefix "${keyPrefix(cluster)}" write`,
    ...nodes.map(({ name }) => `session "${name}" write`),
    ...nodes.map(({ name }) => `agent "${name}" read`),
    ...service,
  ];
}

/** `key_prefix "db/test/" read` in Consul's own words. */
function rulesText(rules: readonly string[]): string {
  const lines = rules.map((rule) => rule.replace(/ (read|write)$/, ' { policy = "$1" }'));
  return `${lines.join("\n")}\n`;
}
