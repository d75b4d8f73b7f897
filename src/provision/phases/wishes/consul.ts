/**
 * What a host needs for Consul, server or agent alike: the program, its user and folders, its
 * configuration, its unit.
 *
 * A changed configuration means a restart, not a reload: Consul takes most of it only at its start,
 * and in what it would take by a reload nobody is in a hurry.
 */
import type { Host } from "../../cluster/cluster.ts";
import { consulUnit } from "../../render/consul-unit.ts";
import { consulConfig } from "../../render/consul.ts";
import {
  consulConfigFile,
  consulDataFolder,
  consulFolder,
  consulProgram,
  consulUnitFile,
} from "../../render/paths.ts";
import type { Resource } from "../../resources/resource.ts";
import type { World } from "../world.ts";

const user = "consul";

export function consulWishes({ cluster, secrets }: World, host: Host): readonly Resource[] {
  const { version, program } = cluster.consul;
  const config = consulConfig(cluster, host, secrets);
  const unit = consulUnit();
  return [
    { kind: "user", name: user, home: consulDataFolder, groups: [] },
    { kind: "directory", path: consulFolder, owner: "root", group: user, mode: "0750" },
    { kind: "directory", path: consulDataFolder, owner: user, group: user, mode: "0700" },
    { kind: "program", path: consulProgram, artefact: program, versionArgs: ["version"], version },
    {
      kind: "file",
      path: consulConfigFile,
      owner: "root",
      group: user,
      mode: "0640",
      content: config,
      validator: [consulProgram, "validate", "-quiet", "-config-format=json", "{}"],
    },
    {
      kind: "file",
      path: consulUnitFile,
      owner: "root",
      group: "root",
      mode: "0644",
      content: { text: unit, isSecret: false },
    },
    {
      kind: "unit",
      name: "consul.service",
      state: "started",
      restartsOn: [version, unit, config.text].join("\n"),
    },
  ];
}
