/**
 * A program for a test: a few lines of shell in a folder of its own, which goes with the test.
 *
 * It runs without any environment, as helpers do, so what it needs stands in its text.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { makeFolder } from "../../support/folder.ts";

export type Script = {
  readonly path: string;
  /** In which the script runs, and in which it may leave files. */
  readonly folder: string;
};

export async function writeScript(test: TestContext, lines: string): Promise<Script> {
  const folder = makeFolder(test);
  const path = join(folder, "program");
  await writeFile(path, `#!/bin/sh\ncd ${folder}\n${lines}\n`, { mode: 0o755 });
  return { path, folder };
}
