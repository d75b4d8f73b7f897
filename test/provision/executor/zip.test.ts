import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { isZip, unzip } from "../../../src/provision/executor/zip.ts";
import { makeFolder } from "../../support/folder.ts";
import { zipOf } from "./support/zip.ts";

const program = Buffer.concat([Buffer.from("\x7fELF"), randomBytes(3_000_000), Buffer.alloc(9e5)]);
const licence = Buffer.from("Do as you like.\n");

async function unpacked(t: TestContext, archive: Buffer, name = "consul") {
  const folder = makeFolder(t);
  const path = join(folder, "archive.zip");
  await writeFile(path, archive);
  const outcome = await unzip(path, name, join(folder, "out"));
  if (!outcome.ok) return outcome;
  return { ok: true, sha256: outcome.value, content: await readFile(join(folder, "out")) } as const;
}

for (const isStored of [false, true]) {
  test(`an entry that is ${isStored ? "stored" : "packed"} comes out whole, with its digest`, async (t) => {
    const entries = [
      { name: "LICENSE.txt", content: licence },
      { name: "consul", content: program, isStored },
    ];
    const result = await unpacked(t, zipOf(entries, "a comment"));
    assert(result.ok);
    assert.equal(result.content.compare(program), 0);
    assert.equal(result.sha256, createHash("sha256").update(program).digest("hex"));
  });
}

test("an archive is known by its beginning", async (t) => {
  const folder = makeFolder(t);
  const [archive, plain, empty] = ["a", "b", "c"].map((name) => join(folder, name));
  assert(archive !== undefined && plain !== undefined && empty !== undefined);
  await writeFile(archive, zipOf([{ name: "consul", content: licence }]));
  await writeFile(plain, program);
  await writeFile(empty, "");
  assert.deepEqual(
    [await isZip(archive), await isZip(plain), await isZip(empty)],
    [true, false, false],
  );
});

test("an archive without the program names what it holds", async (t) => {
  const result = await unpacked(t, zipOf([{ name: "nomad", content: licence }]));
  assert(!result.ok);
  assert.match(result.detail, /holds no consul, but nomad/);
});

const wrong: readonly (readonly [string, Parameters<typeof zipOf>[0][number]])[] = [
  ["has another checksum", { name: "consul", content: licence, crc: 1 }],
  ["is longer than it says", { name: "consul", content: licence, length: 3 }],
  ["is shorter than it says", { name: "consul", content: licence, length: 300 }],
  ["is encrypted", { name: "consul", content: licence, flags: 1 }],
];

for (const [how, entry] of wrong) {
  test(`an entry that ${how} is refused`, async (t) => {
    const result = await unpacked(t, zipOf([entry]));
    assert(!result.ok);
    assert.equal(result.code, "damaged");
  });
}

test("no damage of an archive passes unnoticed, and none throws", async (t) => {
  const content = Buffer.from("a program of some length, with a bit of a structure ".repeat(20));
  const archive = zipOf([{ name: "consul", content }]);
  const damage = fc.record({ at: fc.nat(archive.length - 1), value: fc.nat(255), keep: fc.nat() });
  await fc.assert(
    fc.asyncProperty(damage, fc.boolean(), async ({ at, value, keep }, isCut) => {
      const bytes = Buffer.from(archive);
      bytes[at] = value;
      const result = await unpacked(t, isCut ? bytes.subarray(0, keep % bytes.length) : bytes);
      if (result.ok) assert.equal(result.content.compare(content), 0);
    }),
    { numRuns: 300 },
  );
});
