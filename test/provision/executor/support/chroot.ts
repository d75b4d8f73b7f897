/**
 * A host to be changed without harm: everything of this machine, and what is written goes to memory.
 *
 * Only inside a sandbox (`sh lab/sandbox.sh`), which takes the mounts away again.
 */
import assert from "node:assert/strict";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../../lab/command.ts";
import { createArtefacts } from "../../../../src/provision/executor/artefacts.ts";
import type { Executor } from "../../../../src/provision/executor/executor.ts";
import { hostExecutor } from "../../../../src/provision/executor/host-executor.ts";
import { localTransport } from "../../../../src/provision/executor/local.ts";
import type { Transport } from "../../../../src/provision/executor/step.ts";

export async function makeRoot(): Promise<string> {
  assert(process.env["LAB_SANDBOX"] === "1", "run it by: sh lab/sandbox.sh node --test FILE");
  const folder = await mkdtemp(join(tmpdir(), "root-"));
  const [own, work, root] = [`${folder}/own`, `${folder}/work`, `${folder}/root`];
  for (const made of [own, work, root]) await mkdir(made);
  const options = `lowerdir=/,upperdir=${own},workdir=${work}`;
  await run(["mount", "-t", "overlay", "overlay", "-o", options, root]);
  for (const shared of ["/proc", "/dev"]) {
    await run(["mount", "--rbind", shared, `${root}${shared}`]);
  }
  return root;
}

/** Below the executor, for what goes wrong on the way. */
export function chrootTransport(root: string): Transport {
  return localTransport({ host: "db1", sudo: "never", prefix: ["chroot", root] });
}

/** The host in that folder, not locked. */
export function chrootExecutor(root: string): Executor {
  return hostExecutor(chrootTransport(root), createArtefacts(join(root, "cache")));
}

/** A command in there, which has to succeed. */
export async function runIn(root: string, script: string): Promise<string> {
  return run(["chroot", root, "env", "-u", "TMPDIR", "sh", "-c", script], { timeoutMs: 60_000 });
}
