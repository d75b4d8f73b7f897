/**
 * What a database host needs for the VIP: vip-agent's package, its configuration, its two secrets.
 *
 * The package comes first: it brings the folder and the group that the files belong to. It also
 * restarts a running agent on an upgrade, with the VIP in place; so the unit has to be restarted for a
 * secret only, which a reload would take as well, but without word of it.
 */
import type { Host } from "../../cluster/cluster.ts";
import { agentConfig, agentPassword, agentToken } from "../../render/agent.ts";
import { agentConfigFile, agentPasswordFile, agentTokenFile } from "../../render/paths.ts";
import type { Content, Resource } from "../../resources/resource.ts";
import type { World } from "../world.ts";

const group = "vip-agent";

export function agentWishes(world: World, host: Host): readonly Resource[] {
  const { cluster, secrets, agentPackage } = world;
  const config = agentConfig(cluster, host);
  const [token, password] = [agentToken(secrets), agentPassword(secrets)];
  return [
    {
      kind: "package-file",
      name: "vip-agent",
      version: agentPackage.version,
      artefact: cluster.agent.package,
    },
    file(agentTokenFile, group, "0640", token),
    file(agentPasswordFile, group, "0640", password),
    file(agentConfigFile, "root", "0644", config),
    {
      kind: "unit",
      name: "vip-agent.service",
      state: "started",
      restartsOn: [token.text, password.text].join(""),
      reloadsOn: config.text,
    },
  ];
}

function file(path: string, owningGroup: string, mode: string, content: Content): Resource {
  return { kind: "file", path, owner: "root", group: owningGroup, mode, content };
}
