/**
 * Lines of ours in a file of others: every other byte stays.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blockMarkers } from "../../../src/provision/resources/block.ts";
import type { BlockWish } from "../../../src/provision/resources/resource.ts";
import { answer } from "../fake/answers.ts";
import { fakeHost } from "../fake/fake-host.ts";
import { directory, file, link } from "../fake/model.ts";
import { planOf, questionsOf } from "../../../src/provision/resources/plan.ts";
import { hostWith, obstaclesFor, operationsFor } from "./support.ts";

const path = "/etc/hosts";
const wish: BlockWish = { kind: "block", path, name: "hosts", lines: ["10.0.0.1 db1"] };
const block = "# begin vip-agent hosts\n10.0.0.1 db1\n# end vip-agent hosts\n";

function after(before: string, ...wishes: readonly BlockWish[]): string {
  const operations = operationsFor(hostWith({ [path]: file(before) }), ...wishes);
  const [last] = operations.slice(-1);
  if (last === undefined) return before;
  assert(last.kind === "write-text", last.kind);
  return last.text;
}

test("a block is put at the end, on a line of its own", () => {
  assert.equal(after("127.0.0.1 localhost\n", wish), `127.0.0.1 localhost\n${block}`);
  assert.equal(after("127.0.0.1 localhost", wish), `127.0.0.1 localhost\n${block}`);
  assert.equal(after("", wish), block);
});

test("a block that is there is replaced where it is", () => {
  const before = block.replace("10.0.0.1 db1", "10.0.0.9 old\n10.0.0.8 older");
  assert.equal(after(`a\n${before}b`, wish), `a\n${block}b`);
});

test("a block that is right is left alone, also without a newline behind it", () => {
  assert.deepEqual(operationsFor(hostWith({ [path]: file(`a\n${block}b\n`) }), wish), []);
  assert.deepEqual(operationsFor(hostWith({ [path]: file(block.trimEnd()) }), wish), []);
});

test("a file that is not there begins with its block", () => {
  const model = hostWith({});
  model.entries.delete(path);
  assert.deepEqual(operationsFor(model, wish), [
    {
      kind: "write-file",
      path,
      owner: "root",
      group: "root",
      mode: "0644",
      content: {
        text: block,
        isSecret: false,
      },
    },
  ]);
});

test("two blocks of one file both come to stand in it", () => {
  const other: BlockWish = { ...wish, name: "more", lines: ["10.0.0.2 db2"] };
  const text = after("a\n", wish, other);
  assert.equal(text, `a\n${block}# begin vip-agent more\n10.0.0.2 db2\n# end vip-agent more\n`);
  assert.equal(after(text, wish, other), text);
});

test("an edit between plan and write is not written over", async () => {
  const model = hostWith({ [path]: file("a\n") });
  const operations = operationsFor(model, wish, { ...wish, name: "more" });
  const host = fakeHost({ model });
  for (const operation of operations) assert((await host.perform(operation)).ok);
  model.entries.set(path, file("a\n# somebody's\n"));
  const outcomes = operations.map(async (operation) => (await host.perform(operation)).ok);
  assert.deepEqual(await Promise.all(outcomes), [false, false]);
});

const { begin, end } = blockMarkers("hosts");
const broken = {
  "without an end": `${begin}\nx\n`,
  "without a begin": `x\n${end}\n`,
  "the wrong way round": `${end}\nx\n${begin}\n`,
  "with two begins": `${begin}\n${begin}\n${end}\n`,
  "with two ends": `${begin}\n${end}\n${end}\n`,
  twice: `${begin}\n${end}\n${begin}\n${end}\n`,
};

for (const [how, text] of Object.entries(broken)) {
  test(`markers ${how} are in the way`, () => {
    assert.deepEqual(obstaclesFor(hostWith({ [path]: file(text) }), wish), [
      `${path} has the markers "${begin}" and "${end}" not exactly once and in this order`,
    ]);
  });
}

test("a link or a directory is in the way", () => {
  const found = [link("/run/hosts"), directory()];
  const obstacles = found.flatMap((entry) => obstaclesFor(hostWith({ [path]: entry }), wish));
  assert.equal(obstacles.length, 2);
});

test("a file whose text is not its bytes is not written", () => {
  const facts = answer(hostWith({ [path]: file("caf\u00e9\n") }), questionsOf([wish]));
  const read = { ...facts, texts: new Map([[path, "caf\ufffd\n"]]) };
  const { operations, obstacles } = planOf([wish], read);
  assert.deepEqual([operations, obstacles.map(({ subject }) => subject)], [[], [path]]);
});

test("a line that would be a marker is a mistake of ours", () => {
  for (const line of [begin, `  ${end}`, "a\nb"]) {
    const bad = { ...wish, lines: [line] };
    assert.throws(() => operationsFor(hostWith({}), bad), { name: "AssertionError" });
  }
});

test("whatever a file says, all of it stays, and the second time nothing is done", () => {
  const line = fc.string({ maxLength: 8 }).map((text) => text.replaceAll("\n", " "));
  fc.assert(
    fc.property(fc.array(line), fc.boolean(), (lines, isTerminated) => {
      const before = lines.join("\n") + (isTerminated ? "\n" : "");
      const text = after(before, wish);
      assert(text.startsWith(before));
      assert(text.endsWith(block));
      assert(text.length <= before.length + block.length + 1);
      assert.equal(after(text, wish), text);
    }),
  );
});
