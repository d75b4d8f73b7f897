/**
 * Whether a value is what a JSON Schema asks for: draft-07, as far as ours goes.
 *
 * It knows the keywords that the type `Schema` lists and no others, so that a schema that uses a
 * further one does not compile before it is understood here.
 */
import { isIPv4 } from "node:net";
import type { Schema, SchemaType } from "../../../src/provision/cluster/schema.ts";

/** A line for each thing that is wrong: where it is, and the keyword that says so. */
export function schemaProblems(schema: Schema, value: unknown, place = ""): readonly string[] {
  const broken = Object.entries(checks).filter(([, isMet]) => !isMet(schema, value));
  return [
    ...broken.map(([keyword]) => `${place}: ${keyword}`),
    ...itemProblems(schema, value, place),
    ...memberProblems(schema, value, place),
  ];
}

type Keyword = Exclude<
  keyof Schema,
  | "$schema"
  | "title"
  | "description"
  | "default"
  | "items"
  | "properties"
  | "propertyNames"
  | "additionalProperties"
>;

/** A keyword about one kind of value is met by every other kind. */
const checks: Readonly<Record<Keyword, (schema: Schema, value: unknown) => boolean>> = {
  type: ({ type }, value) => type === undefined || [type].flat().some((name) => isOf(name, value)),
  enum: ({ enum: known }, value) => known === undefined || known.some((one) => one === value),
  anyOf: ({ anyOf }, value) =>
    anyOf === undefined || anyOf.some((one) => schemaProblems(one, value).length === 0),
  format: ({ format }, value) => format === undefined || typeof value !== "string" || isIPv4(value),
  pattern: ({ pattern }, value) =>
    pattern === undefined || typeof value !== "string" || new RegExp(pattern, "u").test(value),
  maxLength: ({ maxLength = Infinity }, value) =>
    typeof value !== "string" || value.length <= maxLength,
  minimum: ({ minimum = -Infinity }, value) => typeof value !== "number" || value >= minimum,
  maximum: ({ maximum = Infinity }, value) => typeof value !== "number" || value <= maximum,
  minItems: ({ minItems = 0 }, value) => !Array.isArray(value) || value.length >= minItems,
  minProperties: ({ minProperties = 0 }, value) =>
    !isMapping(value) || Object.keys(value).length >= minProperties,
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

function itemProblems({ items }: Schema, value: unknown, place: string): readonly string[] {
  if (!Array.isArray(value) || items === undefined) return [];
  return value.flatMap((item: unknown, index) => schemaProblems(items, item, `${place}[${index}]`));
}

function memberProblems(schema: Schema, value: unknown, place: string): readonly string[] {
  const { properties = {}, propertyNames, additionalProperties } = schema;
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const below = `${place}.${name}`;
    const ofName = propertyNames === undefined ? [] : schemaProblems(propertyNames, name, below);
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const expected = own ?? additionalProperties;
    if (expected === undefined) return ofName;
    if (expected === false) return [...ofName, `${below}: additionalProperties`];
    return [...ofName, ...schemaProblems(expected, member, below)];
  });
}
