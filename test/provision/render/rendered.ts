/**
 * Everything that is rendered for a cluster, by host and path, as an apply would write it; and the
 * same with a word in place of each secret.
 */
import { agentConfig } from "../../../src/provision/render/agent.ts";
import { consulUnit } from "../../../src/provision/render/consul-unit.ts";
import { consulConfig } from "../../../src/provision/render/consul.ts";
import {
  type PostgresqlLayout,
  isObstacle,
  layoutOf,
} from "../../../src/provision/render/layout.ts";
import { journalConfig } from "../../../src/provision/render/journal.ts";
import { hostsBlock } from "../../../src/provision/render/names.ts";
import { patroniUnit } from "../../../src/provision/render/patroni-unit.ts";
import { controlConfig, patroniConfig } from "../../../src/provision/render/patroni.ts";
import { policiesOf } from "../../../src/provision/render/policies.ts";
import { bootstrapSql } from "../../../src/provision/render/roles.ts";
import { scramVerifier } from "../../../src/provision/render/scram.ts";
import { tune, valuesOf } from "../../../src/provision/render/tune.ts";
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import type { HostFact } from "../../../src/provision/resources/facts.ts";
import type { Content } from "../../../src/provision/resources/resource.ts";
import type { Secrets } from "../../../src/provision/secrets/secrets.ts";
import { debian12, hostFact, secretTexts } from "../support/clusters.ts";

export function layoutFor(cluster: Cluster, os: HostFact["os"] = debian12): PostgresqlLayout {
  const layout = layoutOf(os, cluster);
  if (isObstacle(layout)) throw new Error(layout.finding);
  return layout;
}

export function patroniFile(
  cluster: Cluster,
  secrets: Secrets,
  host: Host = databaseHost(cluster),
): Content {
  const parameters = valuesOf(tune([hostFact()], cluster).parameters);
  return patroniConfig({ cluster, host, secrets, layout: layoutFor(cluster), parameters });
}

export function databaseHost(cluster: Cluster): Host {
  const host = cluster.hosts.find(({ roles }) => roles.includes("database"));
  if (host === undefined) throw new Error("a cluster without a database host");
  return host;
}

/** By a name for a file. */
export function renderedFiles(cluster: Cluster, secrets: Secrets): ReadonlyMap<string, Content> {
  const plain = (text: string): Content => ({ text, isSecret: false });
  const host = databaseHost(cluster);
  const [first] = cluster.hosts;
  const journal = journalConfig(cluster.journal);
  return new Map([
    ["hosts", plain(`${hostsBlock(cluster).join("\n")}\n`)],
    ...(journal === undefined ? [] : [["journal.conf", plain(journal)] as const]),
    ["consul-server.json", consulConfig(cluster, first ?? host, secrets)],
    ["consul-database.json", consulConfig(cluster, host, secrets)],
    ["consul.service", plain(consulUnit())],
    ["policies.json", plain(`${JSON.stringify(policiesOf(cluster), undefined, 2)}\n`)],
    ["patroni.yml", patroniFile(cluster, secrets, host)],
    ["patronictl.yml", controlConfig(cluster, secrets)],
    ["patroni.service", plain(patroniUnit(cluster, layoutFor(cluster)))],
    ["roles.sql", bootstrapSql(cluster, secrets)],
    ["vip-agent.yml", agentConfig(cluster, host)],
  ]);
}

export function masked(text: string, secrets: Secrets): string {
  const roles: readonly (readonly [string, string])[] = [
    ...[...secrets.rolePasswords].map(([name, password]) => [name, password.reveal()] as const),
    ["replicator", secrets.replicationPassword.reveal()],
    ["rewind", secrets.rewindPassword.reveal()],
  ];
  const words = [
    ...roles.map(
      ([name, password]) => [`verifier of ${name}`, scramVerifier(name, password)] as const,
    ),
    ...secretTexts(secrets),
  ];
  return words.reduce((rest, [name, secret]) => rest.replaceAll(secret, `(${name})`), text);
}
