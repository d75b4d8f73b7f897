/**
 * A cluster file while it is being judged: each value by its key, as far as it could be understood.
 *
 * Rules look at a draft, so that they can speak while other keys are still wrong: who edits a file
 * must not meet its mistakes one run at a time. Where a key is wrong or missing, its value is
 * undefined here, and a complaint has said so.
 */
import assert from "node:assert/strict";
import type { Complaint, Where } from "../../complaints.ts";
import { clusterTree, judgeNames } from "./key-tree.ts";
import { type Found, type Raw, findRaw, placeOf, rawOf } from "./raw.ts";
import { isNeeded } from "./row.ts";
import {
  type ClusterKey,
  type Collection,
  type ValueOf,
  clusterKeys,
  clusterRows,
  collectionPaths,
  collections,
  isCollection,
} from "./table.ts";
import type { Problem } from "./value-kind.ts";

/** What a complaint is about. */
export type Subject = Pick<Complaint, "key" | "where" | "value">;

export type Draft = {
  /** `name` is what stands for `*` in the key. The default, where the file says nothing. */
  readonly value: <K extends ClusterKey>(key: K, name?: string) => ValueOf<K> | undefined;
  /** Whether the file says something of it, right or wrong. */
  readonly isGiven: (key: ClusterKey, name?: string) => boolean;
  readonly subject: (key: ClusterKey, name?: string) => Subject;
  /** In the order of the file. */
  readonly names: (collection: Collection) => readonly string[];
  /** A collection, or one of its names. */
  readonly place: (collection: Collection, name?: string) => Place;
};

export type Place = Pick<Complaint, "key" | "where">;

export function draftOf(root: Raw): {
  readonly draft: Draft;
  readonly complaints: readonly Complaint[];
} {
  const draft: Draft = {
    value: (key, name) => readKey(root, key, name, () => undefined),
    isGiven: (key, name) => findRaw(root, pathOf(key, name)).kind !== "absent",
    subject: (key, name) => subjectOf(root, key, name),
    names: (collection) => namesIn(root, collection),
    place: (collection, name) => placeIn(root, collection, name),
  };
  const complaints = [
    ...judgeNames(clusterTree, root),
    ...collectionPaths.flatMap((path) => missingCollection(root, path)),
    ...clusterKeys.flatMap((key) => {
      return instancesOf(draft, key).flatMap((name) => complaintsAbout(root, key, name));
    }),
  ];
  return { draft, complaints };
}

/** One for each name that stands for `*`; a key without it is there once. */
function instancesOf(draft: Draft, key: ClusterKey): readonly (string | undefined)[] {
  const [collection = "", below] = key.split(".*");
  if (below === undefined) return [undefined];
  assert(isCollection(collection), `${collection} is no collection`);
  return draft.names(collection);
}

function namesIn(root: Raw, collection: Collection): readonly string[] {
  const found = findRaw(root, collection.split("."));
  if (found.kind !== "raw" || found.raw.kind !== "mapping") return [];
  return found.raw.entries.map(({ name }) => name);
}

/** One that is something else than a mapping has been complained of. */
function missingCollection(root: Raw, path: Collection): readonly Complaint[] {
  const { isNeeded: isCollectionNeeded, name, of } = collections[path];
  const found = findRaw(root, path.split("."));
  const isEmpty =
    found.kind === "raw" &&
    (found.raw.kind === "empty" ||
      (found.raw.kind === "mapping" && found.raw.entries.length === 0));
  if (!isCollectionNeeded || !(isEmpty || found.kind === "absent")) return [];
  const wrong = isEmpty ? `names no ${of}` : "is missing";
  const expected = `each ${of} by its name: ${name.expected}`;
  return [{ severity: "error", ...placeIn(root, path, undefined), wrong, expected }];
}

function placeIn(root: Raw, collection: Collection, name: string | undefined): Place {
  const path = [...collection.split("."), ...(name === undefined ? [] : [name])];
  return { key: path.join("."), where: placeOf(root, path) };
}

function pathOf(key: ClusterKey, name: string | undefined): readonly string[] {
  return key.split(".").map((part) => {
    if (part !== "*") return part;
    assert(name !== undefined, `${key} is asked for without a name`);
    return name;
  });
}

function readKey<K extends ClusterKey>(
  root: Raw,
  key: K,
  name: string | undefined,
  report: (problem: Problem) => void,
): ValueOf<K> | undefined {
  const row = clusterRows[key];
  const found = findRaw(root, pathOf(key, name));
  if (found.kind === "gone") return undefined;
  if (found.kind === "raw") return row.kind.read(found.raw, report);
  return row.default === undefined ? undefined : row.kind.read(rawOf(row.default), report);
}

function complaintsAbout(
  root: Raw,
  key: ClusterKey,
  name: string | undefined,
): readonly Complaint[] {
  const found = findRaw(root, pathOf(key, name));
  const row = clusterRows[key];
  const { expected } = row.kind;
  const complaint = { severity: "error", ...subjectOf(root, key, name), expected } as const;
  if (found.kind === "absent" && isNeeded(row)) return [{ ...complaint, wrong: "is missing" }];
  if (found.kind === "raw" && found.raw.kind === "empty") {
    const remedy = isNeeded(row) ? "give it one" : "give it one, or remove the line";
    return [{ ...complaint, wrong: "has no value", remedy }];
  }
  const complaints: Complaint[] = [];
  readKey(root, key, name, ({ wrong, remedy, part }) => {
    if (part?.raw.kind === "lost") return;
    const subject = part === undefined ? {} : partOf(complaint.key, part);
    complaints.push({
      ...complaint,
      ...subject,
      wrong,
      ...(remedy === undefined ? {} : { remedy }),
    });
  });
  return complaints;
}

function partOf(key: string, { name, raw }: NonNullable<Problem["part"]>): Subject {
  return { key: `${key}${name}`, where: raw.where, ...shown(raw) };
}

function subjectOf(root: Raw, key: ClusterKey, name: string | undefined): Subject {
  const path = pathOf(key, name);
  const found = findRaw(root, path);
  return {
    key: path.join("."),
    where: whereOf(found),
    ...(found.kind === "raw" ? shown(found.raw) : {}),
  };
}

function whereOf(found: Found): Where {
  return found.kind === "raw" ? found.raw.where : found.where;
}

function shown(raw: Raw): { readonly value?: string } {
  return raw.kind === "text" ? { value: raw.text } : {};
}
