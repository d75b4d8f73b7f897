/**
 * What complaints about a YAML file have in common: the line of a node, and keys that stand twice.
 *
 * The parser would refuse the whole file for a key that stands twice. Told by us, it is one complaint
 * beside the others, with both lines.
 */
import { type LineCounter, isNode } from "yaml";
import type { Complaint, Where } from "./complaints.ts";

export type ReadFile = { readonly file: string; readonly lines: LineCounter };

/** Where the node begins; the file as a whole, where it has no place of its own. */
export function whereIs({ file, lines }: ReadFile, node: unknown): Where {
  const offset = isNode(node) ? node.range?.[0] : undefined;
  if (offset === undefined) return { kind: "file", file };
  return { kind: "file", file, line: lines.linePos(offset).line };
}

type Entry = { readonly name: string; readonly where: Where };

/** Of the entries of one mapping the first of each name. */
export function withoutDoubles<T extends Entry>(
  entries: readonly T[],
  complaints: Complaint[],
): readonly T[] {
  const first = new Map<string, T>();
  for (const entry of entries) {
    const earlier = first.get(entry.name);
    if (earlier === undefined) first.set(entry.name, entry);
    else complaints.push(doubleComplaint(earlier, entry));
  }
  return [...first.values()];
}

function doubleComplaint(earlier: Entry, later: Entry): Complaint {
  const line = earlier.where.kind === "file" ? earlier.where.line : undefined;
  return {
    severity: "error",
    key: later.name,
    where: later.where,
    wrong: `stands here twice, first in line ${line ?? "?"}`,
    remedy: "keep one of the two",
  };
}
