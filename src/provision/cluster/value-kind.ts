/**
 * Kinds of value: how one is read, what it is called to people, and what an editor is told of it,
 * side by side, so that the three cannot part.
 *
 * Here are the kinds that any file could have. Those that know about addresses, paths or names are
 * in net-kinds.ts, path-kinds.ts and name-kinds.ts.
 */
import { nearestOf } from "../../nearest.ts";
import { type Raw, rawName } from "./raw.ts";
import type { Schema } from "./schema.ts";

/** What is wrong with a value, or with a part of it. */
export type Problem = {
  readonly wrong: string;
  readonly remedy?: string;
  /** The part that it is about, when it is not the whole. */
  readonly part?: { readonly name: string; readonly raw: Raw };
};

export type Report = (problem: Problem) => void;

export type Kind<T> = {
  /** A phrase that follows "expected:". */
  readonly expected: string;
  readonly schema: Schema;
  /** Undefined where something has been reported. */
  readonly read: (raw: Raw, report: Report) => T | undefined;
};

export type ValueRead<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: string; readonly remedy?: string };

export function fit<T>(value: T): ValueRead<T> {
  return { ok: true, value };
}

export function unfit(
  wrong: string,
  remedy?: string,
): { readonly ok: false; readonly wrong: string; readonly remedy?: string } {
  return remedy === undefined ? { ok: false, wrong } : { ok: false, wrong, remedy };
}

// oxlint-disable-next-line no-control-regex -- Control characters are just what must be found.
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** A kind that is one value; `read` gets its text without the blanks around it. */
export function scalar<T>(
  kind: Pick<Kind<T>, "expected" | "schema"> & { readonly read: (text: string) => ValueRead<T> },
): Kind<T> {
  const { expected, schema } = kind;
  return {
    expected,
    schema,
    read: (raw, report) => {
      const read = textOf(raw);
      const value = read.ok ? kind.read(read.value) : read;
      if (value.ok) return value.value;
      report(problemOf(value));
      return undefined;
    },
  };
}

function textOf(raw: Raw): ValueRead<string> {
  if (raw.kind !== "text") return unfit(`is ${rawName(raw)}, where one value is needed`);
  if (controlCharacter.test(raw.text)) {
    return unfit("contains a control character or a line break");
  }
  const text = raw.text.trim();
  return text === "" ? unfit("is empty") : fit(text);
}

function problemOf({ wrong, remedy }: { readonly wrong: string; readonly remedy?: string }) {
  return remedy === undefined ? { wrong } : { wrong, remedy };
}

/** One word of a certain look. */
export function word(look: {
  readonly pattern: RegExp;
  readonly expected: string;
  readonly wrong?: string;
  readonly remedy?: (text: string) => string | undefined;
}): Kind<string> {
  const { pattern, expected, wrong = "does not have the form that is expected", remedy } = look;
  return scalar({
    expected,
    schema: { type: "string", pattern: pattern.source },
    read: (text) => (pattern.test(text) ? fit(text) : unfit(wrong, remedy?.(text))),
  });
}

export function choice<const T extends string>(choices: readonly T[]): Kind<T> {
  return scalar({
    expected: choices.join(", "),
    schema: { enum: choices },
    read: (text) => {
      const chosen = choices.find((candidate) => candidate === text);
      if (chosen !== undefined) return fit(chosen);
      const meant = nearestOf(text, choices);
      const remedy = meant === undefined ? undefined : `if ${meant} is meant, write that`;
      return unfit("is none of the known values", remedy);
    },
  });
}

const switchWords: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** What YAML 1.1 called a boolean; Patroni's own files are full of these words. */
export function switchOf(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return Object.hasOwn(switchWords, lower) ? switchWords[lower] : undefined;
}

export const onOff: Kind<boolean> = scalar({
  expected: "true or false",
  schema: { enum: [true, false, ...Object.keys(switchWords)] },
  read: (text) => {
    const value = switchOf(text);
    return value === undefined ? unfit("is neither true nor false") : fit(value);
  },
});

export function wholeNumber(range: {
  /** "seconds"; nothing where it is a mere count. */
  readonly unit?: string;
  readonly from: number;
  readonly to: number;
}): Kind<number> {
  const { unit, from, to } = range;
  const what = unit === undefined ? "a whole number" : `a whole number of ${unit}`;
  return scalar({
    expected: `${what}, ${from} to ${to}`,
    schema: { type: ["integer", "string"], minimum: from, maximum: to, pattern: "^\\d{1,9}$" },
    read: (text) => {
      if (/^\d+ ?[a-zA-Z]+$/.test(text)) return unfit("has a unit", "write the bare number");
      if (!/^\d{1,9}$/.test(text)) return unfit("is no whole number");
      const count = Number(text);
      return count >= from && count <= to ? fit(count) : unfit("is out of range");
    },
  });
}

export const port: Kind<number> = {
  ...wholeNumber({ from: 1, to: 65_535 }),
  expected: "a port, 1 to 65535",
};

const bytesPerMb = 1_048_576;

const byteUnits: Readonly<Record<string, number>> = {
  "": 1,
  kB: 1_024,
  MB: bytesPerMb,
  GB: 1_073_741_824,
};

/** As PostgreSQL writes them: kB, MB and GB are powers of 1024. */
export function bytes({ fromMb }: { readonly fromMb: number }): Kind<number> {
  const least = fromMb * bytesPerMb;
  const bound = fromMb === 0 ? "" : `, ${fromMb}MB or more`;
  return scalar({
    expected: `a number of bytes, or one with kB, MB or GB behind it${bound}`,
    schema: { type: ["integer", "string"], minimum: least, pattern: "^\\d{1,12} ?(kB|MB|GB)?$" },
    read: (text) => {
      const [, count, unit = ""] = /^(\d{1,12}) ?(kB|MB|GB)?$/.exec(text) ?? [];
      const factor = byteUnits[unit];
      if (count === undefined || factor === undefined) return unfit("is no number of bytes");
      const size = Number(count) * factor;
      return size >= least ? fit(size) : unfit("is out of range");
    },
  });
}

/** A list in which nothing stands twice. */
export function listOf<T extends string>(
  item: Kind<T>,
  list: { readonly expected: string; readonly isDistinct: boolean; readonly minItems?: number },
): Kind<readonly T[]> {
  const { expected, isDistinct, minItems = 0 } = list;
  return {
    expected,
    schema: { type: "array", items: item.schema, ...(minItems > 0 ? { minItems } : {}) },
    read: (raw, report) => {
      if (raw.kind !== "list") {
        report({ wrong: `is ${rawName(raw)}, where a list is needed`, remedy: "put it into [ ]" });
        return undefined;
      }
      const read = raw.items.map((itemRaw, index) => {
        const part = { name: `[${index}]`, raw: itemRaw };
        return { part, value: item.read(itemRaw, (problem) => report({ part, ...problem })) };
      });
      const values = read.flatMap(({ value }) => (value === undefined ? [] : [value]));
      if (values.length < read.length) return undefined;
      if (values.length < minItems) report({ wrong: "is an empty list" });
      for (const [index, { part }] of read.entries()) {
        const value = values[index];
        const isDouble = value !== undefined && values.indexOf(value) < index;
        if (isDistinct && isDouble) report({ wrong: "stands in the list twice", part });
      }
      return values;
    },
  };
}
