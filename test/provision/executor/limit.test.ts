import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Limit } from "../../../src/provision/executor/limit.ts";

/** Runs so many tasks, and tells how many were under way at most. */
async function mostAtOnce(limit: Limit, tasks: number): Promise<number> {
  let running = 0;
  let most = 0;
  const task = async () => {
    running += 1;
    most = Math.max(most, running);
    await turn();
    running -= 1;
  };
  await Promise.all(Array.from({ length: tasks }, () => limit.run(task)));
  return most;
}

test("no more run at once than it allows, and all come to their turn", async () => {
  assert.equal(await mostAtOnce(new Limit(3), 20), 3);
  assert.equal(await mostAtOnce(new Limit(3), 2), 2);
});

test("a task that fails gives its place to the next", async () => {
  const limit = new Limit(1);
  await assert.rejects(limit.run(() => Promise.reject(new Error("no"))));
  assert.equal(await limit.run(() => Promise.resolve("next")), "next");
});

test("who is refused lowers it to one less than run, and never to nothing", async () => {
  const limit = new Limit(8);
  const answers = await Promise.all(
    Array.from({ length: 4 }, () =>
      limit.run(async () => {
        await turn();
        return limit.lower();
      }),
    ),
  );
  assert.deepEqual(answers, [true, true, true, false]);
  assert.equal(await mostAtOnce(limit, 10), 1);
});
