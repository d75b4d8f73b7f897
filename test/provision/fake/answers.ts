/**
 * Answers questions from the model, as the probe of a real host does.
 */
import { createHash } from "node:crypto";
import { absentPath } from "../../../src/provision/resources/answers.ts";
import type {
  DiskFact,
  Facts,
  HostFact,
  PathFact,
  Question,
  UnitFact,
  UserFact,
  VolumeFact,
} from "../../../src/provision/resources/facts.ts";
import { type HostModel, stateFolder } from "./model.ts";
import { isMasked, unitEntry } from "./systemd.ts";

export const hostFact: HostFact = {
  os: { id: "debian", idLike: [], version: "12" },
  packageManager: "apt",
  architecture: "x86_64",
  memoryMb: 4_096,
  processors: 2,
  clockMs: 1_780_000_000_000,
};

export function answer(model: HostModel, questions: readonly Question[]): Facts {
  const paths = new Map<string, PathFact>();
  const texts = new Map<string, string | undefined>();
  const lists = new Map<string, readonly string[] | undefined>();
  const users = new Map<string, UserFact>();
  const packages = new Map<string, string | undefined>();
  const programs = new Map<string, string | undefined>();
  const units = new Map<string, UnitFact>();
  const disks = new Map<string, DiskFact>();
  const volumes = new Map<string, VolumeFact>();
  for (const question of questions) {
    switch (question.about) {
      case "path":
        paths.set(question.path, pathFact(model, question.path));
        break;
      case "text":
        texts.set(question.path, textAt(model, question.path));
        break;
      case "list":
        lists.set(question.path, namesIn(model, question.path));
        break;
      case "user":
        users.set(question.name, structuredClone(model.users.get(question.name)));
        break;
      case "package":
        packages.set(question.name, model.packages.get(question.name));
        break;
      case "program":
        programs.set(question.path, programAnswer(model, question.path));
        break;
      case "unit":
        units.set(question.name, unitFact(model, question.name));
        break;
      case "disk":
        disks.set(question.path, diskFact(model, question.path));
        break;
      case "volume":
        volumes.set(`${question.group}/${question.name}`, volumeFact(model, question));
        break;
    }
  }
  return { host: hostFact, paths, texts, lists, users, packages, programs, units, disks, volumes };
}

function pathFact(model: HostModel, path: string): PathFact {
  const entry = model.entries.get(path);
  if (entry === undefined) return absentPath;
  const nothing = { sha256: undefined, target: undefined };
  const { type, owner, group, mode } = entry;
  const about = { type, owner, group, mode, ...nothing };
  switch (entry.type) {
    case "file":
      return { ...about, sha256: createHash("sha256").update(entry.text).digest("hex") };
    case "link":
      return { ...about, target: entry.target };
    case "directory":
      return { ...about, isEmpty: isEmpty(model, path) };
    case "other":
      return about;
  }
}

export function isEmpty(model: HostModel, path: string): boolean {
  return ![...model.entries.keys()].some((other) => other.startsWith(`${path}/`));
}

export function namesIn(model: HostModel, path: string): readonly string[] | undefined {
  if (model.entries.get(path)?.type !== "directory") return undefined;
  const below = [...model.entries.keys()].filter((other) => other.startsWith(`${path}/`));
  return [...new Set(below.map((other) => other.slice(path.length + 1).split("/")[0] ?? ""))];
}

function textAt(model: HostModel, path: string): string | undefined {
  const entry = model.entries.get(path);
  return entry?.type === "file" ? entry.text : undefined;
}

function programAnswer(model: HostModel, path: string): string | undefined {
  const entry = model.entries.get(path);
  if (entry?.type === "link") return programAnswer(model, entry.target);
  return entry?.type === "file" ? entry.prints : undefined;
}

function unitFact(model: HostModel, name: string): UnitFact {
  const unit = model.units.get(name);
  return {
    isKnown: unitEntry(model, name) !== undefined,
    isEnabled: unit?.isEnabled ?? false,
    isMasked: isMasked(model, name),
    isMaskLasting: isMasked(model, name),
    active: unit?.active ?? "inactive",
    startedOn: textAt(model, stampPath(name, "started")),
    reloadedOn: textAt(model, stampPath(name, "reloaded")),
  };
}

export function stampPath(unit: string, word: "started" | "reloaded"): string {
  return `${stateFolder}/stamps/${unit}.${word}`;
}

export function deviceOf(model: HostModel, path: string): string | undefined {
  return [...model.disks].find(([, { paths }]) => paths.includes(path))?.[0];
}

/** Why a disk cannot be taken, LVM's signature among it. */
export function usesOf(model: HostModel, device: string): readonly string[] {
  const isVolume = [...model.volumeGroups.values()].some(({ disks }) => disks.includes(device));
  const own = model.disks.get(device)?.uses ?? [];
  return isVolume ? [...own, "LVM2_member signature"] : own;
}

function diskFact(model: HostModel, path: string): DiskFact {
  const device = deviceOf(model, path);
  const found = device === undefined ? undefined : model.disks.get(device);
  if (device === undefined || found === undefined) {
    return { isThere: false, device: "", serial: "", sizeBytes: 0, uses: [] };
  }
  const { serial, sizeBytes } = found;
  return { isThere: true, device, serial, sizeBytes, uses: usesOf(model, device) };
}

function volumeFact(
  model: HostModel,
  { group, name }: { readonly group: string; readonly name: string },
): VolumeFact {
  const found = model.volumeGroups.get(group);
  const volume = found?.volumes.get(name);
  return {
    isThere: volume !== undefined,
    sizeBytes: volume === undefined ? 0 : (model.disks.get(volume.disk)?.sizeBytes ?? 0),
    filesystem: volume?.filesystem,
    uuid: volume?.filesystem === undefined ? undefined : `uuid-of-${group}-${name}`,
    mountPoint: volume?.mountPoint,
    groupDisks: found?.disks ?? [],
  };
}
