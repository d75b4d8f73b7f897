/**
 * What a database host needs for Patroni: its environment, its configuration, its unit, and what
 * people need to talk to it.
 *
 * Patroni reads its file again when told to, so a changed one means a reload. A restart, which on the
 * leader is a fail-over, follows from another version, another unit, or another name only.
 */
import type { Host } from "../../cluster/cluster.ts";
import {
  controlConfigFile,
  packagedFile,
  patroniConfigFile,
  patroniFolder,
  patroniUnitFile,
  patroniVenv,
  patroniVenvs,
} from "../../render/paths.ts";
import { packagedText } from "../../render/packaged.ts";
import { patroniUnit } from "../../render/patroni-unit.ts";
import { controlConfig, patroniConfig } from "../../render/patroni.ts";
import { environmentName, requirementsOf } from "../../render/requirements.ts";
import type { Resource } from "../../resources/resource.ts";
import { layoutFor, type World } from "../world.ts";

const root = { owner: "root", group: "root" } as const;

/** What it consists of is in its path: one that is in use is never changed. */
export function environmentWishes({ cluster }: World): readonly Resource[] {
  const { wheels } = cluster.patroni;
  return [
    { kind: "directory", path: patroniVenvs, ...root, mode: "0755" },
    {
      kind: "venv",
      path: `${patroniVenvs}/${environmentName(cluster.patroni)}`,
      link: patroniVenv,
      requirements: requirementsOf(cluster.patroni),
      wheels,
    },
    ...["patroni", "patronictl"].map((name): Resource => {
      return { kind: "link", path: `/usr/local/bin/${name}`, target: `${patroniVenv}/bin/${name}` };
    }),
  ];
}

export function patroniWishes(world: World, host: Host): readonly Resource[] {
  const { cluster, secrets, parameters } = world;
  const { controlGroup } = cluster.patroni;
  const layout = layoutFor(world, host);
  const config = patroniConfig({ cluster, host, secrets, layout, parameters });
  const unit = patroniUnit(cluster, layout);
  const names = [cluster.namespace, cluster.scope, host.name];
  // Who may run patronictl has to get through to its file.
  const folderMode = controlGroup === undefined ? "0750" : "0751";
  return [
    {
      kind: "directory",
      path: patroniFolder,
      owner: "root",
      group: layout.group,
      mode: folderMode,
    },
    {
      kind: "file",
      path: patroniConfigFile,
      owner: "root",
      group: layout.group,
      mode: "0640",
      content: config,
    },
    ...(controlGroup === undefined ? [] : [controlFile(world, controlGroup)]),
    ...packagedFiles(world, host),
    {
      kind: "file",
      path: patroniUnitFile,
      ...root,
      mode: "0644",
      content: { text: unit, isSecret: false },
    },
    {
      kind: "unit",
      name: "patroni.service",
      state: "started",
      restartsOn: [...requirementsOf(cluster.patroni), unit, ...names].join("\n"),
      reloadsOn: config.text,
    },
  ];
}

/** What was taken over is kept before the first start with it. */
function packagedFiles({ packaged }: World, { name }: Host): readonly Resource[] {
  const parameters = packaged.get(name);
  if (parameters === undefined) return [];
  const content = { text: packagedText(parameters), isSecret: false };
  return [{ kind: "file", path: packagedFile, ...root, mode: "0644", content }];
}

function controlFile({ cluster, secrets }: World, group: string): Resource {
  const content = controlConfig(cluster, secrets);
  return { kind: "file", path: controlConfigFile, owner: "root", group, mode: "0640", content };
}
