/**
 * What every verb that looks at hosts begins and ends with: the cluster file, the secrets, the
 * connections, and the facts that the rest is computed from.
 *
 * Everything that is wrong with the file is said before the first connection is opened, and of hosts
 * that cannot be reached all are said, not the first.
 */
import type { Cluster } from "../../provision/cluster/cluster.ts";
import type { Executor } from "../../provision/executor/executor.ts";
import { openHosts } from "../../provision/executor/hosts.ts";
import type { TranscriptOptions } from "../../provision/executor/transcript.ts";
import type { Finding } from "../../provision/phases/events.ts";
import { Ports } from "../../provision/phases/ports.ts";
import { type World, createWorld } from "../../provision/phases/world.ts";
import type { HostFact } from "../../provision/resources/facts.ts";
import type { Secrets } from "../../provision/secrets/secrets.ts";

export type Session = {
  readonly cluster: Cluster;
  readonly executors: ReadonlyMap<string, Executor>;
  readonly ports: Ports;
  readonly close: () => Promise<void>;
};

/** `transcript` is told everything that goes to a host. */
export function openSession(cluster: Cluster, transcript?: TranscriptOptions): Session {
  const hosts = openHosts(cluster, transcript === undefined ? {} : { transcript });
  const ports = new Ports(cluster, hosts.executors);
  const close = async () => {
    ports.close();
    await hosts.close();
  };
  return { cluster, executors: hosts.executors, ports, close };
}

export type HostsSeen = {
  /** Undefined where a finding is an error. */
  readonly world: World | undefined;
  readonly findings: readonly Finding[];
};

/** The hosts as they are now; each that cannot be asked is a finding. */
export async function lookAtHosts(session: Session, secrets: Secrets): Promise<HostsSeen> {
  const { cluster, executors } = session;
  const looked = await Promise.all(
    [...executors.values()].map(async ({ host, probe }) => ({ host, fact: await probe([]) })),
  );
  const facts = new Map<string, HostFact>();
  const findings: Finding[] = [];
  for (const { host, fact } of looked) {
    if (fact.ok) facts.set(host, fact.value.host);
    else findings.push({ severity: "error", host, code: fact.code, finding: fact.detail });
  }
  if (findings.length > 0) return { world: undefined, findings };
  return createWorld(cluster, secrets, facts);
}
