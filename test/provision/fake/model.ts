/**
 * A host in memory: what it consists of, as far as provisioning reads and changes it. Only values,
 * and how they are made, copied and compared.
 *
 * systemd's side is kept as systemd keeps it: a unit is known by its file, a mask is a link, and a
 * running service goes on with what it has read at its start. So a restart that was forgotten can be
 * seen.
 */
import type { Access } from "../../../src/provision/resources/resource.ts";

export type Entry =
  | (Access & { type: "directory" })
  /** `prints` is what it says when it is run. */
  | (Access & { type: "file"; text: string; prints?: string })
  | (Access & { type: "link"; target: string })
  | (Access & { type: "other" });

export type UnitModel = {
  isEnabled: boolean;
  active: string;
  /** The text of its file when systemd last read it. */
  loaded: string | undefined;
  /** What the service has read, by path; the unit's own text by the unit's name. */
  runsOn: Map<string, string>;
};

export type DiskModel = {
  /** Every path that leads to it, /dev/sdb among them. */
  paths: string[];
  serial: string;
  sizeBytes: number;
  /** Other than LVM's. */
  uses: string[];
};

export type VolumeModel = {
  disk: string;
  filesystem: string | undefined;
  mountPoint: string | undefined;
};

export type VolumeGroup = { disks: string[]; volumes: Map<string, VolumeModel> };

/** What a package puts onto a host. */
export type PackageModel = {
  readonly version: string;
  readonly users?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** A unit that its scripts enable and start, unless it is masked, or that file is there. */
  readonly starts?: { readonly unit: string; readonly unlessPath?: string };
};

export type ArtefactModel =
  | { readonly kind: "program"; readonly prints: string }
  | { readonly kind: "package"; readonly name: string; readonly package: PackageModel };

/** What is around a host: it is read and never changed. */
export type Surroundings = {
  /** By name: what its repositories have. */
  readonly repository: ReadonlyMap<string, PackageModel>;
  /** By where they come from. */
  readonly artefacts: ReadonlyMap<string, ArtefactModel>;
};

export type HostModel = {
  entries: Map<string, Entry>;
  users: Map<string, { home: string; groups: string[] }>;
  groups: Set<string>;
  packages: Map<string, string>;
  units: Map<string, UnitModel>;
  /** By device. */
  disks: Map<string, DiskModel>;
  volumeGroups: Map<string, VolumeGroup>;
  /** Previous texts of files that were replaced, the oldest first. */
  kept: { path: string; text: string }[];
  lockedBy: string | undefined;
  /** How often each unit was started, restarted or reloaded. */
  starts: Map<string, number>;
};

export const stateFolder = "/var/lib/vip-agent-provision";

const rootAccess: Access = { owner: "root", group: "root", mode: "0644" };

export function directory(access: Partial<Access> = {}): Entry {
  return { type: "directory", ...rootAccess, mode: "0755", ...access };
}

export function file(text: string, access: Partial<Access> = {}): Entry {
  return { type: "file", ...rootAccess, ...access, text };
}

export function program(prints: string): Entry {
  return { type: "file", ...rootAccess, mode: "0755", text: `prints ${prints}`, prints };
}

export function link(target: string): Entry {
  return { type: "link", ...rootAccess, mode: "0777", target };
}

export function disk(paths: readonly string[], serial: string): DiskModel {
  return { paths: [...paths], serial, sizeBytes: 100 * 2 ** 30, uses: [] };
}

const folders = ["/", "/etc", "/etc/systemd", "/etc/systemd/system", "/opt", "/usr", "/usr/lib"];
const deeperFolders = [
  "/usr/lib/systemd",
  "/usr/lib/systemd/system",
  "/usr/local",
  "/usr/local/bin",
];

/** Static: nobody enables it, and it always runs. */
const journald = "systemd-journald.service";
const journaldFile = "[Service]\n";

/** A host after its installation: nothing of ours, no disks but the system's. */
export function bareModel(): HostModel {
  const all = [...folders, ...deeperFolders, "/var", "/var/lib", "/dev"];
  return {
    entries: new Map([
      ...all.map((path): [string, Entry] => [path, directory()]),
      ["/etc/hosts", file("127.0.0.1 localhost\n")],
      ["/etc/fstab", file("/dev/sda1 / ext4 defaults 0 1\n")],
      [`/usr/lib/systemd/system/${journald}`, file(journaldFile)],
    ]),
    users: new Map([["root", { home: "/root", groups: ["root"] }]]),
    groups: new Set(["root", "adm"]),
    packages: new Map(),
    units: new Map([
      [journald, { isEnabled: false, active: "active", loaded: journaldFile, runsOn: new Map() }],
    ]),
    disks: new Map(),
    volumeGroups: new Map(),
    kept: [],
    lockedBy: undefined,
    starts: new Map(),
  };
}

export function copyOf(model: HostModel): HostModel {
  return structuredClone(model);
}

/**
 * All that the host is, in an order of its own; without what only tells how it came to be so: kept
 * texts, locks, the number of starts.
 */
export function picture(model: HostModel): unknown {
  const { entries, users, groups, packages, units, disks, volumeGroups } = model;
  return JSON.parse(
    JSON.stringify({ entries, users, groups, packages, units, disks, volumeGroups }, sortedly),
  );
}

function sortedly(_: string, value: unknown): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  }
  return value instanceof Set
    ? [...value].toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
    : value;
}
