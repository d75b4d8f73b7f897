/**
 * Where things lie on the hosts. One list, so that files which name each other agree.
 */
import type { Cluster } from "../cluster/cluster.ts";

export const consulProgram = "/usr/local/bin/consul";
export const consulFolder = "/etc/consul.d";
export const consulConfigFile = "/etc/consul.d/consul.json";
export const consulDataFolder = "/var/lib/consul";
export const consulUnitFile = "/etc/systemd/system/consul.service";
export const consulHttpPort = 8500;

export const patroniFolder = "/etc/patroni";
export const patroniConfigFile = "/etc/patroni/patroni.yml";
export const controlConfigFile = "/etc/patroni/patronictl.yml";
/** What a package has tuned, once it was taken over: packaged.ts. */
export const packagedFile = "/etc/patroni/packaged.conf";
export const patroniUnitFile = "/etc/systemd/system/patroni.service";
export const patroniVenvs = "/opt/patroni";
/** The link to the one in use. */
export const patroniVenv = "/opt/patroni/current";

export const agentFolder = "/etc/vip-agent";
export const agentConfigFile = "/etc/vip-agent/vip-agent.yml";
export const agentTokenFile = "/etc/vip-agent/consul-token";
export const agentPasswordFile = "/etc/vip-agent/patroni-password";
/** What Patroni runs as a callback; it comes with the agent's package. */
export const callbackProgram = "/usr/lib/vip-agent/vip-agent-callback";

export const journalFolder = "/etc/systemd/journald.conf.d";
export const journalConfigFile = `${journalFolder}/vip-agent-provision.conf`;

/** PGDATA: two levels below the mount point, which cannot be renamed when Patroni clones anew. */
export function dataFolder({ scope, postgresql }: Cluster): string {
  return `${dataParent(postgresql)}/${scope}`;
}

/** pg_wal is a link to it. */
export function walFolder({ scope, postgresql }: Cluster): string {
  return `${postgresql.walRoot}/${postgresql.major}/${scope}`;
}

function dataParent({ dataRoot, major }: Cluster["postgresql"]): string {
  return `${dataRoot}/${major}`;
}

/**
 * Patroni writes it anew at each start. It stands beside PGDATA, in a folder that is postgres's
 * alone: where the home of that user is differs from one distribution to the next, and /tmp is
 * everybody's.
 */
export function passwordFile({ scope, postgresql }: Cluster): string {
  return `${dataParent(postgresql)}/.pgpass-${scope}`;
}

/** `db/test/`: keys and rules of Consul have no slash in front. */
export function keyPrefix({ namespace, scope }: Cluster): string {
  return namespace === "" ? `${scope}/` : `${namespace}/${scope}/`;
}

export function leaderKey(cluster: Cluster): string {
  return `${keyPrefix(cluster)}leader`;
}
