/**
 * What every verb that looks at hosts begins and ends with: connections, and what goes through them.
 *
 * Everything that is wrong with the cluster file is said before the first one is opened.
 */
import type { Cluster } from "../../provision/cluster/cluster.ts";
import type { Executor } from "../../provision/executor/executor.ts";
import { openHosts } from "../../provision/executor/hosts.ts";
import type { TranscriptOptions } from "../../provision/executor/transcript.ts";
import { Ports } from "../../provision/phases/ports.ts";

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
