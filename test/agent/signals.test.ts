/**
 * Wishes that come by signal, in a process of their own.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { text } from "node:stream/consumers";

const program = `
  import { Wishes } from ${JSON.stringify(new URL("../../src/agent/signals.ts", import.meta.url))};
  const wishes = Wishes.ofProcess();
  for (const signal of process.argv[1].split(",")) {
    process.kill(process.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  setTimeout(() => process.exit(0), 200);
  for (;;) console.log((await wishes.next()).kind);
`;

/** What a process that gets these, one after the other, is told before it takes the first. */
async function toldAfter(...signals: readonly NodeJS.Signals[]) {
  const args = ["--input-type=module", "--eval", program, signals.join(",")];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [told, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { told: told.trim().split("\n"), code: Number(code) };
}

test("SIGHUP asks for a reload, SIGTERM and SIGINT for a release, SIGUSR2 for a hand-over", async () => {
  assert.deepEqual(await toldAfter("SIGHUP"), { told: ["reload"], code: 0 });
  assert.deepEqual(await toldAfter("SIGTERM"), { told: ["release"], code: 0 });
  assert.deepEqual(await toldAfter("SIGINT"), { told: ["release"], code: 0 });
  assert.deepEqual(await toldAfter("SIGUSR2"), { told: ["hand-over"], code: 0 });
});

test("of reloads that wait one is enough, and an end comes before it", async () => {
  const { told } = await toldAfter("SIGHUP", "SIGHUP", "SIGTERM");
  assert.deepEqual(told, ["release", "reload"]);
});

test("a second wish to end ends the process at once", async () => {
  assert.deepEqual(await toldAfter("SIGTERM", "SIGTERM"), { told: [""], code: 1 });
});
