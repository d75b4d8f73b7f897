/**
 * A volume on a disk of its own, with a file system, mounted.
 *
 * This is where data could be lost, so everything is in favour of doing nothing. A disk is taken only
 * when nothing at all was found on it; a volume gets a file system only when it has none; a mount
 * point must be empty, since a mount hides what lies under it. Nothing shrinks or grows, and a
 * volume that is mounted where it should be is left alone whatever it consists of.
 *
 * A run that was cut off between the volume group and the volume leaves a disk with LVM's signature.
 * It is known by its group: that very disk in a group of that very name is ours to go on with.
 */
import { diskFact, pathFact, volumeFact } from "./answers.ts";
import type { DiskFact, Facts, Question, VolumeFact } from "./facts.ts";
import { type KindPlan, type Step, blocked, toDo } from "./kind-plan.ts";
import type { Obstacle } from "./operation.ts";
import { wrongType } from "./path-type.ts";
import type { VolumeWish } from "./resource.ts";

/** What the operation makes, and what an operator may have made in its place. */
const mountable = ["ext4", "xfs"];

export function volumeQuestions({
  group,
  name,
  disk,
  mountPoint,
}: VolumeWish): readonly Question[] {
  return [
    { about: "disk", path: disk },
    { about: "volume", group, name },
    { about: "path", path: mountPoint },
  ];
}

export function planVolume(wish: VolumeWish, facts: Facts): KindPlan {
  const { group, name, mountPoint } = wish;
  const volume = volumeFact(facts, group, name);
  if (volume.isThere && volume.mountPoint === mountPoint) return toDo();
  const disk = diskFact(facts, wish.disk);
  const isOurs = disk.isThere && volume.groupDisks.includes(disk.device);
  const obstacles = [
    ...(volume.isThere ? volumeObstacles(wish, volume, isOurs) : diskObstacles(wish, disk, isOurs)),
    ...mountPointObstacles(wish, facts),
  ];
  if (obstacles.length > 0) return blocked(...obstacles);
  const steps: Step[] = [];
  if (!volume.isThere) steps.push(volumeStep(wish, disk));
  if (volume.filesystem === undefined) {
    const operation = { kind: "make-filesystem", group, name } as const;
    steps.push({ operation, summary: `make a file system on ${group}/${name}` });
  }
  const operation = { kind: "mount", group, name, mountPoint } as const;
  steps.push({ operation, summary: `mount ${group}/${name} on ${mountPoint}` });
  return toDo(...steps);
}

function volumeStep({ group, name, disk: path }: VolumeWish, disk: DiskFact): Step {
  const { serial } = disk;
  return {
    operation: { kind: "make-volume", group, name, disk: path, serial },
    summary: `make volume ${group}/${name} of all of ${diskText(disk)}`,
  };
}

function diskText({ device, serial, sizeBytes }: DiskFact): string {
  const size = `${(sizeBytes / 2 ** 30).toFixed(1)} GiB`;
  return `${device} (${serial === "" ? "no serial" : `serial ${serial}`}, ${size})`;
}

function diskObstacles(
  { disk: path }: VolumeWish,
  disk: DiskFact,
  isOurs: boolean,
): readonly Obstacle[] {
  if (!disk.isThere) {
    return [
      {
        subject: path,
        finding: "is not there",
        remedy: "attach the disk, or name another one in the cluster file; best by /dev/disk/by-id",
      },
    ];
  }
  if (isOurs || disk.uses.length === 0) return [];
  return [
    {
      subject: path,
      finding: `is in use: ${diskText(disk)}: ${disk.uses.join(", ")}`,
      remedy:
        "name an empty disk in the cluster file; if nothing on this one is needed, " +
        "clear it by hand (wipefs) and run again",
    },
  ];
}

function volumeObstacles(
  { group, name, disk, mountPoint }: VolumeWish,
  volume: VolumeFact,
  isOurs: boolean,
): readonly Obstacle[] {
  const subject = `volume ${group}/${name}`;
  const { filesystem, groupDisks } = volume;
  if (volume.mountPoint !== undefined) {
    return [
      {
        subject,
        finding: `is mounted on ${volume.mountPoint}, not on ${mountPoint}`,
        remedy: "name that place in the cluster file, or mount it elsewhere by hand",
      },
    ];
  }
  const strange: Obstacle = {
    subject,
    finding: `is there already, in a group of ${groupDisks.join(", ")}, not of ${disk}`,
    remedy: "find out whose it is; name its disk in the cluster file, or rename it (lvrename)",
  };
  const unmountable: Obstacle = {
    subject,
    finding: `bears ${filesystem ?? ""}, not ${mountable.join(" or ")}`,
    remedy: "find out whose it is, rename it (lvrename) or clear it by hand, and run again",
  };
  const isMountable = filesystem === undefined || mountable.includes(filesystem);
  return [...(isOurs ? [] : [strange]), ...(isMountable ? [] : [unmountable])];
}

function mountPointObstacles({ mountPoint }: VolumeWish, facts: Facts): readonly Obstacle[] {
  const found = pathFact(facts, mountPoint);
  if (found.type === "absent") return [];
  if (found.type !== "directory") return [wrongType(mountPoint, found, "a directory")];
  if (found.isEmpty !== false) return [];
  return [
    {
      subject: mountPoint,
      finding: "is not empty, and a mount would hide what is in it",
      remedy: "see what it is; move it away by hand, or leave out the disks; run again",
    },
  ];
}

/** Two volumes that would take the same disk, under two of its names or one. */
export function sharedDisks(wishes: readonly VolumeWish[], facts: Facts): readonly Obstacle[] {
  const absent = wishes.filter(({ group, name }) => !volumeFact(facts, group, name).isThere);
  return absent.flatMap(({ group, name, disk }) => {
    const { isThere, device } = diskFact(facts, disk);
    const other = wishes.find((wish) => {
      const isOther = wish.group !== group || wish.name !== name;
      return isOther && isThere && diskFact(facts, wish.disk).device === device;
    });
    if (other === undefined) return [];
    return [
      {
        subject: disk,
        finding: `is ${device}, as is the disk of volume ${other.group}/${other.name}`,
        remedy: "name a disk of its own for each volume in the cluster file",
      },
    ];
  });
}
