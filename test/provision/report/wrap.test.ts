/**
 * Text that fits a width.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { cut, evenWidth, wrapLine } from "../../../src/provision/report/wrap.ts";

test("what is cut off is marked", () => {
  assert.deepEqual(
    [cut("patroni", 7), cut("patroni", 6), cut("patroni", 1), cut("patroni", 0)],
    ["patroni", "patr..", ".", ""],
  );
});

test("further lines stand as far in as the first", () => {
  assert.deepEqual(wrapLine("    the validator has refused it", 18), [
    "    the validator",
    "    has refused it",
  ]);
});

test("a word that is longer than the line is taken apart", () => {
  assert.deepEqual(wrapLine("/etc/patroni/patroni.yml", 10), ["/etc/patro", "ni/patroni", ".yml"]);
});

test("no line is longer than it may be, and no character is lost", () => {
  const width = fc.integer({ min: 1, max: 60 });
  const lost = (text: string) => text.replaceAll(" ", "");
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.nat({ max: 80 }), width, (text, indent, room) => {
      const lines = wrapLine(" ".repeat(indent) + text, room);
      for (const line of lines) assert.ok(line.length <= room, `${line.length} > ${room}`);
      assert.equal(lost(lines.join("")), lost(text));
    }),
  );
});

test("Latin and Cyrillic stay; what may be wider, or no character at all, becomes a mark", () => {
  assert.equal(evenWidth("caf\u00E9 \u043D\u0435\u0442"), "caf\u00E9 \u043D\u0435\u0442");
  assert.equal(evenWidth("\u6F22 \u{1F600} e\u0301 \u200D\t"), "? ? e? ??");
});
