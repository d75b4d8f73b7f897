/**
 * JSON Schema, draft-07, as far as the cluster file needs it. Only types.
 *
 * The test's own checker knows these keywords and no others, so that a schema that uses a further
 * one does not compile before it is understood there.
 */
import type { Written } from "./raw.ts";

export type SchemaType = "array" | "boolean" | "integer" | "null" | "number" | "object" | "string";

export type Schema = {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Written;
  readonly type?: SchemaType | readonly SchemaType[];
  readonly enum?: readonly (string | number | boolean)[];
  readonly anyOf?: readonly Schema[];
  readonly format?: "ipv4";
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | false;
  readonly minProperties?: number;
  readonly required?: readonly string[];
};
