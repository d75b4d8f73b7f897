/**
 * The configuration file: YAML (and with it JSON) turned into raw values that know their line.
 *
 * Only the shape of the document is judged here. Keys are compared without regard to case, as
 * vip-manager does, so a key that stands twice is found whatever its spelling. The parser's own
 * messages are not passed on: they quote the source, and the source may be a token.
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
import type { Complaint } from "../../complaints.ts";
import { whereIs, withoutDoubles } from "../../yaml-places.ts";
import { type Raw, type RawEntry, rawText } from "./raw.ts";

type Reader = {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: ReturnType<typeof parseDocument>;
  readonly complaints: Complaint[];
};

/**
 * Top level, vips, entry, endpoints, and one to spare. Aliases can make lists of lists without end
 * out of ten lines; what lies deeper is read as an empty list, which no setting accepts.
 */
const maxDepth = 5;

const mappingExpected = "a mapping, one setting a line, such as `ip: 192.168.1.140`";

/**
 * The entries of the file's top level, or undefined where the file cannot be read as a mapping.
 */
export function readFileEntries(
  file: string,
  text: string,
  complaints: Complaint[],
): readonly RawEntry[] | undefined {
  const lines = new LineCounter();
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    // At "silent" a second document would be passed over.
    logLevel: "error",
  } as const;
  const document = parseDocument(text, options);
  const reader = { file, lines, document, complaints };
  if (document.errors.length > 0) {
    complaints.push(...document.errors.slice(0, 1).map((error) => syntaxComplaint(reader, error)));
    return undefined;
  }
  const content = readNode(reader, document.contents, maxDepth);
  if (content.kind === "empty") return [];
  if (content.kind === "mapping") return content.entries;
  complaints.push({
    severity: "error",
    key: "config",
    where: content.where,
    wrong: content.kind === "list" ? "the file is a list" : "the file is no mapping of settings",
    expected: mappingExpected,
  });
  return undefined;
}

function readNode(reader: Reader, node: unknown, depth: number): Raw {
  const where = whereIs(reader, node);
  if (isScalar(node)) return rawText(scalarText(node), where);
  if (depth === 0) return { kind: "list", items: [], where };
  if (isAlias(node))
    return { ...readNode(reader, node.resolve(reader.document), depth - 1), where };
  if (isSeq(node)) {
    return {
      kind: "list",
      items: node.items.map((item) => readNode(reader, item, depth - 1)),
      where,
    };
  }
  if (isMap(node)) {
    const entries = node.items.map((pair) => readPair(reader, pair, depth - 1));
    return { kind: "mapping", entries: withoutDoubles(entries, reader.complaints), where };
  }
  return { kind: "empty", where };
}

/** What was written, without its quotes; null, ~ and nothing at all are no text. */
function scalarText({ source, value }: Scalar): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : (source ?? "");
}

function readPair(reader: Reader, pair: Pair, depth: number): RawEntry {
  const where = whereIs(reader, pair.key);
  const name = isScalar(pair.key) ? scalarText(pair.key).toLowerCase() : "";
  const raw = readNode(reader, pair.value, depth);
  // An empty value has no place of its own; its key's line is the one to look at.
  return { name, where, raw: raw.kind === "empty" ? { kind: "empty", where } : raw };
}

const syntaxProblems: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "a tab stands where YAML wants spaces",
  BAD_INDENT: "the indentation does not fit the lines above",
  MISSING_CHAR: "a quote, a bracket, a comma or the space after a colon is missing",
  BAD_ALIAS: "an alias (*name) has no anchor (&name) before it",
  BLOCK_AS_IMPLICIT_KEY: "a second colon makes a mapping inside of a mapping; quote the value",
  BAD_DQ_ESCAPE: "a backslash inside of double quotes starts no known escape; use single quotes",
  MULTILINE_IMPLICIT_KEY: "a key runs over several lines; a colon is missing",
  UNEXPECTED_TOKEN: "there is something where YAML expects nothing more",
};

function syntaxComplaint({ file, lines }: Reader, error: YAMLError): Complaint {
  return {
    severity: "error",
    key: "config",
    where: { kind: "file", file, line: lines.linePos(error.pos[0]).line },
    wrong: syntaxWrong(error),
    expected: mappingExpected,
    ...(error.code === "MULTIPLE_DOCS" && {
      remedy: "keep one, and take out the line --- before it",
    }),
  };
}

/** What is wrong with the syntax, without a word of the source. */
export function syntaxWrong({ code }: YAMLError): string {
  if (code === "MULTIPLE_DOCS") return "the file holds more than one YAML document";
  const problem = syntaxProblems[code];
  return problem === undefined
    ? "the file is not valid YAML"
    : `the file is not valid YAML: ${problem}`;
}
