/**
 * What a host shall have: files, directories, users, packages, units, volumes. Only types.
 *
 * A resource is a wish, not a step. What is to be done about it follows from the facts of the host
 * (plan.ts), and nothing follows where the host has it already. The list of kinds is closed, so that
 * each can be reviewed, faked, and told to people.
 */
import type { Artefact } from "../cluster/cluster.ts";
import type { RemovalWish } from "../removal/thing.ts";

/** The text of a file. One that bears secrets is never shown, only that it differs. */
export type Content = { readonly text: string; readonly isSecret: boolean };

/** Four octal digits at most: "0640". */
export type Access = { readonly owner: string; readonly group: string; readonly mode: string };

/** A program on the host that judges a file before it takes its place; `{}` stands for its path. */
export type Validator = readonly string[];

export type FileWish = Access & {
  readonly kind: "file";
  readonly path: string;
  readonly content: Content;
  readonly validator?: Validator;
};

export type DirectoryWish = Access & { readonly kind: "directory"; readonly path: string };

/** Marked lines in a file that belongs to others; everything else in it stays as it is. */
export type BlockWish = {
  readonly kind: "block";
  readonly path: string;
  /** In its markers: one word. */
  readonly name: string;
  readonly lines: readonly string[];
};

/** Made if it is absent; one that is there is taken as it is. */
export type UserWish = {
  readonly kind: "user";
  readonly name: string;
  readonly home: string;
  /** Further groups, which must exist. */
  readonly groups: readonly string[];
};

/** Packages of the host's own package manager. */
export type PackagesWish = { readonly kind: "packages"; readonly names: readonly string[] };

/** A package file that is brought along. */
export type PackageFileWish = {
  readonly kind: "package-file";
  readonly name: string;
  readonly version: string;
  readonly artefact: Artefact;
};

/** One program, which tells its version when called with these arguments. */
export type ProgramWish = {
  readonly kind: "program";
  readonly path: string;
  readonly artefact: Artefact;
  readonly versionArgs: readonly string[];
  /** What its answer must contain. */
  readonly version: string;
};

/** A Python environment of its own, and the link that says which one is in use. */
export type VenvWish = {
  readonly kind: "venv";
  readonly path: string;
  readonly link: string;
  /** As pip takes them, pinned. */
  readonly requirements: readonly string[];
  readonly wheels: string | undefined;
};

export type LinkWish = { readonly kind: "link"; readonly path: string; readonly target: string };

export type UnitWish = {
  readonly kind: "unit";
  readonly name: string;
  /**
   * `masked` cannot be started by anybody; `started` is enabled too; `restarted` is the system's own,
   * to which nothing else is done.
   */
  readonly state: "started" | "restarted" | "masked";
  /**
   * What it only reads at its start: a digest of that text is kept beside the unit, and one that
   * differs means a restart, however long ago a run was cut off before it.
   */
  readonly restartsOn: string;
  /** What it reads when told to: likewise, with a reload. */
  readonly reloadsOn?: string;
};

export type VolumeWish = {
  readonly kind: "volume";
  readonly group: string;
  readonly name: string;
  /** The whole disk becomes its physical volume. */
  readonly disk: string;
  readonly mountPoint: string;
};

export type Resource =
  | FileWish
  | DirectoryWish
  | BlockWish
  | UserWish
  | PackagesWish
  | PackageFileWish
  | ProgramWish
  | VenvWish
  | LinkWish
  | UnitWish
  | VolumeWish
  | RemovalWish;

export type Kind = Resource["kind"];
