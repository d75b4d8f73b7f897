/**
 * What keeps a removal from beginning. Pure.
 *
 * A stack is only taken off hosts when it is certain that it is this one, and that PostgreSQL will be
 * stopped by its Patroni and nobody else: what is in doubt stops the run before anything is done.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { databaseHosts, isDatabase } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { error, warning } from "../preflight/finding.ts";
import { type Sighted, isConsulOurs, isPatroniOurs, unitOf } from "../preflight/sighted.ts";
import {
  consulConfigFile,
  consulDataFolder,
  dataFolder,
  patroniConfigFile,
} from "../render/paths.ts";
import type { HostSight, RemovalSights } from "./look.ts";

export type RemovalQuestion = {
  /** Every host of the cluster file, also those that are left out. */
  readonly all: readonly Host[];
  readonly isWithData: boolean;
};

/** `cluster` has the hosts that are asked. */
export function judgeRemoval(
  cluster: Cluster,
  { hosts, patroni, keys, nodes }: RemovalSights,
  question: RemovalQuestion,
): readonly Finding[] {
  const findings = cluster.hosts.flatMap((host): readonly Finding[] => {
    const sight = hosts.get(host.name);
    if (sight === undefined) return [];
    if (!sight.ok) return [unasked(host, sight.detail)];
    return hostFindings(cluster, host, { sight: sight.value, ...question });
  });
  return [
    ...findings,
    ...memberFindings(cluster, patroni?.members ?? [], { keys: keys ?? [], ...question }),
    ...nodeFindings(nodes ?? [], question),
    ...(patroni?.isPaused === true ? [paused(cluster)] : []),
  ];
}

function unasked(host: Host, detail: string): Finding {
  return error({
    host,
    code: "unasked",
    finding: detail,
    remedy: `see what \`ssh ${host.sshHost} id\` says, and run it again`,
  });
}

type Seen = RemovalQuestion & { readonly sight: HostSight };

function hostFindings(cluster: Cluster, host: Host, seen: Seen): readonly Finding[] {
  const { sight, isWithData } = seen;
  const sighted: Sighted = { host, survey: sight.survey };
  return [
    ...consulFindings(cluster, sighted),
    ...(isDatabase(host) ? patroniFindings(cluster, sighted, sight) : []),
    ...(isWithData ? dataFindings(cluster, sighted, sight) : []),
  ];
}

function consulFindings(cluster: Cluster, sighted: Sighted): readonly Finding[] {
  const { host, survey } = sighted;
  const config = survey.programs.consulConfigs.find(({ path }) => path === consulConfigFile);
  if (config === undefined || isConsulOurs(cluster, sighted)) return [];
  const { datacenter, node } = config;
  return [
    error({
      host,
      code: "consul-foreign",
      finding: `${consulConfigFile} is of the node ${node || "without a name"} in the datacenter ${datacenter || "without a name"}`,
      remedy: `wanted is ${host.name} in ${cluster.consul.datacenter}: use the cluster file that it was made with`,
    }),
  ];
}

function patroniFindings(
  cluster: Cluster,
  sighted: Sighted,
  { postgresql, otherAgents }: HostSight,
): readonly Finding[] {
  const { host, survey } = sighted;
  const findings: Finding[] = [];
  const config = survey.programs.patronis.find(({ path }) => path === patroniConfigFile);
  if (config !== undefined && !isPatroniOurs(cluster, sighted)) {
    findings.push(
      error({
        host,
        code: "patroni-foreign",
        finding: `${patroniConfigFile} is of the member ${config.name} of ${config.namespace}${config.scope}`,
        remedy: `wanted is ${host.name} of /${cluster.namespace}/${cluster.scope}: use the cluster file that it was made with`,
      }),
    );
  }
  if (postgresql.length > 0 && !unitOf(survey, "patroni").isActive) {
    findings.push(
      error({
        host,
        code: "postgresql-alone",
        finding: `PostgreSQL runs in ${dataFolder(cluster)} without Patroni (process ${postgresql[0]})`,
        remedy:
          "start Patroni again (systemctl start patroni), or stop PostgreSQL by hand " +
          `(pg_ctl stop -D ${dataFolder(cluster)}, as postgres): clients may be on it`,
      }),
    );
  }
  for (const unit of otherAgents) {
    findings.push(
      error({
        host,
        code: "other-agent",
        finding: `${unit} keeps a VIP of its own with the same package`,
        remedy: `systemctl disable --now ${unit}, if it is not needed; else leave this host out: --skip ${host.name}`,
      }),
    );
  }
  return findings;
}

