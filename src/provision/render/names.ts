/**
 * The lines of /etc/hosts: every host and the VIP, by address, the same on every host.
 *
 * They are for people and for clients that ask for a name. What is configured here goes by address,
 * so a wrong line in this file costs convenience and not the cluster.
 */
import type { Cluster } from "../cluster/cluster.ts";

/** Without the markers of the block. */
export function hostsBlock({ hosts, vip }: Cluster): readonly string[] {
  return [...hosts, vip].map(({ address, name }) => `${address} ${name}`);
}
