/**
 * YAML that every reader understands alike: Patroni's PyYAML, which speaks YAML 1.1, and the
 * agent's, which speaks 1.2.
 *
 * A string is always in double quotes and always ASCII, so that nothing in it can become a number,
 * a date, a boolean or a line break: in YAML 1.1 `on`, `12:30` and `1_000` are none of them text,
 * and U+2028 ends a line even within quotes. Only four things are without quotes: true, false, null
 * and numbers that both versions read alike. A key is bare only if it could be nothing but a word.
 */
import assert from "node:assert/strict";

export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/** Block style, two spaces; ends with a line break. */
export function yamlText(value: YamlValue): string {
  return `${nodeLines(value).join("\n")}\n`;
}

function nodeLines(value: YamlValue): readonly string[] {
  if (isList(value)) return value.length === 0 ? ["[]"] : value.flatMap(itemLines);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    return entries.length === 0 ? ["{}"] : entries.flatMap(([key, child]) => pairLines(key, child));
  }
  return [scalar(value)];
}

function itemLines(item: YamlValue): readonly string[] {
  const [first, ...rest] = nodeLines(item);
  return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
}

function pairLines(key: string, child: YamlValue): readonly string[] {
  const lines = nodeLines(child);
  const isInline = lines.length === 1 && (!isCollection(child) || isEmpty(child));
  if (isInline) return [`${keyText(key)}: ${lines[0]}`];
  return [`${keyText(key)}:`, ...lines.map((line) => `  ${line}`)];
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function isCollection(value: YamlValue): boolean {
  return typeof value === "object" && value !== null;
}

function isEmpty(value: YamlValue): boolean {
  return isCollection(value) && Object.keys(value ?? {}).length === 0;
}

/** Words of YAML 1.1 that are not text. */
const notWords = new Set(["y", "n", "yes", "no", "on", "off", "true", "false", "null"]);

/** With a digit in it, `e0` for one, it may be a number to somebody. */
function keyText(key: string): string {
  const isWord = /^[A-Za-z_][A-Za-z_-]*$/.test(key) && !notWords.has(key.toLowerCase());
  return isWord ? key : quoted(key);
}

function scalar(value: string | number | boolean | null): string {
  if (typeof value === "number") return numberText(value);
  return typeof value === "string" ? quoted(value) : String(value);
}

/** An exponent needs a point and a sign, or it is text to YAML 1.1. */
function numberText(value: number): string {
  assert(Number.isFinite(value), "a number that cannot be written");
  const text = String(value);
  const [mantissa = "", exponent] = text.split("e");
  if (exponent === undefined) return text;
  const sign = exponent.startsWith("-") ? "" : "+";
  return `${mantissa}${mantissa.includes(".") ? "" : ".0"}e${sign}${exponent.replace("+", "")}`;
}

function quoted(text: string): string {
  assert(text.isWellFormed(), "half a character cannot be written");
  return JSON.stringify(text).replaceAll(/[^\u0020-\u007e]/gu, escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code > 0xffff ? `\\U${digits.padStart(8, "0")}` : `\\u${digits.padStart(4, "0")}`;
}
