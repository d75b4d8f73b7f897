/**
 * Whether a value is what a JSON Schema asks for: draft-07, as far as ours goes.
 *
 * It knows the keywords that the type `Schema` lists and no others, so that a schema that uses a
 * further one does not compile before it is understood here.
 */
import { isIPv4, isIPv6 } from "node:net";
import type { Schema, SchemaType } from "../../../src/agent/config/json-schema.ts";

/** A line for each thing that is wrong: where it is, and the keyword that says so. */
export function schemaProblems(schema: Schema, value: unknown, place = ""): readonly string[] {
  const problems = Object.entries(checks).filter(([, isMet]) => !isMet(schema, value));
  return [
    ...problems.map(([keyword]) => `${place}: ${keyword}`),
    ...itemProblems(schema, value, place),
    ...propertyProblems(schema, value, place),
  ];
}

type Check = (schema: Schema, value: unknown) => boolean;
type Keyword = Exclude<
  keyof Schema,
  | "$schema"
  | "title"
  | "description"
  | "deprecationMessage"
  | "default"
  | "items"
  | "additionalItems"
  | "properties"
  | "additionalProperties"
>;

/** A keyword about one kind of value is met by every other kind. */
const checks: Readonly<Record<Keyword, Check>> = {
  type: ({ type }, value) => type === undefined || [type].flat().some((name) => isOf(name, value)),
  enum: ({ enum: known }, value) => known === undefined || known.some((one) => one === value),
  anyOf: ({ anyOf }, value) =>
    anyOf === undefined || anyOf.some((one) => schemaProblems(one, value).length === 0),
  format: ({ format }, value) => {
    if (format === undefined || typeof value !== "string") return true;
    return format === "ipv4" ? isIPv4(value) : isIPv6(value);
  },
  pattern: ({ pattern }, value) =>
    pattern === undefined || typeof value !== "string" || new RegExp(pattern, "u").test(value),
  maxLength: ({ maxLength = Infinity }, value) =>
    typeof value !== "string" || value.length <= maxLength,
  minimum: ({ minimum = -Infinity }, value) => typeof value !== "number" || value >= minimum,
  maximum: ({ maximum = Infinity }, value) => typeof value !== "number" || value <= maximum,
  minItems: ({ minItems = 0 }, value) => !Array.isArray(value) || value.length >= minItems,
  maxItems: ({ maxItems = Infinity }, value) => !Array.isArray(value) || value.length <= maxItems,
  required: ({ required = [] }, value) =>
    !isMapping(value) || required.every((name) => Object.hasOwn(value, name)),
};

function isOf(type: SchemaType, value: unknown): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    case "object":
      return isMapping(value);
    case "boolean":
    case "number":
    case "string":
      return typeof value === type;
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One schema for each item, and not one for all. */
function isRow(items: NonNullable<Schema["items"]>): items is readonly Schema[] {
  return Array.isArray(items);
}

function itemProblems(schema: Schema, value: unknown, place: string): readonly string[] {
  const { items = [], additionalItems } = schema;
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown, index) => {
    const expected = isRow(items) ? (items[index] ?? additionalItems) : items;
    return expected === undefined ? [] : schemaProblems(expected, item, `${place}[${index}]`);
  });
}

function propertyProblems(schema: Schema, value: unknown, place: string): readonly string[] {
  const { properties = {}, additionalProperties } = schema;
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const expected = properties[name];
    if (expected !== undefined) return schemaProblems(expected, member, `${place}.${name}`);
    return additionalProperties === false ? [`${place}.${name}: additionalProperties`] : [];
  });
}
