/**
 * Whether there is a Consul already, and whose it is.
 *
 * Ours is told by its configuration: our file, this datacenter, this node, this gossip key. Anything
 * else is left alone and stops the run: its keys, tokens and data are somebody's. The key that counts
 * is that of its keyring: a key in the configuration is ignored once there is one.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { consulNoteFile } from "../removal/notes.ts";
import { consulConfigFile, consulDataFolder, dataFolder, keyPrefix } from "../render/paths.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import { type Knowledge, type Sighted, isConsulOurs, ownConsulConfig } from "./sighted.ts";

const removal =
  "if nothing on it is needed, stop it (systemctl disable --now consul) and move its configuration " +
  "and data away; else use another host";

export function consulFindings(
  cluster: Cluster,
  sighted: Sighted,
  knowledge: Knowledge,
): readonly Finding[] {
  const { host, survey } = sighted;
  const { consulConfigs, consulData, processes } = survey.programs;
  const isRunning = processes.some(({ name }) => name === "consul");
  const ours = [consulConfigFile, consulNoteFile];
  const others = consulConfigs.filter(({ path }) => !ours.includes(path));
  if (isConsulOurs(cluster, sighted)) {
    const troubles = [
      ...keyFindings(sighted, knowledge),
      ...others.map(({ path }) =>
        warning({
          host,
          code: "consul-config-foreign",
          finding: `beside ${consulConfigFile} there is ${path}`,
          remedy: "see what it is for; it is not of this tool",
        }),
      ),
    ];
    return orFine(troubles, fine(host, "consul", "what is there is of this cluster"));
  }
  if (!isRunning && consulConfigs.length === 0 && consulData.length === 0) {
    return [fine(host, "consul", "none yet")];
  }
  return [strangerFinding(cluster, sighted, isRunning)];
}

function strangerFinding({ consul }: Cluster, { host, survey }: Sighted, isRunning: boolean) {
  const { consulConfigs, consulData } = survey.programs;
  const config = consulConfigs.find(({ datacenter }) => datacenter !== "") ?? consulConfigs[0];
  const state = isRunning ? "a Consul runs here" : "a Consul was set up here";
  if (config !== undefined && config.datacenter !== consul.datacenter) {
    const datacenter = config.datacenter === "" ? "Consul's own default" : config.datacenter;
    return error({
      host,
      code: "consul-datacenter",
      finding: `${state}, of the datacenter ${datacenter}, not ${consul.datacenter} (${config.path})`,
      remedy: removal,
    });
  }
  if (config !== undefined && config.path === consulConfigFile) {
    return error({
      host,
      code: "consul-node",
      finding: `${state}, as the node ${config.node || "without a name"}, not ${host.name}`,
      remedy: "correct the host's name or its ssh host in the cluster file; or, " + removal,
    });
  }
  const places = [...consulConfigs, ...consulData].map(({ path }) => path).join(", ");
  return error({
    host,
    code: "consul-exists",
    finding: `${state}, and not by this tool${places === "" ? "" : ` (${places})`}`,
    remedy: removal,
  });
}

function keyFindings(sighted: Sighted, { gossipKeyDigest }: Knowledge): readonly Finding[] {
  const { host, survey } = sighted;
  const ring = survey.programs.consulData.find(({ path }) => path === consulDataFolder);
  const digest = ring?.keyDigest || ownConsulConfig(sighted)?.keyDigest || "";
  if (gossipKeyDigest === undefined) {
    return [
      error({
        host,
        code: "consul-secrets-lost",
        finding:
          "a Consul of this cluster is here, and there is no secrets file beside the cluster file",
        remedy:
          "bring back the secrets file that it was made with; without it nothing can be changed",
      }),
    ];
  }
  if (digest === "" || digest === gossipKeyDigest) return [];
  return [
    error({
      host,
      code: "consul-key",
      finding: "its Consul uses another gossip key than that of the secrets file",
      remedy:
        "use the secrets file that this cluster was made with; if the key was changed on purpose " +
        "(consul keyring), write the one in use into the secrets file",
    }),
  ];
}

/** What the Consul of the cluster itself says, if it runs already. */
export function consulStateFindings(
  cluster: Cluster,
  all: readonly Sighted[],
  { consul }: Knowledge,
): readonly Finding[] {
  const host = cluster.hosts.find(({ name }) => name === consul?.host);
  if (consul === undefined || host === undefined) return [];
  if (consul.isTokenKnown === false) {
    return [
      warning({
        host,
        code: "consul-acl",
        finding:
          "its Consul does not know the management token of the secrets file: either its ACLs are " +
          "not bootstrapped yet, or somebody else has done it",
        remedy: "none if a run was cut off before; else use the secrets file that it was made with",
      }),
    ];
  }
  const prefix = keyPrefix(cluster);
  const isInitialised = consul.keys?.includes(`${prefix}initialize`) ?? false;
  const hasLeader = consul.keys?.includes(`${prefix}leader`) ?? false;
  const databases = all.filter((one) => isDatabase(one.host));
  const hasData = databases.some(({ survey }) => {
    return survey.storage.databases.some(({ path }) => path === dataFolder(cluster));
  });
  const isEveryoneKnown = databases.length === cluster.hosts.filter(isDatabase).length;
  if (!isInitialised || hasLeader || hasData || !isEveryoneKnown) return [];
  return [
    error({
      host,
      code: "initialize-stale",
      finding:
        `Consul has the key ${prefix}initialize of an earlier cluster, and no host has its data: ` +
        "Patroni would wait for it for ever",
      remedy:
        "if that cluster is given up for good, remove its keys: " +
        `consul kv delete -recurse ${prefix}; if not, bring back its data first`,
    }),
  ];
}
