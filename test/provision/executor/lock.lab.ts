/**
 * The lock on a host.
 *
 *     sh lab/sandbox.sh node --test test/provision/executor/lock.lab.ts
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { before, beforeEach, test } from "node:test";

import { waitUntil } from "../../../lab/clock.ts";
import { aloneStep } from "../../../src/provision/executor/alone.ts";
import type { Executor } from "../../../src/provision/executor/executor.ts";
import { runFile } from "../../../src/provision/executor/lock.ts";
import { chrootExecutor, chrootTransport, makeRoot, runIn } from "./support/chroot.ts";

const folder = "/var/lib/vip-agent-provision";

let root: string;

before(async () => {
  root = await makeRoot();
});

beforeEach(async () => {
  await runIn(root, `rm -rf ${folder}`);
});

async function codeOf(host: Executor, owner: string): Promise<string> {
  const outcome = await host.lock(owner);
  return outcome.ok ? "done" : outcome.code;
}

const owner = () => runIn(root, `cat ${folder}/lock/owner`);

test("one of twenty who want it at once has it, and the others are told whose it is", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `run ${index}`);
  const outcomes = await Promise.all(names.map((name) => chrootExecutor(root).lock(name)));
  const winners = names.filter((_, index) => outcomes[index]?.ok);
  assert.equal(winners.length, 1);
  assert.equal(await owner(), `${winners[0]}\n`);
  for (const outcome of outcomes) {
    if (outcome.ok) continue;
    assert.equal(outcome.code, "locked");
    assert(outcome.detail.includes(`locked by ${winners[0]} on ${hostname()}, for `));
    assert.match(outcome.detail, /if it is over, remove \/var\/lib\/vip-agent-provision\/lock/);
  }
  assert.equal(await runIn(root, `ls -A ${folder}`), "lock\n");
  assert.equal(
    await runIn(root, `stat -c '%a %U' ${folder} ${folder}/lock`),
    "700 root\n700 root\n",
  );
});

test("its age is that on the host's clock", async () => {
  assert.equal(await codeOf(chrootExecutor(root), "anna"), "done");
  await runIn(root, `echo $(($(date +%s) - 720)) >${folder}/lock/time`);
  const outcome = await chrootExecutor(root).lock("berta");
  assert(!outcome.ok);
  assert.match(outcome.detail, /locked by anna on .*, for 12 min;/);
});

test("the run that has it may take it again, and who gives it back gives only its own", async () => {
  const host = chrootExecutor(root);
  assert.equal(await codeOf(host, "anna's run"), "done");
  assert.equal(await codeOf(host, "anna's run"), "done");
  await runIn(root, `echo berta >${folder}/lock/owner`);
  await host.unlock();
  assert.equal(await owner(), "berta\n");
  assert.equal(await codeOf(host, "anna's run"), "locked");
  await runIn(root, `echo "anna's run" >${folder}/lock/owner`);
  assert.equal(await codeOf(host, "anna's run"), "done");
  await host.unlock();
  assert.equal(await runIn(root, `ls -A ${folder}`), "");
  assert.equal(await codeOf(chrootExecutor(root), "berta"), "done");
});

test("nothing is performed without it, and a look needs none and leaves no trace", async () => {
  const host = chrootExecutor(root);
  const access = { owner: "root", group: "root", mode: "0755" };
  const making = { kind: "make-directory", path: "/srv/unlocked", ...access } as const;
  const refused = await host.perform(making);
  assert(!refused.ok);
  assert.equal(refused.code, "locked");
  assert((await host.probe([{ about: "unit", name: "consul.service" }])).ok);
  assert((await host.ask(["true"])).ok);
  assert.equal(await runIn(root, `ls -d ${folder} /srv/unlocked 2>/dev/null || :`), "");
  assert.equal(await codeOf(host, "anna"), "done");
  assert((await host.perform(making)).ok);
  await host.unlock();
  const after = await host.perform(making);
  assert(!after.ok);
  assert.equal(after.code, "locked");
});

test("a lock whose owner was never written can be told", async () => {
  await runIn(root, `mkdir -p ${folder}/lock && touch ${folder}/lock/other`);
  const outcome = await chrootExecutor(root).lock("anna");
  assert(!outcome.ok);
  assert.match(outcome.detail, /locked by nobody knows whom.*for an unknown time/);
});

test("a lock that is there by name only, as a power cut may leave it, can be told", async () => {
  await runIn(root, `mkdir -p ${folder}/lock && : >${folder}/lock/owner`);
  for (const words of [": >time", "echo '1 2' >time", "echo x >time"]) {
    await runIn(root, `cd ${folder}/lock && ${words}`);
    const outcome = await chrootExecutor(root).lock("anna");
    assert(!outcome.ok);
    assert.match(outcome.detail, /locked by nobody knows whom.*for an unknown time/);
  }
});

test("what a power cut has left for an hour goes with the next run, and nothing else", async () => {
  const left = ["work.a1B2c3", "lock.a1B2c3", "unlock.a1B2c3"];
  const others = ["kept", "left-consul.json", "stamps", "work.young1"];
  await runIn(
    root,
    `mkdir -p ${folder} && cd ${folder} && mkdir ${[...left, ...others].join(" ")}`,
  );
  const old = "touch -d '61 minutes ago' * && touch work.young1";
  await runIn(root, `cd ${folder} && touch work.a1B2c3/wheels.tar && ${old}`);
  const host = chrootExecutor(root);
  assert.equal(await codeOf(host, "anna"), "done");
  await host.unlock();
  assert.deepEqual((await runIn(root, `ls -A ${folder}`)).trim().split("\n"), others);
});

/** As a run that is killed leaves it: nobody waits for it, and it goes on. */
async function leftStep(script: string, deadlineMs = 60_000) {
  const run = (await runIn(root, `cat ${runFile}`)).trim();
  const step = aloneStep({ script, args: ["one", "two words"], deadlineMs }, run);
  return chrootTransport(root).run({ ...step, deadlineMs });
}

