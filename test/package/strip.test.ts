/**
 * Node without its symbol table: a program that runs as before, and refused where the cut would hurt.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { withoutSymbols } from "../../setup/package/strip.ts";
import { makeFolder } from "../support/folder.ts";

const SECTIONS_AT = 0x28;
const SECTION_COUNT = 0x3c;
const SECTION_BYTES = 64;
const FLAGS_AT = 8;
const ALLOCATED = 2n;

const whole = readFileSync(process.execPath);

test("the pinned Node loses a tenth of its size and runs as before", (t) => {
  const file = join(makeFolder(t), "node");
  const cut = withoutSymbols(whole);
  writeFileSync(file, cut, { mode: 0o755 });
  const said = execFileSync(file, ["--print", "[1, 2].map(String).join() + process.version"]);
  assert.equal(said.toString().trim(), `1,2${process.version}`);
  assert.ok(cut.length < 0.9 * whole.length, `${cut.length} of ${whole.length} bytes`);
});

test("cut twice, it is the same", () => {
  const cut = withoutSymbols(whole);
  assert.ok(withoutSymbols(cut).equals(cut));
});

test("what is no 64-bit program is refused", () => {
  assert.throws(() => withoutSymbols(Buffer.from("#!/bin/sh\n")), /ELF/u);
});

test("a program with a loaded section behind the others is refused", () => {
  const odd = Buffer.from(whole);
  const table = Number(odd.readBigUInt64LE(SECTIONS_AT));
  const last = table + (odd.readUInt16LE(SECTION_COUNT) - 2) * SECTION_BYTES;
  odd.writeBigUInt64LE(ALLOCATED, last + FLAGS_AT);
  assert.throws(() => withoutSymbols(odd), /loaded sections come first/u);
});
