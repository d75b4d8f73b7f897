/**
 * The table of keys as the tree that the file is, and what in a file does not belong to it.
 *
 * A name that is merely ignored is how a cluster ends up with something else than its file says. So
 * each name is known or a complaint, which offers the likeliest spelling or the right place.
 */
import type { Complaint, Where } from "../../complaints.ts";
import { nearestOf } from "../../nearest.ts";
import { type Raw, type RawEntry, rawName } from "./raw.ts";
import {
  type ClusterKey,
  type Collection,
  clusterKeys,
  collections,
  isCollection,
} from "./table.ts";

export type KeyTree =
  | { readonly kind: "key"; readonly key: ClusterKey }
  | { readonly kind: "section"; readonly path: string; readonly members: KeyTrees }
  /** `of` is what stands behind each of the operator's names. */
  | { readonly kind: "collection"; readonly path: Collection; readonly of: KeyTree };

export type KeyTrees = ReadonlyMap<string, KeyTree>;

export const clusterTree: KeyTree = treeOf("", clusterKeys);

/** All keys begin with the path; what comes behind it makes the members. */
function treeOf(path: string, keys: readonly ClusterKey[]): KeyTree {
  const [first] = keys;
  if (first === path) return { kind: "key", key: first };
  const start = path === "" ? "" : `${path}.`;
  const nextOf = (key: ClusterKey) => key.slice(start.length).split(".")[0] ?? "";
  const members = [...Map.groupBy(keys, nextOf)].map(
    ([name, below]) => [name, treeOf(`${start}${name}`, below)] as const,
  );
  const [[name, member] = []] = members;
  if (name === "*" && member !== undefined && isCollection(path)) {
    return { kind: "collection", path, of: member };
  }
  return { kind: "section", path, members: new Map(members) };
}

/** Complaints about names that are not in the tree, and about values where names should stand. */
export function judgeNames(tree: KeyTree, root: Raw): readonly Complaint[] {
  return judge(tree, root, "");
}

function judge(tree: KeyTree, raw: Raw, path: string): readonly Complaint[] {
  if (tree.kind === "key" || raw.kind === "empty" || raw.kind === "lost") return [];
  if (raw.kind !== "mapping") return [noMapping(tree, raw, path)];
  return raw.entries.flatMap((entry) => {
    const below = path === "" ? entry.name : `${path}.${entry.name}`;
    if (tree.kind === "collection") {
      return [...judgeName(tree.path, entry), ...judge(tree.of, entry.raw, below)];
    }
    const member = tree.members.get(entry.name);
    if (member !== undefined) return judge(member, entry.raw, below);
    return [unknownName([...tree.members.keys()], entry, below)];
  });
}

function noMapping(tree: KeyTree, raw: Raw, path: string): Complaint {
  const expected =
    tree.kind === "section"
      ? `a mapping with ${[...tree.members.keys()].join(", ")}`
      : "a mapping, each name with what belongs to it behind a colon";
  const wrong = `is ${rawName(raw)}, where a mapping is needed`;
  return { severity: "error", key: path, where: raw.where, wrong, expected };
}

function judgeName(path: Collection, { name, where }: RawEntry): readonly Complaint[] {
  const { name: kind } = collections[path];
  const complaints: Complaint[] = [];
  const raw = { kind: "text", text: name, isPlain: true, where } as const;
  kind.read(raw, ({ wrong, remedy }) => {
    complaints.push({
      severity: "error",
      key: path,
      where,
      value: name,
      wrong,
      expected: kind.expected,
      ...(remedy === undefined ? {} : { remedy }),
    });
  });
  return complaints;
}

/** Its value is not shown: it may be a password that somebody has put here. */
function unknownName(
  siblings: readonly string[],
  { name, where }: { readonly name: string; readonly where: Where },
  path: string,
): Complaint {
  const wrong = "is no key of a cluster file";
  return { severity: "error", key: path, where, wrong, remedy: remedyFor(name, siblings) };
}

function remedyFor(name: string, siblings: readonly string[]): string {
  const nearest = nearestOf(name, siblings);
  if (nearest !== undefined) return `if ${nearest} is meant, write that`;
  const elsewhere = clusterKeys.find((key) => key.split(".").at(-1) === name);
  if (elsewhere !== undefined) return `move it to where it belongs: ${elsewhere}`;
  return /pass|secret|token|gossip|encrypt/i.test(name)
    ? "remove it: passwords and tokens are made for you, and kept in a file beside this one"
    : "remove it";
}
