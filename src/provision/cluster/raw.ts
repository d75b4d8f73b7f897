/**
 * The cluster file as it was written, before anybody has judged it, each value with its line.
 *
 * Scalars are kept as their source text, so that `15` and `"15"` are one and the same, and so that
 * no release of YAML decides what `no` or `0012` means. What could not be read at all is `lost`: it
 * has been complained of, and nothing that was to stand below it is missed.
 */
import type { Where } from "../../complaints.ts";

export type Raw = { readonly where: Where } & RawContent;

export type RawContent =
  | { readonly kind: "empty" }
  /** `isPlain`: without quotes, so that `true` and `5` may mean what they look like. */
  | { readonly kind: "text"; readonly text: string; readonly isPlain: boolean }
  | { readonly kind: "list"; readonly items: readonly Raw[] }
  | { readonly kind: "mapping"; readonly entries: readonly RawEntry[] }
  | { readonly kind: "lost" };

export type RawEntry = { readonly name: string; readonly where: Where; readonly raw: Raw };

/** What stands at a place of the file; `gone` is a place below something that has no places. */
export type Found =
  | { readonly kind: "raw"; readonly raw: Raw }
  /** `where` is the nearest thing above it that is there. */
  | { readonly kind: "absent"; readonly where: Where }
  | { readonly kind: "gone"; readonly where: Where };

export function findRaw(root: Raw, path: readonly string[]): Found {
  let raw = root;
  let { where } = root;
  for (const name of path) {
    if (raw.kind === "empty") return { kind: "absent", where };
    if (raw.kind !== "mapping") return { kind: "gone", where };
    const entry = entryOf(raw.entries, name);
    if (entry === undefined) return { kind: "absent", where };
    ({ raw, where } = entry);
  }
  return raw.kind === "lost" ? { kind: "gone", where } : { kind: "raw", raw };
}

/** Where the last name of the path is written, or the nearest one before it. */
export function placeOf(root: Raw, path: readonly string[]): Where {
  let raw = root;
  let { where } = root;
  for (const name of path) {
    const entry = raw.kind === "mapping" ? entryOf(raw.entries, name) : undefined;
    if (entry === undefined) return where;
    ({ raw, where } = entry);
  }
  return where;
}

function entryOf(entries: readonly RawEntry[], name: string): RawEntry | undefined {
  return entries.find((entry) => entry.name === name);
}

/** A value as one would write it in the file. */
export type Written =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, never>>;

export function rawOf(written: Written): Raw {
  const where = { kind: "default" } as const;
  if (isList(written)) return { kind: "list", items: written.map(rawOf), where };
  if (typeof written === "object") return { kind: "mapping", entries: [], where };
  return { kind: "text", text: String(written), isPlain: typeof written !== "string", where };
}

/** Array.isArray does not tell a readonly list from a mapping. */
function isList(written: Written): written is readonly string[] {
  return Array.isArray(written);
}

/** "a list", for a complaint about what was found. */
export function rawName({ kind }: Raw): string {
  switch (kind) {
    case "empty":
      return "nothing";
    case "text":
      return "one value";
    case "list":
    case "mapping":
      return `a ${kind}`;
    case "lost":
      return "an alias";
  }
}
