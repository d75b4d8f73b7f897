/**
 * A helper that answers, hangs, dies or is not there: real processes, small shell scripts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Resident } from "../../src/vip/resident.ts";

const echo = 'while read -r line; do echo "$line"; done';
const hangOnSlow = 'while read -r line; do [ "$line" = slow ] && kill -STOP $$; echo "$line"; done';
const dieOnQuit = 'while read -r line; do [ "$line" = quit ] && exit 3; echo "$line"; done';

function shell(script: string): Resident {
  return new Resident({ name: "helper", path: "/bin/sh", args: ["-c", script] });
}

async function ask(resident: Resident, word: string, deadlineMs = 2_000) {
  const isComplete = ({ stdout }: { stdout: string }) => stdout.endsWith("\n");
  return resident.ask({ text: `${word}\n`, isComplete, deadlineMs });
}

test("questions are answered one after the other by one process", async (t) => {
  const resident = shell('echo "$$" >&2; while read -r line; do echo "$$ $line"; done');
  t.after(() => resident.close());
  const answers = await Promise.all(["a", "b", "c"].map((word) => ask(resident, word)));
  const lines = answers.map((answer) => (answer.ok ? answer.value.stdout.trim() : answer.code));
  assert.deepEqual(
    lines.map((line) => line.split(" ")[1]),
    ["a", "b", "c"],
  );
  assert.equal(new Set(lines.map((line) => line.split(" ")[0])).size, 1);
});

test("a helper that hangs is killed at the deadline, and the next question gets a new one", async (t) => {
  const resident = shell(hangOnSlow);
  t.after(() => resident.close());
  const slow = await ask(resident, "slow", 100);
  assert(!slow.ok);
  assert.equal(slow.code, "timeout");
  const next = await ask(resident, "next");
  assert(next.ok);
  assert.equal(next.value.stdout, "next\n");
});

test("a helper that was killed between two questions costs no answer", async (t) => {
  const resident = shell('while read -r line; do echo "$$"; done');
  t.after(() => resident.close());
  const first = await ask(resident, "a");
  assert(first.ok);
  process.kill(Number(first.value.stdout), "SIGKILL");
  const second = await ask(resident, "b");
  assert(second.ok);
  assert.notEqual(second.value.stdout, first.value.stdout);
});

test("a helper that is to be replaced answers what was asked before, and nothing after", async (t) => {
  const resident = shell('while read -r line; do echo "$$"; done');
  t.after(() => resident.close());
  const before = ask(resident, "a");
  resident.replace();
  const [first, second] = await Promise.all([before, ask(resident, "b")]);
  assert(first.ok && second.ok);
  assert.notEqual(second.value.stdout, first.value.stdout);
});

test("a helper that dies is reported, and the next question gets a new one", async (t) => {
  const resident = shell(dieOnQuit);
  t.after(() => resident.close());
  const quit = await ask(resident, "quit");
  assert(!quit.ok);
  assert.equal(quit.code, "died");
  assert((await ask(resident, "next")).ok);
});

test("a program that is not there is missing, each time", async (t) => {
  const resident = new Resident({ name: "helper", path: "/nonexistent/helper", args: [] });
  t.after(() => resident.close());
  for (const word of ["a", "b"]) {
    const answer = await ask(resident, word);
    assert(!answer.ok);
    assert.equal(answer.code, "missing");
  }
});

test("more questions than a queue holds are refused at once", async (t) => {
  const resident = shell(hangOnSlow);
  t.after(() => resident.close());
  const answers = Array.from({ length: 132 }, () => ask(resident, "slow", 1));
  const codes = (await Promise.all(answers)).map((answer) => (answer.ok ? "ok" : answer.code));
  assert.equal(codes.filter((code) => code === "busy").length, 4);
});

test("a closed helper answers nothing any more", async () => {
  const resident = shell(echo);
  assert((await ask(resident, "a")).ok);
  resident.close();
  const answer = await ask(resident, "b");
  assert(!answer.ok);
  assert.equal(answer.code, "closed");
});
