/**
 * Helper programs that are there, that are not, and that do not end.
 *
 * One that survives SIGKILL hangs in the kernel, and no test can ask for that; to the agent it is
 * a child whose end was not told, as one is that was never killed.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { HelperProgram, type PipedHelper, endHelper } from "../../src/vip/helper.ts";

const sleeper = { name: "sleeper", path: "/bin/sleep" };

function start(program: HelperProgram, args: readonly string[]): PipedHelper {
  const started = program.startPiped(args);
  assert(started.ok, started.ok ? "" : started.detail);
  return started.value;
}

test("a helper is given the C locale and nothing else of the environment", async () => {
  const child = start(new HelperProgram({ name: "env", path: "/usr/bin/env" }), []);
  const lines: string[] = [];
  child.stdout.on("data", (chunk: string) => lines.push(chunk));
  await once(child, "close");
  assert.equal(lines.join(""), "LC_ALL=C\n");
});

test("a program that is not there is told by an event, which ends nothing", async () => {
  const child = start(new HelperProgram({ name: "none", path: "/nonexistent" }), []);
  const [error] = await once(child, "error").catch((problem: unknown) => [problem]);
  assert.match(String(error), /ENOENT/);
});

test("beyond three that have not ended there is no further one, until one has", async (t) => {
  const program = new HelperProgram(sleeper);
  const children = [1, 2, 3].map(() => start(program, ["60"]));
  t.after(() => {
    for (const child of children) endHelper(child);
  });
  const refused = program.startPiped(["60"]);
  assert.equal(refused.ok ? "started" : refused.code, "stuck");
  const [first] = children;
  assert(first !== undefined);
  endHelper(first);
  await once(first, "exit");
  children.push(start(program, ["60"]));
});

test("one that could not be started does not count", async () => {
  const program = new HelperProgram({ name: "none", path: "/nonexistent" });
  for (let turn = 0; turn < 5; turn += 1) {
    await once(start(program, []), "error").catch(() => undefined);
  }
  assert(program.startPiped([]).ok);
});

test("a mute helper is killed when its time is over, whatever it does with other signals", async () => {
  const program = new HelperProgram({ name: "deaf", path: "/bin/sh" });
  const signal = new AbortController().signal;
  const started = program.startMute(["-c", "trap '' TERM; sleep 60 & wait; wait"], {
    signal,
    deadlineMs: 50,
  });
  assert(started.ok);
  const [, killedBy] = await once(started.value, "exit");
  assert.equal(killedBy, "SIGKILL");
});
