/**
 * patroni.yml as Patroni itself reads it, value by value, each with its file and line.
 *
 * Patroni's reader is PyYAML, which speaks YAML 1.1: `off` is false, 017 is fifteen, `<<` takes over
 * another mapping, and of two equal keys the last counts. Where a value ends up in a text, such as a
 * password of digits alone, Patroni uses what Python makes of it, and so does this. A directory of
 * files is read in the order of their names, a later one on top of the earlier ones.
 *
 * Values are looked up by path; what nobody looks up is not judged. It is not our file.
 */
import {
  LineCounter,
  type Pair,
  type Scalar,
  type YAMLMap,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from "yaml";
import type { Complaint, Where } from "../../complaints.ts";
import { whereIs } from "../../yaml-places.ts";
import { syntaxWrong } from "./file-source.ts";
import type { Raw } from "./raw.ts";
import type { SettingKey } from "./table.ts";

export type SourceFile = { readonly path: string; readonly text: string };

/** What patroni.yml says of one of our settings; undefined where it says nothing. */
export type PatroniWord = readonly [key: SettingKey, name: string, raw: Raw | undefined];

type Layer = {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: ReturnType<typeof parseDocument>;
  readonly root: YAMLMap;
};

type Found = { readonly layer: Layer; readonly node: unknown };

/** Mappings taken over from mappings that are taken over: nobody nests them deeper. */
const maxTakeOvers = 8;

export class PatroniYaml {
  readonly #layers: readonly Layer[];
  /** The file as a whole. */
  readonly where: Where;

  private constructor(path: string, layers: readonly Layer[]) {
    this.where = { kind: "file", file: path };
    this.#layers = layers;
  }

  /** Undefined where one of the files is no mapping in YAML, with a complaint for each. */
  static parse(
    path: string,
    files: readonly SourceFile[],
    complaints: Complaint[],
  ): PatroniYaml | undefined {
    const layers = files.map((file) => parseLayer(file, complaints));
    const parsed = layers.filter((layer) => layer !== undefined);
    return parsed.length === layers.length ? new PatroniYaml(path, parsed) : undefined;
  }

  /** Whether there is anything but null at the path. */
  has(...path: readonly string[]): boolean {
    return this.#find(path) !== undefined;
  }

  /** The value at the path; undefined where there is none, or null, or a text without a letter. */
  raw(...path: readonly string[]): Raw | undefined {
    const found = this.#find(path);
    if (found === undefined) return undefined;
    const { layer, node } = found;
    const where = whereIs(layer, node);
    if (isSeq(node)) return { kind: "list", items: [], where };
    if (!isScalar(node)) return { kind: "mapping", entries: [], where };
    const text = pythonText(node);
    return text.trim() === "" ? undefined : { kind: "text", text, where };
  }

  text(...path: readonly string[]): string | undefined {
    const raw = this.raw(...path);
    return raw?.kind === "text" ? raw.text : undefined;
  }

  /** A number that was not quoted. */
  wholeNumber(...path: readonly string[]): bigint | undefined {
    const node = this.#find(path)?.node;
    return isScalar(node) && typeof node.value === "bigint" ? node.value : undefined;
  }

  /** Patroni lets a later file replace a value, add to a mapping, and take away by null. */
  #find(path: readonly string[]): Found | undefined {
    let found: Found | undefined;
    for (const layer of this.#layers) {
      const node = nodeAt(layer, path);
      if (node === null) found = undefined;
      else if (node !== undefined) found = { layer, node };
    }
    return found;
  }
}

function parseLayer({ path, text }: SourceFile, complaints: Complaint[]): Layer | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !isKeptAsText(tag.tag)),
    intAsBigInt: true,
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    // At "silent" a second document would be passed over, with which Patroni does not start.
    logLevel: "error",
  });
  const [error] = document.errors;
  const root = document.contents;
  if (error === undefined && isMap(root)) return { file: path, lines, document, root };
  const line = error === undefined ? undefined : lines.linePos(error.pos[0]).line;
  complaints.push({
    severity: "error",
    key: "patroni",
    where: { kind: "file", file: path, ...(line === undefined ? {} : { line }) },
    wrong: error === undefined ? "the file is no mapping of settings" : syntaxWrong(error),
    expected: "a file that Patroni itself accepts: patroni --validate-config",
  });
  return undefined;
}

/** What looks like a number with a fraction or like a date is more often a word that was not quoted. */
function isKeptAsText(tag: string | undefined): boolean {
  return tag === "tag:yaml.org,2002:float" || tag === "tag:yaml.org,2002:timestamp";
}

/** Undefined where nothing is said, null where it is said that there is nothing. */
function nodeAt(layer: Layer, path: readonly string[]): unknown {
  let node: unknown = layer.root;
  for (const name of path) {
    if (!isMap(node)) return null;
    node = childOf(layer, node, name, maxTakeOvers);
    if (node === undefined) return undefined;
    if (node === null || (isScalar(node) && node.value === null)) return null;
  }
  return node;
}

function childOf(layer: Layer, map: YAMLMap, name: string, takeOversLeft: number): unknown {
  const own = map.items.findLast(({ key }) => isScalar(key) && key.value === name);
  if (own !== undefined) return resolved(layer, own.value) ?? null;
  if (takeOversLeft === 0) return undefined;
  for (const taken of map.items.filter(isTakeOver).flatMap((pair) => takenOver(layer, pair))) {
    const child = isMap(taken) ? childOf(layer, taken, name, takeOversLeft - 1) : undefined;
    if (child !== undefined) return child;
  }
  return undefined;
}

function isTakeOver({ key }: Pair): boolean {
  return isScalar(key) && (key.value === "<<" || typeof key.value === "symbol");
}

function takenOver(layer: Layer, { value }: Pair): unknown[] {
  const node = resolved(layer, value);
  return isSeq(node) ? node.items.map((item) => resolved(layer, item)) : [node];
}

function resolved(layer: Layer, node: unknown): unknown {
  return isAlias(node) ? node.resolve(layer.document) : node;
}

/** What Python's str() makes of the value. */
function pythonText({ value, source = "" }: Scalar): string {
  if (typeof value === "string") return value;
  // A zero in front makes it octal, unless it cannot be.
  if (typeof value === "bigint") return /^[-+]?0[\d_]*[89]/.test(source) ? source : String(value);
  // PyYAML leaves these two letters alone.
  if (typeof value !== "boolean" || /^[yn]$/i.test(source)) return source;
  return value ? "True" : "False";
}
