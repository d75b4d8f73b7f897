/**
 * The configuration of vip-agent on a database host.
 *
 * It says all that the agent would take from patroni.yml, instead of naming that file: the agent's
 * user may not read it, with good reason, since PostgreSQL's passwords and a token that writes the
 * leader key are in it. What the agent gets is a token that reads, and the password of Patroni's
 * REST API, with which it wakes Patroni; each in a file of its own.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import type { Content } from "../resources/resource.ts";
import type { Secret, Secrets } from "../secrets/secrets.ts";
import { fileHeader } from "./header.ts";
import { restUser } from "./patroni.ts";
import {
  agentPasswordFile,
  agentTokenFile,
  consulHttpPort,
  dataFolder,
  leaderKey,
} from "./paths.ts";
import { yamlText } from "./yaml-text.ts";

const header = `# yaml-language-server: $schema=/usr/share/vip-agent/vip-agent.schema.json
${fileHeader}`;

export function agentConfig(cluster: Cluster, host: Host): Content {
  const { vip, agent, patroni } = cluster;
  const text = yamlText({
    ip: vip.address,
    netmask: vip.prefixLength,
    interface: host.interface,
    "trigger-key": leaderKey(cluster),
    "trigger-value": host.name,
    "dcs-endpoints": `http://127.0.0.1:${consulHttpPort}`,
    "consul-token-file": agentTokenFile,
    "patroni-url": `http://${host.address}:${patroni.restPort}`,
    "patroni-username": restUser,
    "patroni-password-file": agentPasswordFile,
    "data-directory": dataFolder(cluster),
    "metrics-address": agent.metricsAddress === "host" ? host.address : "127.0.0.1",
    "metrics-port": agent.metricsPort,
  });
  return { text: header + text, isSecret: false };
}

/** Of `consul-token-file`: root:vip-agent 0640. */
export function agentToken({ vipAgentToken }: Secrets): Content {
  return secretLine(vipAgentToken.secret);
}

/** Of `patroni-password-file`: root:vip-agent 0640. */
export function agentPassword({ restPassword }: Secrets): Content {
  return secretLine(restPassword);
}

function secretLine(secret: Secret): Content {
  return { text: `${secret.reveal()}\n`, isSecret: true };
}
