/**
 * The disks of the cluster file, by the same look and the same rules that decide later whether one may
 * be taken. So what preflight calls fit is not refused afterwards, and the other way round.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import type { Executor } from "../executor/executor.ts";
import { planOf, questionsOf } from "../resources/plan.ts";
import type { VolumeWish } from "../resources/resource.ts";
import type { DisksSight } from "./survey.ts";

/** Undefined: the file names none, or they could not be looked at. */
export async function askDisks(
  cluster: Cluster,
  host: Host,
  executor: Executor,
): Promise<DisksSight | undefined> {
  const wishes = volumeWishes(cluster, host);
  if (wishes.length === 0) return undefined;
  const facts = await executor.probe(questionsOf(wishes));
  if (!facts.ok) return undefined;
  const { obstacles } = planOf(wishes, facts.value);
  const disks = wishes.flatMap(({ disk: path, group, name }) => {
    const disk = facts.value.disks.get(path);
    const isTaken = facts.value.volumes.get(`${group}/${name}`)?.isThere ?? false;
    if (disk === undefined) return [];
    const { isThere, device, serial, sizeBytes } = disk;
    return [{ path, isThere, isTaken, device, serial, sizeBytes }];
  });
  return { disks, obstacles };
}

/** As the storage phase wishes them. */
function volumeWishes(
  { postgresql: { dataRoot, walRoot } }: Cluster,
  { disks }: Host,
): readonly VolumeWish[] {
  if (disks === undefined) return [];
  const volume = { kind: "volume", group: "pg" } as const;
  return [
    { ...volume, name: "pg_data", disk: disks.data, mountPoint: dataRoot },
    { ...volume, name: "pg_wal", disk: disks.wal, mountPoint: walRoot },
  ];
}
