/**
 * The benchmark's whole way, with two moves: that it measures and writes, not what it measures.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const deadlineMs = 150_000;

test("the benchmark measures two moves, prints a table and writes its results", async () => {
  const out = await mkdtemp(join(tmpdir(), "vip-agent-bench-"));
  const args = [
    "bench/main.ts",
    "--moves",
    "2",
    "--idle",
    "0",
    "--only",
    "vip-agent",
    "--out",
    out,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: deadlineMs });
  assert.match(stdout, /address on the new host/);
  assert.match(stdout, /client without an answer/);
  assert.deepEqual((await readdir(out)).toSorted(), ["moves.svg", "results.json", "tables.md"]);
});
