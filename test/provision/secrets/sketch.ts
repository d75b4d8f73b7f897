/**
 * A cluster whose secrets are wanted, with the hosts and roles that a test names.
 */
import type { Cluster } from "../../../src/provision/cluster/cluster.ts";
import type { Secrets } from "../../../src/provision/secrets/secrets.ts";
import { secretsText } from "../../../src/provision/secrets/stored-form.ts";
import { clusterWith } from "../cluster/sketch.ts";

export function clusterOf(roles: readonly string[], hosts: readonly string[] = []): Cluster {
  const members = Object.fromEntries(roles.map((name) => [name, {}]));
  const more = hosts.map((name, index) => [
    `hosts.${name}`,
    { address: `192.168.1.${200 + index}`, roles: ["database"] },
  ]);
  return clusterWith({
    "postgresql.client-networks": ["10.0.0.0/8"],
    "postgresql.roles": members,
    ...Object.fromEntries(more),
  });
}

/** All that is secret in it, in clear, to be compared. */
export function revealed(secrets: Secrets): string {
  return secretsText({ scope: "test", secrets });
}
