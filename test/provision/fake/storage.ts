/**
 * Disks and volumes of the fake host.
 *
 * The commands check for themselves what the plan has seen before: hours may lie between the two.
 */
import type { Operation } from "../../../src/provision/resources/operation.ts";
import { deviceOf, isEmpty, usesOf } from "./answers.ts";
import { type HostModel, type VolumeModel, directory, file } from "./model.ts";
import { Refusal } from "./refusal.ts";

type Of<Kind extends Operation["kind"]> = Extract<Operation, { kind: Kind }>;

export function volumeStages(
  model: HostModel,
  operation: Of<"make-volume" | "make-filesystem" | "mount">,
): readonly (() => void)[] {
  switch (operation.kind) {
    case "make-volume":
      return [() => takeDisk(model, operation), () => makeVolume(model, operation)];
    case "make-filesystem":
      return [() => makeFilesystem(model, operation)];
    case "mount":
      return [
        () => makeMountPoint(model, operation),
        () => writeFstab(model, operation),
        () => mount(model, operation),
      ];
  }
}

/** One command labels the disk and puts it into the group. */
function takeDisk(model: HostModel, { group, disk, serial }: Of<"make-volume">): void {
  const device = deviceOf(model, disk);
  if (device === undefined) throw new Refusal(`there is no ${disk}`);
  const found = model.disks.get(device)?.serial;
  if (found !== serial) throw new Refusal(`${disk} has serial ${found}, not ${serial}`);
  const volumes = model.volumeGroups.get(group);
  if (volumes?.disks.includes(device) === true) return;
  const uses = usesOf(model, device);
  if (uses.length > 0) throw new Refusal(`${disk} is in use: ${uses.join(", ")}`);
  if (volumes === undefined) {
    model.volumeGroups.set(group, { disks: [device], volumes: new Map() });
  } else {
    volumes.disks = [...volumes.disks, device].toSorted();
  }
}

function makeVolume(model: HostModel, { group, name, disk }: Of<"make-volume">): void {
  const device = deviceOf(model, disk) ?? "";
  const volumes = model.volumeGroups.get(group)?.volumes ?? new Map<string, VolumeModel>();
  if (volumes.has(name)) return;
  if ([...volumes.values()].some((volume) => volume.disk === device)) {
    throw new Refusal(`no free extents on ${disk}`);
  }
  volumes.set(name, { disk: device, filesystem: undefined, mountPoint: undefined });
}

function volumeOf(model: HostModel, group: string, name: string): VolumeModel {
  const volume = model.volumeGroups.get(group)?.volumes.get(name);
  if (volume === undefined) throw new Refusal(`there is no volume ${group}/${name}`);
  return volume;
}

function makeFilesystem(model: HostModel, { group, name }: Of<"make-filesystem">): void {
  const volume = volumeOf(model, group, name);
  if (volume.filesystem === "ext4") return;
  if (volume.filesystem !== undefined) throw new Refusal(`${name} bears ${volume.filesystem}`);
  volume.filesystem = "ext4";
}

function makeMountPoint(model: HostModel, { group, name, mountPoint }: Of<"mount">): void {
  const volume = volumeOf(model, group, name);
  if (volume.filesystem === undefined) throw new Refusal(`${name} has no file system`);
  if (volume.mountPoint !== undefined) return;
  const found = model.entries.get(mountPoint);
  if (found === undefined) model.entries.set(mountPoint, directory());
  else if (found.type !== "directory") throw new Refusal(`${mountPoint} is no directory`);
  if (!isEmpty(model, mountPoint)) throw new Refusal(`${mountPoint} is not empty`);
}

/** Before the mount: what is mounted is mounted after the next boot, too. */
function writeFstab(model: HostModel, { group, name, mountPoint }: Of<"mount">): void {
  const found = model.entries.get("/etc/fstab");
  const text = found?.type === "file" ? found.text : "";
  const line = `UUID=uuid-of-${group}-${name} ${mountPoint} ext4 noatime 0 2\n`;
  if (!text.includes(line)) model.entries.set("/etc/fstab", file(text + line));
}

function mount(model: HostModel, { group, name, mountPoint }: Of<"mount">): void {
  const volume = volumeOf(model, group, name);
  if (volume.mountPoint === mountPoint) return;
  volume.mountPoint = mountPoint;
  // The root of the volume, whatever the place was before.
  model.entries.set(mountPoint, directory());
}
