/**
 * Whether a value is what a JSON Schema asks for: draft-07, as far as ours go, that of the
 * configuration and that of the cluster file.
 *
 * It knows the keywords that the types of the two list and no others, so that a schema that uses a
 * further one does not compile before it is understood here.
 */
import { isIPv4, isIPv6 } from "node:net";
import type { Schema as ConfigurationSchema } from "../../src/agent/config/json-schema.ts";
import type { Schema as ClusterSchema, SchemaType } from "../../src/provision/cluster/schema.ts";

/** Where a schema holds others. */
type Nested = "anyOf" | "items" | "additionalItems" | "properties" | "additionalProperties";

/** What either may say. */
type Schema = Omit<ConfigurationSchema, Nested | "default"> &
  Pick<ClusterSchema, "minProperties"> & {
    readonly anyOf?: readonly Schema[];
    readonly items?: Schema | readonly Schema[];
    readonly additionalItems?: Schema;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly propertyNames?: Schema;
    readonly additionalProperties?: Schema | false;
  };

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
  keyof ConfigurationSchema | keyof ClusterSchema,
  | "$schema"
  | "title"
  | "description"
  | "deprecationMessage"
  | "default"
  | "items"
  | "additionalItems"
  | "properties"
  | "propertyNames"
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
