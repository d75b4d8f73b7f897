/**
 * Files, directories and links: what is written, what is only given away, and what is in the way.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { planOf, questionsOf } from "../../../src/provision/resources/plan.ts";
import type {
  DirectoryWish,
  FileWish,
  LinkWish,
} from "../../../src/provision/resources/resource.ts";
import { answer } from "../fake/answers.ts";
import { directory, file, link } from "../fake/model.ts";
import { hostWith, obstaclesFor, operationsFor, planFor } from "./support.ts";

const path = "/etc/app.json";
const access = { owner: "root", group: "adm", mode: "0640" };
const wish: FileWish = {
  kind: "file",
  path,
  ...access,
  content: {
    text: "one\ntwo\n",
    isSecret: false,
  },
};
const access0 = { path, ...access };

test("a file that is not there is written", () => {
  const expected = { kind: "write-file", ...access0, content: wish.content };
  assert.deepEqual(operationsFor(hostWith({}), wish), [expected]);
});

test("the validator goes along", () => {
  const validator = ["consul", "validate", "{}"];
  const [operation] = operationsFor(hostWith({}), { ...wish, validator });
  assert.deepEqual(operation, {
    kind: "write-file",
    ...access0,
    content: wish.content,
    validator,
  });
});

test("a file that is right is left alone, however its mode is written", () => {
  assert.deepEqual(operationsFor(hostWith({ [path]: file("one\ntwo\n", access) }), wish), []);
  const short = { ...access, mode: "640" };
  assert.deepEqual(operationsFor(hostWith({ [path]: file("one\ntwo\n", short) }), wish), []);
});

test("another text is rewritten, and shown with the access that changes", () => {
  const model = hostWith({ [path]: file("one\n2\n", { mode: "0644" }) });
  const { operations } = planFor(model, wish);
  assert.deepEqual(
    operations.map(({ operation, summary }) => [operation.kind, summary]),
    [["write-file", `rewrite ${path}`]],
  );
  assert.deepEqual(operations[0]?.difference, [
    "access root:root 0644 -> root:adm 0640",
    `--- ${path}`,
    `+++ ${path}`,
    "@@ -1,2 +1,2 @@",
    " one",
    "-2",
    "+two",
  ]);
});

for (const change of [{ owner: "www" }, { group: "root" }, { mode: "0644" }]) {
  test(`of a file with another ${Object.keys(change).join()} only the access is set`, () => {
    const model = hostWith({ [path]: file("one\ntwo\n", { ...access, ...change }) });
    assert.deepEqual(operationsFor(model, wish), [{ kind: "set-access", ...access0 }]);
  });
}

test("a directory, a link or a device in place of a file is in the way", () => {
  const found = [directory(), link("/etc/other.json"), { type: "other", ...access } as const];
  const obstacles = found.flatMap((entry) => obstaclesFor(hostWith({ [path]: entry }), wish));
  assert.deepEqual(obstacles, [
    `${path} is a directory, and a file is needed there`,
    `${path} is a link to /etc/other.json, and a file is needed there`,
    `${path} is neither file nor directory, and a file is needed there`,
  ]);
});

test("a secret text is neither asked for nor shown", () => {
  const secret = randomUUID();
  const hidden: FileWish = { ...wish, content: { text: secret, isSecret: true } };
  assert.deepEqual(questionsOf([hidden]), [{ about: "path", path }]);
  for (const model of [hostWith({}), hostWith({ [path]: file(`old ${secret}`) })]) {
    const [planned] = planFor(model, hidden).operations;
    assert.deepEqual(planned?.difference?.slice(-1), ["differs, not shown"]);
    assert(!JSON.stringify([planned?.summary, planned?.difference]).includes(secret));
  }
});

test("bytes that are no text are not shown as something else", () => {
  const facts = answer(hostWith({ [path]: file("caf\u00e9", access) }), questionsOf([wish]));
  const read = { ...facts, texts: new Map([[path, "caf\ufffd"]]) };
  const [planned] = planOf([wish], read).operations;
  assert.deepEqual(planned?.difference, ["differs, not shown"]);
});

const folder: DirectoryWish = { kind: "directory", path: "/etc/app", ...access };

test("a directory that is not there is made, one that is right is left alone", () => {
  const made = { kind: "make-directory", path: "/etc/app", ...access };
  assert.deepEqual(operationsFor(hostWith({}), folder), [made]);
  assert.deepEqual(operationsFor(hostWith({ "/etc/app": directory(access) }), folder), []);
});

test("of a directory with another access only that is set", () => {
  const model = hostWith({ "/etc/app": directory({ ...access, mode: "0750" }) });
  const expected = { kind: "set-access", path: "/etc/app", ...access };
  assert.deepEqual(operationsFor(model, folder), [expected]);
});

test("neither a file nor a link is taken for a directory", () => {
  const found = [file("x"), link("/srv/app")];
  const obstacles = found.flatMap((entry) => obstaclesFor(hostWith({ "/etc/app": entry }), folder));
  assert.deepEqual(obstacles, [
    "/etc/app is a file, and a directory is needed there",
    "/etc/app is a link to /srv/app, and a directory is needed there",
  ]);
});

const current: LinkWish = { kind: "link", path: "/opt/current", target: "/opt/2" };

test("a link is made, switched when it leads elsewhere, and left alone when it is right", () => {
  const set = { kind: "set-link", path: "/opt/current", target: "/opt/2" };
  assert.deepEqual(operationsFor(hostWith({}), current), [set]);
  assert.deepEqual(operationsFor(hostWith({ "/opt/current": link("/opt/1") }), current), [set]);
  assert.deepEqual(operationsFor(hostWith({ "/opt/current": link("/opt/2") }), current), []);
});

test("what is no link is not replaced by one", () => {
  const found = [directory(), file("x")];
  const obstacles = found.flatMap((entry) => {
    return obstaclesFor(hostWith({ "/opt/current": entry }), current);
  });
  assert.deepEqual(obstacles, [
    "/opt/current is a directory, and a link is needed there",
    "/opt/current is a file, and a link is needed there",
  ]);
});
