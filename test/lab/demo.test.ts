/**
 * The demo as a new user runs it: every scene is played, it ends by itself, and leaves nothing.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

const minuteMs = 60_000;

test("the demo plays its scenes in less than a minute and leaves a clean machine", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["demo/main.ts"], {
    timeout: minuteMs,
  });
  const wanted = [
    "a real Consul leads",
    "A first leader: test-db1 takes the key",
    "A switchover from db1 to db2",
    "A switchover from db2 to db3",
    "lifetime over: the kernel removes it from db3",
    "SIGTERM: release first, then end",
    "0 met silence",
    "The machine is clean",
  ];
  const missing = wanted.filter((line) => !stdout.includes(line));
  assert.deepEqual(missing, [], stdout);
});
