/**
 * A patroni.yml to be judged: values by their path, each with its line, as PyYAML would read them.
 */
import {
  LineCounter,
  type Node,
  type Pair,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from "yaml";

import type { Complaint, Where } from "../../../complaints.ts";

export type SourceText = { readonly file: string; readonly text: string };

export type Place = { readonly key: string; readonly where: Where };

/** A word without quotes that YAML 1.1 does not take for text. */
export type PlainWord = Place & { readonly source: string; readonly value: unknown };

/** What a rule looks at. Undefined for a path that is not there, or says null. */
export type PatroniDocument = {
  readonly value: (path: readonly string[]) => unknown;
  readonly text: (path: readonly string[]) => string | undefined;
  readonly number: (path: readonly string[]) => number | undefined;
  /** The items of a list that are text, each with its place. */
  readonly lines: (path: readonly string[]) => readonly (Place & { readonly text: string })[];
  /** Names in a mapping. */
  readonly names: (path: readonly string[]) => readonly string[];
  readonly place: (path: readonly string[]) => Place;
  /** Keys that stand twice in one mapping. */
  readonly doubles: readonly Place[];
  readonly plainWords: readonly PlainWord[];
};

export function readDocument(source: SourceText): PatroniDocument | Complaint {
  const counter = new LineCounter();
  const document = parseDocument(source.text, {
    version: "1.1",
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: false,
    // At "silent" a second document would be passed over.
    logLevel: "error",
  });
  const whereAt = (offset: number | undefined): Where => {
    if (offset === undefined) return { kind: "file", file: source.file };
    return { kind: "file", file: source.file, line: counter.linePos(offset).line };
  };
  const [error] = document.errors;
  const root = document.contents;
  if (error !== undefined || !isMap(root)) {
    return {
      severity: "error",
      key: "patroni.yml",
      where: whereAt(error?.pos[0]),
      wrong: error === undefined ? "is no mapping of settings" : `is no YAML: ${error.message}`,
      expected: "a file that Patroni itself accepts: patroni --validate-config",
    };
  }
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const find = (path: readonly string[]): unknown => {
    return path.reduce<unknown>((node, name) => {
      const map = resolved(node);
      return isMap(map) ? pairOf(map.items, name)?.value : undefined;
    }, root);
  };
  const value = (path: readonly string[]): unknown => {
    const node = resolved(find(path));
    const found: unknown = isNode(node) ? node.toJS(document) : undefined;
    return found ?? undefined;
  };
  return {
    value,
    text: (path) => textOf(value(path)),
    number: (path) => numberOf(value(path)),
    lines: (path) => {
      const list = resolved(find(path));
      const items: readonly unknown[] = isSeq(list) ? list.items : [];
      return items.flatMap((item) => {
        const node = resolved(item);
        if (!isScalar(node) || typeof node.value !== "string") return [];
        return [{ key: path.join("."), where: whereAt(offsetOf(node)), text: node.value }];
      });
    },
    names: (path) => {
      const map = path.length === 0 ? root : resolved(find(path));
      return isMap(map) ? map.items.map(keyOf) : [];
    },
    place: (path) => ({ key: path.join("."), where: whereAt(keyOffset(root, path, resolved)) }),
    ...survey(root, whereAt),
  };
}

function survey(
  root: Node,
  whereAt: (offset: number | undefined) => Where,
): Pick<PatroniDocument, "doubles" | "plainWords"> {
  const doubles: Place[] = [];
  const plainWords: PlainWord[] = [];
  visit(root, {
    Map: (_, { items }) => {
      const names = items.map(keyOf);
      items.forEach((pair, index) => {
        const key = names[index] ?? "";
        if (names.indexOf(key) < index) doubles.push({ key, where: whereAt(offsetOf(pair.key)) });
      });
    },
    Pair: (_, pair) => {
      const { value } = pair;
      if (!isScalar(value) || value.type !== "PLAIN" || typeof value.value === "string") return;
      const where = whereAt(offsetOf(value));
      plainWords.push({ key: keyOf(pair), where, source: value.source ?? "", value: value.value });
    },
  });
  return { doubles, plainWords };
}

function keyOffset(
  root: Node,
  path: readonly string[],
  resolved: (node: unknown) => unknown,
): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const name of path) {
    const map = resolved(node);
    const pair = isMap(map) ? pairOf(map.items, name) : undefined;
    // What is missing is complained of at what it is missing in.
    if (pair === undefined) return offset;
    offset = offsetOf(pair.key);
    node = pair.value;
  }
  return offset;
}

/** Of two equal keys the last counts. */
function pairOf(pairs: readonly Pair[], name: string): Pair | undefined {
  return pairs.findLast((pair) => keyOf(pair) === name);
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : "";
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : undefined;
}
