/**
 * What a database host needs before Patroni: volumes or folders, the packages, and a stock PostgreSQL
 * that cannot get in the way.
 */
import type { Host } from "../../cluster/cluster.ts";
import type { Resource } from "../../resources/resource.ts";
import { layoutFor, type World } from "../world.ts";

const root = { owner: "root", group: "root" } as const;

export const volumeGroup = "pg";
export const walVolume = "pg_wal";

/** On disks where the file names some, else on what is there. */
export function storageWishes({ cluster }: World, { disks }: Host): readonly Resource[] {
  const { dataRoot, walRoot } = cluster.postgresql;
  if (disks === undefined) {
    return [dataRoot, walRoot].map((path) => ({ kind: "directory", path, ...root, mode: "0755" }));
  }
  const group = volumeGroup;
  return [
    { kind: "volume", group, name: "pg_data", disk: disks.data, mountPoint: dataRoot },
    { kind: "volume", group, name: walVolume, disk: disks.wal, mountPoint: walRoot },
  ];
}

/**
 * The stock cluster is switched off before the packages come: nothing of it may start, or be deleted
 * afterwards.
 */
export function postgresqlWishes(world: World, host: Host): readonly Resource[] {
  const { dataRoot, walRoot, major } = world.cluster.postgresql;
  const layout = layoutFor(world, host);
  const own = { owner: layout.user, group: layout.group, mode: "0700" } as const;
  const masks = layout.unitsToMask.map((name): Resource => {
    return { kind: "unit", name, state: "masked", restartsOn: "" };
  });
  return [
    ...stockSwitch(layout.stockClusterSwitch),
    ...(layout.masked === "before" ? masks : []),
    { kind: "packages", names: [...layout.packages, ...layout.pythonPackages] },
    ...(layout.masked === "after" ? masks : []),
    { kind: "directory", path: `${dataRoot}/${major}`, ...own },
    { kind: "directory", path: `${walRoot}/${major}`, ...own },
  ];
}

function stockSwitch(wish: { readonly path: string; readonly text: string } | undefined) {
  if (wish === undefined) return [];
  const { path, text } = wish;
  const folders = parentsBelowEtc(path).map((folder): Resource => {
    return { kind: "directory", path: folder, ...root, mode: "0755" };
  });
  const file: Resource = {
    kind: "file",
    path,
    ...root,
    mode: "0644",
    content: { text, isSecret: false },
  };
  return [...folders, file];
}

/** "/etc/a", "/etc/a/b" of "/etc/a/b/c". */
function parentsBelowEtc(path: string): readonly string[] {
  const words = path.split("/").slice(1, -1);
  return words.slice(1).map((_, index) => `/${words.slice(0, index + 2).join("/")}`);
}
