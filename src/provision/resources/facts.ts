/**
 * What is found on a host, as far as it was asked for. Only types.
 *
 * Facts come from one read-only script (probe.ts), which is sent the questions that the resources of
 * a phase raise, and answers them all. They are asked anew for each phase: what an earlier phase has
 * done must be seen, not assumed.
 */

export type Question =
  | { readonly about: "path"; readonly path: string }
  | { readonly about: "text"; readonly path: string }
  /** What is in a directory, by name. */
  | { readonly about: "list"; readonly path: string }
  | { readonly about: "user"; readonly name: string }
  | { readonly about: "package"; readonly name: string }
  | { readonly about: "program"; readonly path: string; readonly args: readonly string[] }
  | { readonly about: "unit"; readonly name: string }
  | { readonly about: "disk"; readonly path: string }
  | { readonly about: "volume"; readonly group: string; readonly name: string };

export type PathFact = {
  readonly type: "absent" | "file" | "directory" | "link" | "other";
  readonly owner: string;
  readonly group: string;
  readonly mode: string;
  /** Of a file; undefined where it is larger than any that we write. */
  readonly sha256: string | undefined;
  /** Of a directory; left out where nobody looked. */
  readonly isEmpty?: boolean;
  /** Of a link. */
  readonly target: string | undefined;
};

export type UserFact = { readonly home: string; readonly groups: readonly string[] } | undefined;

export type UnitFact = {
  readonly isKnown: boolean;
  readonly isEnabled: boolean;
  readonly isMasked: boolean;
  /** Beyond the next boot. */
  readonly isMaskLasting: boolean;
  /** systemd's word: active, inactive, failed, activating … */
  readonly active: string;
  /** Digests of what it was started and reloaded with, as the stamps beside it say. */
  readonly startedOn: string | undefined;
  readonly reloadedOn: string | undefined;
};

export type DiskFact = {
  readonly isThere: boolean;
  /** /dev/sdb */
  readonly device: string;
  readonly serial: string;
  readonly sizeBytes: number;
  /** Why it cannot be taken: "ext4 signature", "mounted on /", "is a partition"; empty when it can. */
  readonly uses: readonly string[];
};

export type VolumeFact = {
  readonly isThere: boolean;
  readonly sizeBytes: number;
  /** The file system on it; none: empty. */
  readonly filesystem: string | undefined;
  readonly uuid: string | undefined;
  readonly mountPoint: string | undefined;
  /** Devices that are physical volumes of its group. */
  readonly groupDisks: readonly string[];
};

/** Asked of every host in every phase. */
export type HostFact = {
  /** From os-release. */
  readonly os: {
    readonly id: string;
    readonly idLike: readonly string[];
    readonly version: string;
  };
  readonly packageManager: "apt" | "dnf" | "unknown";
  readonly architecture: string;
  readonly memoryMb: number;
  readonly processors: number;
  /** Milliseconds since 1970, when the host was asked. */
  readonly clockMs: number;
};

/** By what was asked: a path, a name. A question that was not asked is missing, which is a bug. */
export type Facts = {
  readonly host: HostFact;
  readonly paths: ReadonlyMap<string, PathFact>;
  /** Undefined: no such file. */
  readonly texts: ReadonlyMap<string, string | undefined>;
  /** Undefined: no such directory. */
  readonly lists: ReadonlyMap<string, readonly string[] | undefined>;
  readonly users: ReadonlyMap<string, UserFact>;
  /** Installed version; undefined: not installed. */
  readonly packages: ReadonlyMap<string, string | undefined>;
  /** What the program printed; undefined: there is none. */
  readonly programs: ReadonlyMap<string, string | undefined>;
  readonly units: ReadonlyMap<string, UnitFact>;
  readonly disks: ReadonlyMap<string, DiskFact>;
  /** By `group/name`. */
  readonly volumes: ReadonlyMap<string, VolumeFact>;
};
