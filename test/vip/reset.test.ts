/**
 * A reset by an `ss` that fails, hangs or is not there. What a real one does to real connections is
 * tried in the lab.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAddress } from "../../src/vip/address.ts";
import { ConnectionReset } from "../../src/vip/reset.ts";
import { type Script, writeScript } from "./support/script.ts";

const address = parseAddress("fd00:1::140");
assert(address !== undefined);

async function openReset(t: TestContext, lines: string) {
  const script = await writeScript(t, `read -r filter\necho "$filter" >> filters\n${lines}`);
  const reset = new ConnectionReset(script.path);
  t.after(() => reset.close());
  return { reset, script };
}

async function runOf(reset: ConnectionReset): Promise<string> {
  assert(address !== undefined);
  const outcome = await reset.run(address);
  return outcome.ok ? "done" : outcome.code;
}

async function filtersOf({ folder }: Script): Promise<readonly string[]> {
  return (await readFile(join(folder, "filters"), "utf8")).trim().split("\n");
}

const filter = "src [fd00:1::140] )";

test("one ss is enough where it succeeds", async (t) => {
  const { reset, script } = await openReset(t, "exit 0");
  reset.arm();
  assert.equal(await runOf(reset), "done");
  assert.deepEqual(await filtersOf(script), [filter]);
});

// The rest of its filter comes from stdin, which is closed by the end of the agent too.
test("an ss that is started ahead has half a filter, which ends no connection", async (t) => {
  const { reset, script } = await openReset(t, 'echo "$@" >> words');
  reset.arm();
  assert.equal(await runOf(reset), "done");
  assert.match(await readFile(join(script.folder, "words"), "utf8"), / -F - \($/m);
});

test("one can be started ahead later, and is not where the reset is closed before", async (t) => {
  const script = await writeScript(t, "echo started >> starts; read -r filter");
  const [closed, open] = [new ConnectionReset(script.path), new ConnectionReset(script.path)];
  t.after(() => open.close());
  for (const reset of [closed, open]) reset.arm(20);
  closed.close();
  await sleep(500);
  assert.equal(await readFile(join(script.folder, "starts"), "utf8"), "started\n");
});

test("one that is killed is followed by another", async (t) => {
  const { reset, script } = await openReset(t, "[ -e died ] || { : > died; kill -KILL $$; }");
  assert.equal(await runOf(reset), "done");
  assert.deepEqual(await filtersOf(script), [filter, filter]);
});

test("one that stands still is not waited for: another does its work", async (t) => {
  const { reset, script } = await openReset(t, "[ -e stopped ] || { : > stopped; kill -STOP $$; }");
  assert.equal(await runOf(reset), "done");
  assert.deepEqual(await filtersOf(script), [filter, filter]);
});

test("two that stand still are given up, and killed", async (t) => {
  const { reset } = await openReset(t, "kill -STOP $$");
  assert.equal(await runOf(reset), "timeout");
  // Further ones could not be started if those were left over.
  for (let turn = 0; turn < 3; turn += 1) assert.equal(await runOf(reset), "timeout");
});

test("two that fail are the end, with what they said", async (t) => {
  const { reset } = await openReset(t, "echo 'no such thing' >&2; exit 1");
  const outcome = await reset.run(address);
  assert(!outcome.ok);
  assert.deepEqual([outcome.code, outcome.detail], ["refused", "ss: no such thing"]);
});

test("an ss that is not there is missing", async () => {
  assert.equal(await runOf(new ConnectionReset("/nonexistent/ss")), "missing");
});
