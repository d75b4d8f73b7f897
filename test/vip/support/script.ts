/**
 * A program for a test: a few lines of shell in a folder of its own, which goes with the test.
 *
 * It runs without any environment, as helpers do, so what it needs stands in its text.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

export type Script = {
  readonly path: string;
  /** In which the script runs, and in which it may leave files. */
  readonly folder: string;
};

export async function writeScript(test: TestContext, lines: string): Promise<Script> {
  const folder = await mkdtemp(join(tmpdir(), "vip-agent-"));
  test.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "program");
  await writeFile(path, `#!/bin/sh\ncd ${folder}\n${lines}\n`, { mode: 0o755 });
  return { path, folder };
}
