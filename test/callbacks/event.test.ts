/**
 * The name of an event: what is written is read again, by sh and by TypeScript alike, and what would
 * be no name is refused by both.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { eventName, parseEventName } from "../../src/callbacks/event.ts";
import { leaveWord } from "../../src/callbacks/leave-word.ts";
import { createPlace, runClient, shellsHere, stop } from "./support.ts";

const good = [
  "test",
  "17-main",
  "two words",
  " blank around ",
  "a.b.c",
  ".",
  "..",
  "...",
  "-n",
  "--directory",
  "it's",
  '"quoted"',
  "$(id) `id` ${HOME} $0",
  "*",
  "?[a-z]",
  "back\\slash\\n",
  "line\nbreak\n",
  "\ttab",
  "tägliche-Bücher-日本-🐘",
  "#",
  "~root",
  "!",
  "(",
  "\u0001\u007f",
  "x".repeat(239),
  "ü".repeat(119),
];

const bad = ["", "/", "a/b", "../../etc/passwd", "x".repeat(240), "ü".repeat(120)];

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 10)}… (${text.length})` : text);
}

for (const scope of good) {
  test(`scope ${shown(scope)} has a name, and the name this scope`, () => {
    const name = eventName({ ...stop, scope });
    assert(name.ok);
    assert.deepEqual(parseEventName(name.value), { ...stop, scope });
  });
}

for (const scope of bad) {
  test(`scope ${shown(scope)} has none`, () => {
    assert.equal(eventName({ ...stop, scope }).ok, false);
    assert.equal(parseEventName(`on_stop.primary.${scope}`), undefined);
  });
}

for (const word of ["", ".", "on.stop", "on stop", "../x", "on_stop\n", "größe", "a/b", "\0"]) {
  test(`${shown(word)} is neither an action nor a role`, () => {
    assert.equal(eventName({ ...stop, action: word }).ok, false);
    assert.equal(eventName({ ...stop, role: word }).ok, false);
  });
}

for (const name of [
  "",
  "on_stop",
  "on_stop.primary",
  "on_stop.primary.",
  "..x",
  ".hidden.a.b",
  "a b.c.d",
]) {
  test(`${shown(name)} is the name of no event`, () => {
    assert.equal(parseEventName(name), undefined);
  });
}

test("whatever has a name is what its name says, and whatever says so has that name", () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_]{1,20}$/);
  const words = { action: word, role: word, scope: fc.string({ unit: "binary" }) };
  const events = fc.record(words, { noNullPrototype: true });
  fc.assert(
    fc.property(events, (event) => {
      const name = eventName(event);
      if (name.ok) assert.deepEqual(parseEventName(name.value), event);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const event = parseEventName(`on_stop.primary.${name}`);
      if (event === undefined) return;
      const again = eventName(event);
      assert.equal(again.ok && again.value, `on_stop.primary.${name}`);
    }),
  );
});

test("a scope that is no text is refused, since another name would be made of it", () => {
  assert.equal(eventName({ ...stop, scope: "half \ud83d" }).ok, false);
});

test("leaving word makes that name, and nothing of what is refused", () => {
  const directory = createPlace();
  const names = good.map((scope) => eventName({ ...stop, scope }));
  for (const scope of [...good, ...bad]) leaveWord({ ...stop, scope }, directory);
  const expected = names.map((name) => (name.ok ? name.value : ""));
  assert.deepEqual(readdirSync(directory).toSorted(), expected.toSorted());
});

for (const { shell, skip } of shellsHere) {
  describe(`${shell.name} writes the same names`, { skip }, () => {
    for (const scope of good) {
      test(`scope ${shown(scope)}`, () => {
        const directory = createPlace();
        const said = runClient(shell, ["--directory", directory, stop.action, stop.role, scope]);
        const name = eventName({ ...stop, scope });
        assert.deepEqual(said, { code: 0, stdout: "", stderr: "" });
        assert.deepEqual(readdirSync(directory), [name.ok ? name.value : ""]);
      });
    }
    for (const scope of bad) {
      test(`and refuses ${shown(scope)} with a word`, () => {
        const directory = createPlace();
        const said = runClient(shell, [`--directory=${directory}`, stop.action, stop.role, scope]);
        assert.equal(said.code, 0);
        assert.match(said.stderr, /^vip-agent-callback: [^\n]+\n$/);
        if (scope.length > 100) assert.match(said.stderr, / 25\d bytes; 255 is the limit/);
        assert.deepEqual(readdirSync(directory), []);
      });
    }
  });
}
