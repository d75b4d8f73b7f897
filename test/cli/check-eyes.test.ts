/**
 * Whether a vip-manager runs here is seen by the kernel's own word for a process.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { hasVipManager } from "../../src/cli/check-eyes.ts";

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "vip-agent-eyes-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A /proc in which processes have these names. */
function processes(t: TestContext, names: readonly string[]): string {
  const folder = freshFolder(t);
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
  assert.equal(hasVipManager(join(freshFolder(t), "nothing")), false);
});

test("A real one is found.", (t) => {
  const program = join(freshFolder(t), "vip-manager");
  writeFileSync(program, "#!/bin/sh\nread -r line\n");
  chmodSync(program, 0o755);
  const manager = spawn(program, { stdio: ["pipe", "ignore", "ignore"] });
  t.after(() => manager.kill());
  assert.equal(hasVipManager(), true);
});
