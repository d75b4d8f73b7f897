/**
 * What is still on a host after a removal, and what a person may do about it.
 *
 * It is looked up and not concluded: who reads it wants to know what is there, also where a thing stayed
 * because nothing showed that it is ours.
 */
import type { Host } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import { stateFolder } from "../executor/scripts/parts.ts";
import { storageWishes } from "../phases/wishes/postgresql.ts";
import { type World, layoutFor } from "../phases/world.ts";
import { consulDataFolder, dataFolder, walFolder } from "../render/paths.ts";
import {
  listFact,
  packageFact,
  pathFact,
  unitFact,
  userFact,
  volumeFact,
} from "../resources/answers.ts";
import type { Facts, Question } from "../resources/facts.ts";
import { questionsOf } from "../resources/plan.ts";
import type { Resource, VolumeWish } from "../resources/resource.ts";
import type { RemovalWish, Thing } from "./thing.ts";

const keptFolder = `${stateFolder}/kept`;
const users = ["consul", "postgres", "vip-agent"];

export function leftQuestions(
  world: World,
  host: Host,
  wishes: readonly RemovalWish[],
): readonly Question[] {
  const folders = [dataFolder(world.cluster), walFolder(world.cluster), consulDataFolder];
  const about: readonly Question[] = [
    ...[...folders, keptFolder].map((path) => ({ about: "path", path }) as const),
    ...users.map((name) => ({ about: "user", name }) as const),
    ...packagesFor(world, host).map((name) => ({ about: "package", name }) as const),
    ...questionsOf([...wishes, ...volumesFor(world, host)]),
  ];
  return [...new Map(about.map((question) => [JSON.stringify(question), question])).values()];
}

/** A line for each thing; `facts` must answer leftQuestions. */
export function leftLines(
  world: World,
  host: Host,
  { wishes, facts }: { readonly wishes: readonly RemovalWish[]; readonly facts: Facts },
): readonly string[] {
  return [
    ...dataLines(world, facts),
    ...volumesFor(world, host).flatMap((volume) => volumeLines(volume, facts)),
    ...packageLines(world, host, facts),
    ...userLines(facts),
    ...wishes.flatMap(({ thing }) => strangeLines(thing, facts)),
    ...(isThere(facts, keptFolder) ? [`files that were removed or replaced: ${keptFolder}`] : []),
  ];
}

function isThere(facts: Facts, path: string): boolean {
  return pathFact(facts, path).type !== "absent";
}

function dataLines({ cluster }: World, facts: Facts): readonly string[] {
  const [data, wal] = [dataFolder(cluster), walFolder(cluster)];
  return [
    ...(isThere(facts, data) ? [`data of PostgreSQL: ${data}`] : []),
    ...(isThere(facts, wal) ? [`WAL: ${wal}`] : []),
    ...(isThere(facts, consulDataFolder)
      ? [`Consul's data, with its keys, policies and tokens: ${consulDataFolder}`]
      : []),
  ];
}

function volumesFor(world: World, host: Host): readonly VolumeWish[] {
  const isVolume = (wish: Resource) => wish.kind === "volume";
  return isDatabase(host) ? storageWishes(world, host).filter(isVolume) : [];
}

/** Given up by nobody but a person. */
function volumeLines({ group, name, mountPoint }: VolumeWish, facts: Facts): readonly string[] {
  if (!volumeFact(facts, group, name).isThere) return [];
  return [
    `volume ${group}/${name} on ${mountPoint}; to give it up: umount ${mountPoint}, ` +
      `take its line out of /etc/fstab, lvremove ${group}/${name}`,
  ];
}

function packagesFor(world: World, host: Host): readonly string[] {
  if (!isDatabase(host)) return [];
  const { packages, pythonPackages } = layoutFor(world, host);
  return [...packages, ...pythonPackages];
}

function packageLines(world: World, host: Host, facts: Facts): readonly string[] {
  const installed = packagesFor(world, host).filter((name) => {
    return packageFact(facts, name) !== undefined;
  });
  return installed.length === 0 ? [] : [`packages: ${installed.join(", ")}`];
}

function userLines(facts: Facts): readonly string[] {
  const known = users.filter((name) => userFact(facts, name) !== undefined);
  return known.length === 0 ? [] : [`users: ${known.join(", ")}`];
}

/** What is not known to be ours, or has something in it that is not. */
function strangeLines(thing: Thing, facts: Facts): readonly string[] {
  switch (thing.kind) {
    case "program":
    case "link":
      return isThere(facts, thing.path)
        ? [`${thing.path}: nothing shows that provisioning has put it there`]
        : [];
    case "package":
      return packageFact(facts, thing.name) === undefined
        ? []
        : [`package ${thing.name}: nothing shows that provisioning has installed it`];
    case "unit":
      return unitFact(facts, thing.name).active === "active"
        ? [`${thing.name}: it runs, and nothing shows that it is of this cluster`]
        : [];
    case "folder": {
      const names = listFact(facts, thing.path) ?? [];
      return names.length === 0
        ? []
        : [`${thing.path}: with ${names.slice(0, 3).join(", ")} in it`];
    }
    case "file":
    case "block":
    case "environments":
    case "mask":
    case "note":
    case "data":
      return [];
  }
}
