/**
 * Kinds of value that are mappings with names of their own: Patroni's tags and PostgreSQL's
 * parameters.
 *
 * What is not quoted is a number or a boolean where it looks like one. What is quoted is text.
 */
import { type Raw, type RawEntry, rawName } from "./raw.ts";
import { type Kind, type Report, type ValueRead, fit, switchOf, unfit } from "./value-kind.ts";

export type Scalar = string | number | boolean;

type Look = {
  readonly expected: string;
  readonly name: RegExp;
  /** Names are one where this is; "DateStyle" and "datestyle" are, for PostgreSQL. */
  readonly identity: (name: string) => string;
  readonly valueOf: (name: string, value: Scalar) => ValueRead<Scalar>;
};

function scalarMap(look: Look): Kind<Readonly<Record<string, Scalar>>> {
  return {
    expected: look.expected,
    schema: {
      type: "object",
      propertyNames: { pattern: look.name.source },
      additionalProperties: { type: ["string", "number", "boolean"] },
    },
    read: (raw, report) => {
      if (raw.kind !== "mapping") {
        report({ wrong: `is ${rawName(raw)}, where a mapping is needed` });
        return undefined;
      }
      const read = raw.entries.map((entry) => readEntry(look, entry, report));
      reportDoubles(look, raw.entries, report);
      return Object.fromEntries(read.flatMap((entry) => (entry === undefined ? [] : [entry])));
    },
  };
}

function readEntry(
  { name: pattern, valueOf }: Look,
  { name, raw }: RawEntry,
  report: Report,
): readonly [string, Scalar] | undefined {
  const part = { name: `.${name}`, raw };
  if (!pattern.test(name)) {
    report({ wrong: "has a name that there is none of", part });
    return undefined;
  }
  const scalar = scalarOf(raw);
  const value = scalar.ok ? valueOf(name, scalar.value) : scalar;
  if (value.ok) return [name, value.value];
  report({ ...withoutOk(value), part });
  return undefined;
}

function withoutOk({ wrong, remedy }: { readonly wrong: string; readonly remedy?: string }) {
  return remedy === undefined ? { wrong } : { wrong, remedy };
}

function reportDoubles({ identity }: Look, entries: readonly RawEntry[], report: Report): void {
  const names = entries.map(({ name }) => identity(name));
  for (const [index, { name, raw }] of entries.entries()) {
    const first = names.indexOf(identity(name));
    if (first === index) continue;
    const part = { name: `.${name}`, raw };
    report({
      wrong: `is the same as ${entries[first]?.name}`,
      remedy: "keep one of the two",
      part,
    });
  }
}

// oxlint-disable-next-line no-control-regex -- Control characters are just what must be found.
const controlCharacter = /[\u0000-\u001f\u007f]/;

function scalarOf(raw: Raw): ValueRead<Scalar> {
  if (raw.kind === "empty") return unfit("has no value", 'remove it, or write "" for empty text');
  if (raw.kind !== "text") return unfit(`is ${rawName(raw)}, where one value is needed`);
  const { text, isPlain } = raw;
  if (controlCharacter.test(text)) return unfit("contains a control character or a line break");
  if (!isPlain) return fit(text);
  if (text === "true" || text === "false") return fit(text === "true");
  const number = Number(text);
  const isNumber = /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && Math.abs(number) < 1e15;
  return fit(isNumber ? number : text);
}

/** Patroni asks Python whether these are true, and Python takes the word "no" for true. */
const booleanTags: readonly string[] = [
  "clonefrom",
  "nofailover",
  "noloadbalance",
  "nostream",
  "nosync",
];

export const tags: Kind<Readonly<Record<string, Scalar>>> = scalarMap({
  expected: "Patroni's tags, such as { nofailover: true }",
  name: /^[A-Za-z_][A-Za-z0-9_]*$/,
  identity: (name) => name,
  valueOf: (name, value) => {
    if (!booleanTags.includes(name)) return fit(value);
    const isOn = switchOf(String(value));
    return isOn === undefined ? unfit("is neither true nor false") : fit(isOn);
  },
});

/** What other keys say, or Patroni alone: a second word on it would win, or be lost, in silence. */
const saidElsewhere: ReadonlyMap<string, string> = new Map([
  ["port", "write postgresql.port"],
  ["cluster_name", "write scope"],
  ["data_directory", "write postgresql.data-root"],
  ["synchronous_standby_names", "write patroni.synchronous"],
  ...[
    "config_file",
    "hba_file",
    "hot_standby",
    "ident_file",
    "listen_addresses",
    "primary_conninfo",
    "primary_slot_name",
    "recovery_target_timeline",
  ].map((name): [string, string] => [name, "remove it: Patroni sets it"]),
]);

export const parameters: Kind<Readonly<Record<string, Scalar>>> = scalarMap({
  expected: "PostgreSQL's parameters, such as { work_mem: 32MB }",
  name: /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/,
  identity: (name) => name.toLowerCase(),
  valueOf: (name, value) => {
    const remedy = saidElsewhere.get(name.toLowerCase());
    return remedy === undefined ? fit(value) : unfit("is not to be set here", remedy);
  },
});
