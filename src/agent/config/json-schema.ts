/**
 * The table of settings as a JSON Schema, draft-07, for editors: they complete keys, show what each
 * is for, and mark a mistake while it is being written.
 *
 * It describes the file alone, and refuses nothing that the agent would accept, but for spellings
 * that nobody needs (capitals, empty quotes). The other way round it is coarser: whether an address can be a VIP, or whether two
 * settings fit each other, is said by `vip-agent check`. Draft-07 is what editors read; their word
 * for what is accepted and not wanted any more, `deprecationMessage`, is not part of it.
 */
import { type SettingRow, settingRow, settingRows } from "./table.ts";
import {
  type ChoiceType,
  type NumberType,
  type ValueType,
  describeValue,
  maxEndpoints,
  maxInterfaceNameLength,
  maxKeyLength,
  maxSocketPathBytes,
  maxVips,
} from "./value-type.ts";
import { vipKeys } from "./vip-sketches.ts";

export type SchemaType = "array" | "boolean" | "integer" | "null" | "number" | "object" | "string";

export type Schema = {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly deprecationMessage?: string;
  readonly default?: string | number | boolean;
  readonly type?: SchemaType | readonly SchemaType[];
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly anyOf?: readonly Schema[];
  readonly format?: "ipv4" | "ipv6";
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema | readonly Schema[];
  readonly additionalItems?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false;
  readonly required?: readonly string[];
};

export function configurationSchema(): Schema {
  const rows = settingRows.filter(({ place }) => place === undefined || place === "file");
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "vip-agent",
    description: "The configuration file of vip-agent, which keeps a virtual IP on the leader.",
    // A file may be empty: flags and variables can say all.
    type: ["object", "null"],
    properties: Object.fromEntries(rows.flatMap(propertiesOf)),
    additionalProperties: false,
  };
}

/** The setting under its own name, and under those that vip-manager has given up. */
function propertiesOf(row: SettingRow): readonly (readonly [string, Schema])[] {
  const { key, oldNames = [], noEffect } = row;
  const schema = { ...described(row), ...valueSchema(row.type) };
  const own = noEffect === undefined ? schema : withNotice(schema, `No effect: ${noEffect}.`);
  const old = withNotice(schema, `An old name of vip-manager's: write ${key}.`);
  return [[key, own], ...oldNames.map((name) => [name, old] as const)];
}

function withNotice(schema: Schema, deprecationMessage: string): Schema {
  return { ...schema, deprecationMessage };
}

function described({ help, type, default: standing, defaultNote }: SettingRow): Schema {
  const note = defaultNote === undefined ? "" : ` Default: ${defaultNote}.`;
  const description = `${help} Value: ${describeValue(type)}.${note}`;
  return standing === undefined
    ? { description }
    : { description, default: defaultOf(type, standing) };
}

function defaultOf({ kind }: ValueType, text: string): string | number | boolean {
  if (kind === "number") return Number(text);
  return kind === "switch" ? text === "true" : text;
}

/** Every value may be left empty, and stands for none then. */
function valueSchema(type: ValueType): Schema {
  switch (type.kind) {
    case "address":
    case "listen-address":
      return { anyOf: [{ format: "ipv4" }, { format: "ipv6" }], type: ["string", "null"] };
    case "prefix":
      return {
        type: ["integer", "string", "null"],
        minimum: -1,
        maximum: 128,
        pattern: "^-?\\d+$",
      };
    case "interface":
      return textMatching(`^[^\\s/:"'#\\\\]*$`, maxInterfaceNameLength);
    case "key":
      return textMatching("^([^\\s%]*[^\\s%/])?$", maxKeyLength);
    case "text":
      // What YAML takes for a number or a boolean is text here.
      return { type: ["string", "number", "boolean", "null"] };
    case "path":
      return { type: ["string", "null"] };
    case "directory":
      return type.off === undefined ? { type: ["string", "null"] } : rooted(type.off);
    case "socket":
      return { ...rooted(type.off), maxLength: maxSocketPathBytes };
    case "url":
      return textMatching("^([hH][tT][tT][pP][sS]?://[^\\s/@?#]+/?)?$");
    case "endpoints":
      return endpoints;
    case "vips":
      return vips();
    case "argv":
      return argv;
    case "switch":
      return onOff;
    case "choice":
      return choice(type);
    case "number":
      return wholeNumber(type);
  }
}

function textMatching(pattern: string, maxLength?: number): Schema {
  const schema = { type: ["string", "null"], pattern } as const;
  return maxLength === undefined ? schema : { ...schema, maxLength };
}

function rooted(off: string): Schema {
  return textMatching(`^(/.*|${off})?$`);
}

const endpoints: Schema = {
  anyOf: [
    { type: ["string", "null"] },
    { type: "array", items: { type: "string" }, minItems: 1, maxItems: maxEndpoints },
  ],
};

const word: Schema = { type: ["string", "number", "boolean"] };

const argv: Schema = {
  type: ["array", "null"],
  items: [{ type: "string", pattern: "^/" }],
  additionalItems: word,
  minItems: 1,
};

const onOff: Schema = {
  enum: [true, false, "true", "false", "yes", "no", "on", "off", "t", "f", 1, 0, "1", "0", null],
};

function choice({ choices }: ChoiceType): Schema {
  return { enum: [...choices, null] };
}

/** The bounds are for numbers, the pattern is for text: each leaves the other alone. */
function wholeNumber({ from, to, isZeroAllowed }: NumberType): Schema {
  const range = { minimum: from, maximum: to };
  const type = ["integer", "string", "null"] as const;
  const pattern = "^\\d{1,9}$";
  return isZeroAllowed
    ? { type, pattern, anyOf: [{ enum: [0] }, range] }
    : { type, pattern, ...range };
}

function vips(): Schema {
  const rows = vipKeys.map((key) => settingRow(key));
  const properties = Object.fromEntries(
    rows.map((row) => [row.key, { ...described(row), ...valueSchema(row.type) }]),
  );
  const items: Schema = {
    type: "object",
    properties,
    additionalProperties: false,
    required: ["ip"],
  };
  return { type: ["array", "null"], items, minItems: 1, maxItems: maxVips };
}
