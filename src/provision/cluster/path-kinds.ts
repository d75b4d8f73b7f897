/**
 * Kinds of value that are paths on the hosts. They end up in units, in fstab and in scripts, so they
 * are of characters that mean nothing but themselves in all of these.
 */
import { type Kind, type ValueRead, fit, scalar, unfit, word } from "./value-kind.ts";

/**
 * Not below these: they are emptied at a boot or by a timer, or are no place for files at all. A
 * database there is lost without anybody having deleted it.
 */
const fleetingRoots: readonly string[] = [
  "/tmp",
  "/var/tmp",
  "/run",
  "/var/run",
  "/dev",
  "/proc",
  "/sys",
];

/** Not these themselves: a disk mounted there, or given to postgres alone, ends the host. */
const systemFolders: readonly string[] = [
  "/",
  "/bin",
  "/boot",
  "/etc",
  "/home",
  "/lib",
  "/lib64",
  "/media",
  "/mnt",
  "/opt",
  "/root",
  "/sbin",
  "/srv",
  "/usr",
  "/usr/local",
  "/var",
  "/var/lib",
  "/var/log",
];

/** A folder that PostgreSQL gets for itself; a disk may be mounted there. */
export const ownFolder: Kind<string> = scalar({
  expected: "the path of a folder of its own, from the root, such as /pgsql/pg_data",
  schema: { type: "string", pattern: "^/[A-Za-z0-9._/-]+$" },
  read: readOwnFolder,
});

function readOwnFolder(text: string): ValueRead<string> {
  if (!text.startsWith("/")) return unfit("does not begin at the root");
  if (!/^[A-Za-z0-9._/-]*$/.test(text)) {
    return unfit("has other characters than letters, digits, dots, hyphens and underscores");
  }
  const parts = text.split("/").filter((part) => part !== "");
  if (parts.some((part) => part === "." || part === "..")) {
    return unfit("has a part that is . or ..");
  }
  const path = `/${parts.join("/")}`;
  if (systemFolders.includes(path)) {
    return unfit("is a folder of the system", `write one below it, such as /pgsql/pg_data`);
  }
  const fleeting = fleetingRoots.find((root) => path === root || path.startsWith(`${root}/`));
  if (fleeting !== undefined) return unfit(`lies below ${fleeting}, where nothing stays`);
  return fit(path);
}

/** Whether one is the other, or lies in it. */
export function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

export const disk: Kind<string> = word({
  pattern: /^\/dev\/(?!.*\.\.)[A-Za-z0-9._:+=@/-]*[A-Za-z0-9]$/,
  expected: "the path of a whole disk, such as /dev/disk/by-id/scsi-0QEMU_HARDDISK_data",
});

/** A name that the kernel gave at this boot, and may give to another disk at the next. */
export function isKernelName(path: string): boolean {
  return /^\/dev\/[^/]+$/.test(path);
}
