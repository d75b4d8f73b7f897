/**
 * How often `ip` is asked about an interface that is not there.
 *
 * The `ip` of these tests has the interface eth1 while a file called `there` exists, and keeps a
 * record of its starts and of each look at eth1. What a real one remembers is tried in the lab.
 */
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { IpBatch } from "../../src/vip/ip-batch.ts";
import { type Script, writeScript } from "./support/script.ts";

const fakeIp = `
  echo start >> record
  while read -r line; do
    case $line in
      *"dev lo") echo '[{"ifname":"lo","flags":[],"addr_info":[]}]' ;;
      *"dev eth1")
        echo look >> record
        [ ! -e there ] || echo '[{"ifname":"eth1","flags":[],"addr_info":[]}]' ;;
      die) exit 1 ;;
      die-once) [ -e died ] || { touch died; exit 1; } ;;
    esac
  done`;

async function openIp(t: TestContext): Promise<{ ip: IpBatch; script: Script }> {
  const script = await writeScript(t, fakeIp);
  const ip = new IpBatch(script.path);
  t.after(() => ip.close());
  return { ip, script };
}

async function look(ip: IpBatch, commands: readonly string[] = []): Promise<string> {
  const answer = await ip.run(commands, "eth1");
  return answer.ok ? answer.value.state.kind : answer.code;
}

async function recordOf({ folder }: Script): Promise<readonly string[]> {
  return (await readFile(join(folder, "record"), "utf8")).trim().split("\n");
}

test("an interface that was never there costs one look each time, and no process", async (t) => {
  const { ip, script } = await openIp(t);
  for (let turn = 0; turn < 3; turn += 1) assert.equal(await look(ip), "absent");
  assert.deepEqual(await recordOf(script), ["start", "look", "look", "look"]);
});

test("one that has gone is looked for by a new process, once", async (t) => {
  const { ip, script } = await openIp(t);
  await writeFile(join(script.folder, "there"), "");
  assert.equal(await look(ip), "present");
  await rm(join(script.folder, "there"));
  for (let turn = 0; turn < 2; turn += 1) assert.equal(await look(ip), "absent");
  assert.deepEqual(await recordOf(script), ["start", "look", "look", "start", "look", "look"]);
});

test("a process that dies in the middle is replaced within the same question", async (t) => {
  const { ip, script } = await openIp(t);
  await writeFile(join(script.folder, "there"), "");
  assert.equal(await look(ip, ["die-once"]), "present");
  assert.deepEqual(await recordOf(script), ["start", "start", "look"]);
});

test("one that dies each time is given up after the second", async (t) => {
  const { ip, script } = await openIp(t);
  assert.equal(await look(ip, ["die"]), "died");
  assert.deepEqual(await recordOf(script), ["start", "start"]);
});