/** Only data of this cluster, where its path says, and nothing that hangs on it. */
function dataFindings(
  cluster: Cluster,
  sighted: Sighted,
  { survey, folders, tablespaces }: HostSight,
): readonly Finding[] {
  const { host } = sighted;
  const findings: Finding[] = [];
  const refuse = (code: string, finding: string, remedy: string) => {
    findings.push(error({ host, code, finding, remedy }));
  };
  const whose = "see whose it is, and move it away by hand: only data of this cluster are deleted";
  for (const { path, realPath, mounts } of folders) {
    if (realPath !== path) {
      refuse(
        "data-linked",
        `${path} leads to ${realPath}`,
        "no link is followed: delete it by hand",
      );
    }
    if (mounts.length > 0) {
      const remedy = "nothing that is mounted is deleted: unmount it, or delete by hand";
      refuse("data-mounted", `something is mounted on ${mounts.join(", ")}`, remedy);
    }
  }
  const hasDatabase = survey.storage.databases.some(({ path }) => path === dataFolder(cluster));
  if (hasDatabase && !isPatroniOurs(cluster, sighted)) {
    refuse("data-foreign", `nothing shows that ${dataFolder(cluster)} is of this cluster`, whose);
  }
  const hasConsul = survey.programs.consulData.some(({ path }) => path === consulDataFolder);
  if (hasConsul && !isConsulOurs(cluster, sighted)) {
    refuse("data-foreign", `nothing shows that ${consulDataFolder} is of this cluster`, whose);
  }
  for (const place of tablespaces) {
    findings.push(
      warning({
        host,
        code: "tablespace",
        finding: `a tablespace lies in ${place}, out of PGDATA`,
        remedy: "it stays: no link is followed; delete it by hand if nothing in it is needed",
      }),
    );
  }
  return findings;
}

type Named = RemovalQuestion & { readonly keys: readonly string[] };

function memberFindings(
  cluster: Cluster,
  members: readonly { readonly name: string; readonly isLeader: boolean }[],
  { all, keys }: Named,
): readonly Finding[] {
  const known = new Set(all.map(({ name }) => name));
  const named = new Set([...members.map(({ name }) => name), ...keys]);
  const strangers = [...named].filter((name) => !known.has(name));
  const findings = strangers.map((name) =>
    error({
      code: "stranger-member",
      finding: `${name} is a member of ${cluster.scope}, and no host of the cluster file`,
      remedy: "take it into the cluster file, or out of the cluster (stop its Patroni) first",
    }),
  );
  const asked = new Set(databaseHosts(cluster).map(({ name }) => name));
  const leader = members.find(({ isLeader }) => isLeader)?.name;
  if (leader === undefined || asked.has(leader) || !known.has(leader)) return findings;
  return [
    ...findings,
    error({
      code: "leader-skipped",
      finding: `${leader} leads the cluster, and is to be left out`,
      remedy: "it lives: take it along, or switch over to another member first",
    }),
  ];
}

/** Whoever uses this Consul besides would lose it. */
function nodeFindings(nodes: readonly string[], { all }: RemovalQuestion): readonly Finding[] {
  const strangers = nodes.filter((node) => !all.some(({ name }) => name === node));
  return strangers.map((name) =>
    error({
      code: "stranger-node",
      finding: `${name} is a node of this Consul, and no host of the cluster file`,
      remedy:
        "somebody else may need these servers; if nobody does, stop its Consul (consul leave)",
    }),
  );
}

function paused({ scope }: Cluster): Finding {
  return error({
    code: "paused",
    finding: `Patroni of ${scope} is paused: PostgreSQL would go on without it`,
    remedy: "patronictl resume --wait, then run it again",
  });
}
