/**
 * The text of a cluster file, YAML 1.2 (and with it JSON), turned into raw values that know their
 * line.
 *
 * Only the shape of the document is judged here. Aliases are refused: ten lines of them can stand
 * for more values than there is memory, and a cluster file is better read by people without them.
 */
import {
  LineCounter,
  type Pair,
  type Scalar,
  type YAMLError,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from "yaml";
import type { Complaint, Where } from "../../complaints.ts";
import { whereIs, withoutDoubles } from "../../yaml-places.ts";
import type { Raw, RawEntry } from "./raw.ts";

type Reader = {
  readonly file: string;
  readonly lines: LineCounter;
  readonly complaints: Complaint[];
};

/** Of characters: a hundred hosts fit a dozen times; a file beyond it is not a cluster file. */
const maxLength = 1_000_000;

/** The first mistake of YAML is real; what follows is mostly its echo. */
const maxSyntaxComplaints = 3;

/** Longer than a host name can be. */
const maxNameLength = 300;

const documentKey = "cluster file";

const mappingExpected = "a mapping, one key a line, such as `scope: test`";

/**
 * The document, or undefined where it cannot be read as a mapping. The parser throws nothing, not
 * even at nesting without an end: it makes an error of it.
 */
export function readYaml(file: string, text: string, complaints: Complaint[]): Raw | undefined {
  const refuse = (where: Where, wrong: string) => {
    const key = documentKey;
    complaints.push({ severity: "error", key, where, wrong, expected: mappingExpected });
    return undefined;
  };
  const whole: Where = { kind: "file", file };
  if (text.length > maxLength) return refuse(whole, `is longer than ${maxLength} characters`);
  const lines = new LineCounter();
  const reader = { file, lines, complaints };
  // In the failsafe schema every scalar is text: what it means is said by the table of keys. At the
  // level "silent" a second document would be passed over.
  const options = { schema: "failsafe", lineCounter: lines, prettyErrors: false } as const;
  const document = parseDocument(text, { ...options, uniqueKeys: false, logLevel: "error" });
  if (document.errors.length > 0) {
    const told = document.errors.slice(0, maxSyntaxComplaints);
    complaints.push(...told.map((error) => syntaxComplaint(reader, error)));
    return undefined;
  }
  const root = readNode(reader, document.contents);
  // What is missing in the file as a whole is missing in no line of it; and of a file without a
  // word everything is missing, which is said key by key.
  if (root.kind === "mapping") return { ...root, where: whole };
  if (root.kind === "empty") return { kind: "mapping", entries: [], where: whole };
  return refuse(root.where, root.kind === "list" ? "is a list" : "is no mapping of keys");
}

function syntaxComplaint({ file, lines }: Reader, { pos, message }: YAMLError): Complaint {
  return {
    severity: "error",
    key: documentKey,
    where: { kind: "file", file, line: lines.linePos(pos[0]).line },
    // Nothing of it is secret, so the parser may say in its own words what it has met.
    wrong: `is not valid YAML: ${printable(message)}`,
    remedy: "compare the indentation, quotes, brackets and colons with the lines around it",
  };
}

/** It quotes what stands there, which may be an escape sequence for the terminal. */
function printable(message: string): string {
  return message.replaceAll(/[^\u0020-\u007e]+/g, " ").slice(0, 200);
}

function readNode(reader: Reader, node: unknown): Raw {
  const where = whereIs(reader, node);
  if (isScalar(node)) return readScalar(node, where);
  if (isAlias(node)) {
    reader.complaints.push({
      severity: "error",
      key: `*${printable(node.source)}`,
      where,
      wrong: "is an alias, which is not read in a cluster file",
      remedy: "write the value out",
    });
    return { kind: "lost", where };
  }
  if (isSeq(node)) {
    return { kind: "list", items: node.items.map((item) => readNode(reader, item)), where };
  }
  if (isMap(node)) {
    const entries = node.items.flatMap((pair) => readPair(reader, pair));
    return { kind: "mapping", entries: withoutDoubles(entries, reader.complaints), where };
  }
  return { kind: "empty", where };
}

/** The words of YAML 1.2's core schema that stand for no value. */
const emptyWords: readonly string[] = ["", "~", "null", "Null", "NULL"];

function readScalar(node: Scalar, where: Where): Raw {
  const isPlain = node.type === "PLAIN" || node.type === undefined;
  const text = scalarText(node);
  if (isPlain && emptyWords.includes(text)) return { kind: "empty", where };
  return { kind: "text", text, isPlain, where };
}

/** A tag such as !!int makes something else of it; what was written counts. */
function scalarText({ source, value }: Scalar): string {
  return typeof value === "string" ? value : (source ?? "");
}

function readPair(reader: Reader, pair: Pair): readonly RawEntry[] {
  const where = whereIs(reader, pair.key);
  const name = isScalar(pair.key) ? scalarText(pair.key) : "";
  if (!isName(name)) {
    const wrong = "has a name that is no word";
    reader.complaints.push({ severity: "error", key: "a key", where, wrong, remedy: "remove it" });
    return [];
  }
  const raw = readNode(reader, pair.value);
  // An empty value has no place of its own; its key's line is the one to look at.
  return [{ name, where, raw: raw.kind === "empty" ? { kind: "empty", where } : raw }];
}

/** Names are printed in complaints as they are: nothing in them may speak to a terminal. */
function isName(name: string): boolean {
  return name !== "" && name.length <= maxNameLength && !/\p{C}/u.test(name);
}
