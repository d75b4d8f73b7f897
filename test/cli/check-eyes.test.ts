/**
 * Whether a vip-manager runs here is seen by the kernel's own word for a process.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { hasVipManager } from "../../src/cli/check-eyes.ts";
import { makeFolder } from "../support/folder.ts";

/** A /proc in which processes have these names. */
function processes(t: TestContext, names: readonly string[]): string {
  const folder = makeFolder(t);
  for (const [index, name] of names.entries()) {
    mkdirSync(join(folder, String(index + 1)));
    writeFileSync(join(folder, String(index + 1), "comm"), `${name}\n`);
  }
  mkdirSync(join(folder, "77"));
  return folder;
}

test("A process of that name is found, and none that is called nearly so.", (t) => {
  assert.equal(hasVipManager(processes(t, ["systemd", "vip-manager"])), true);
  assert.equal(hasVipManager(processes(t, ["vip-managerd", "my-vip-manager", "node"])), false);
  assert.equal(hasVipManager(join(makeFolder(t), "nothing")), false);
});

test("A real one is found.", (t) => {
  const program = join(makeFolder(t), "vip-manager");
  writeFileSync(program, "#!/bin/sh\nread -r line\n");
  chmodSync(program, 0o755);
  const manager = spawn(program, { stdio: ["pipe", "ignore", "ignore"] });
  t.after(() => manager.kill());
  assert.equal(hasVipManager(), true);
});
