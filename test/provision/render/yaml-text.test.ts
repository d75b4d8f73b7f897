/**
 * YAML that Patroni's PyYAML, the real one, reads as it was meant, and every other reader too.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parse } from "yaml";

import { run } from "../../../lab/command.ts";
import { type YamlValue, yamlText } from "../../../src/provision/render/yaml-text.ts";
import { pathOf, skipWithoutJudge } from "../support/judges.ts";

/** Each of them is something else than text to a reader of YAML 1.1 or 1.2, or breaks one. */
const trickyTexts: readonly string[] = [
  "on",
  "off",
  "yes",
  "no",
  "y",
  "N",
  "On",
  "TRUE",
  "null",
  "~",
  "",
  " ",
  "=",
  "12:30",
  "5432:1",
  "1_000",
  "0123",
  "0o17",
  "0x1f",
  "1e3",
  "e0",
  ".5",
  "-.inf",
  ".nan",
  "+1",
  "2026-11-21",
  "2026-11-21T10:00:00Z",
  "<<",
  "*star",
  "&and",
  "!tag",
  "%percent",
  "@at",
  "a: b",
  "a #b",
  "#c",
  "- d",
  "? e",
  "{f}",
  "[g]",
  "h,",
  "|",
  ">",
  "`",
  "'",
  '"',
  "\\",
  "tab\there",
  "line\nbreak",
  "\r",
  "\u0000",
  "\u0007",
  "\u001b",
  "\u007f",
  "\u0085",
  "\u00a0",
  "\u2028",
  "\u2029",
  "\ufeff",
  "\ufffe",
  "Пароль",
  "e\u0301",
  "😀",
  "a\\nb",
  "---",
  "...",
  "x".repeat(300),
  " trailing ",
  "\\x41",
  "$HOME",
  "%(name)s",
];

const trickyNumbers = [0, -1, 0.9, 1.1, 1e21, 1e-7, 1.5e-9, 2 ** 53, 1_048_576];

const trickyValue: YamlValue = {
  ...Object.fromEntries(trickyTexts.map((text, index) => [`text${index}`, text])),
  ...Object.fromEntries(trickyTexts.map((text) => [text, "as a key"])),
  numbers: trickyNumbers,
  others: [true, false, null, {}, [], [[1, ["a"]], { a: [] }], [{ a: { b: 1 }, c: [2] }]],
};

/**
 * Those that Python reads otherwise than JSON says, both told in Python's own words: an integer and a
 * float differ there, and so do true and 1.
 */
async function misread(values: readonly YamlValue[]): Promise<readonly string[]> {
  const program = `
import json, sys, yaml
for line in sys.stdin:
    text, meant = json.loads(line)
    if repr(yaml.safe_load(text)) != repr(json.loads(meant)):
        print(json.dumps(text))
`;
  const input = values.map((value) => JSON.stringify([yamlText(value), JSON.stringify(value)]));
  const answer = await run([await pathOf("patroni"), "-c", program], {
    input: input.join("\n"),
    timeoutMs: 60_000,
  });
  return answer.split("\n").filter(Boolean);
}

const skip = await skipWithoutJudge("patroni");

test("PyYAML reads every tricky text, key and number as it was meant.", { skip }, async () => {
  assert.deepEqual(await misread([trickyValue]), []);
});

const scalars: fc.Arbitrary<YamlValue> = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constantFrom(...trickyTexts),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.boolean(),
  fc.constant(null),
);

const { tree } = fc.letrec<{ tree: YamlValue }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    scalars,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...trickyTexts)), tie("tree"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
}));

test("PyYAML reads whatever can be written.", { skip }, async () => {
  assert.deepEqual(await misread(fc.sample(tree, { numRuns: 1_000, seed: 7 })), []);
});

test("YAML 1.1 and 1.2 of Node's library agree with it.", () => {
  fc.assert(
    fc.property(tree, (value) => {
      const text = yamlText(value);
      assert.deepEqual(parse(text), value);
      assert.deepEqual(parse(text, { version: "1.1" }), value);
    }),
    { numRuns: 300 },
  );
});

test("What it writes is ASCII.", () => {
  assert.match(yamlText(trickyValue), /^[\n\u0020-\u007e]*$/);
});

test("Half a character, and a number that is none, are refused.", () => {
  assert.throws(() => yamlText("\ud83d"));
  assert.throws(() => yamlText(Number.NaN));
});