const isThere = (path: string) => existsSync(`${root}${path}`);
const untilThere = (path: string) => waitUntil(path, () => isThere(path));

test("a step that a killed run has left holds up the next run until it is over", async () => {
  assert.equal(await codeOf(chrootExecutor(root), "anna"), "done");
  const left = leftStep("echo $# >/srv/begun; sleep 6; mv /srv/begun /srv/ended");
  await untilThere("/srv/begun");
  assert.equal(await runIn(root, "cat /srv/begun"), "2\n");
  const next = chrootExecutor(root);
  const outcome = await next.lock("anna");
  assert(!outcome.ok && outcome.code === "busy", "it did not wait");
  assert.match(outcome.detail, /^on db1 a step that an earlier run has begun is still going on$/);
  assert.equal(isThere("/srv/ended"), false);
  assert.equal(await codeOf(chrootExecutor(root), "berta"), "locked");
  while ((await codeOf(next, "anna")) === "busy") assert.equal(isThere("/srv/ended"), false);
  assert.equal(isThere("/srv/ended"), true);
  assert((await left).ok);
  assert.equal(await runIn(root, `ls -A ${folder}`), "lock\n");
});

test("no step of an earlier run begins once another run has the host", async () => {
  const host = chrootExecutor(root);
  assert.equal(await codeOf(host, "anna"), "done");
  const access = { owner: "root", group: "root", mode: "0755" };
  const making = { kind: "make-directory", path: "/srv/late", ...access } as const;
  const takeovers = [
    async () => assert.equal(await codeOf(chrootExecutor(root), "anna"), "done"),
    async () => void (await runIn(root, `rm -r ${folder}/lock`)),
  ];
  for (const takeover of takeovers) {
    await takeover();
    const late = await host.perform(making);
    assert(!late.ok);
    assert.match(late.detail, /not begun: this run has lost its lock there/);
    assert.equal(isThere("/srv/late"), false);
    assert.equal(await codeOf(host, "anna"), "done");
  }
  assert((await host.perform(making)).ok);
  assert.equal(isThere("/srv/late"), true);
});

test("what a step leaves running behind it holds nobody up", async () => {
  assert.equal(await codeOf(chrootExecutor(root), "anna"), "done");
  const left = await leftStep("setsid sleep 20 >/dev/null 2>&1 </dev/null & echo begun");
  assert(left.ok && left.value.stdout === "begun");
  assert.equal(await codeOf(chrootExecutor(root), "anna"), "done");
});

test("a step that is ended at its deadline keeps the host until it has cleared up", async () => {
  assert.equal(await codeOf(chrootExecutor(root), "anna"), "done");
  const clearing =
    "trap 'touch /srv/told; sleep 2; touch /srv/clear; exit 1' TERM; sleep 60 & wait";
  const left = leftStep(clearing, 1_000);
  await untilThere("/srv/told");
  assert.equal(isThere("/srv/clear"), false);
  assert.equal(await codeOf(chrootExecutor(root), "anna"), "done");
  assert.equal(isThere("/srv/clear"), true);
  const outcome = await left;
  assert(!outcome.ok && outcome.code === "timeout");
});
