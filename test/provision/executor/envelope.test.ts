/**
 * What is put around a script: that it changes nothing in its words and its answer, and that every
 * way to fail is told apart.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { enveloped, unenveloped } from "../../../src/provision/executor/envelope.ts";
import { commandLine } from "../../../src/provision/executor/shell.ts";
import type { Step } from "../../../src/provision/executor/step.ts";

/** Through a shell, as sshd does it. */
function runStep(step: Omit<Step, "deadlineMs">, { deadlineMs = 10_000, input = "" } = {}) {
  const whole = { ...step, deadlineMs };
  const line = `echo noise >&2; echo noise; ${commandLine(enveloped(whole, "never"))}`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    encoding: "utf8",
    input,
  });
  return unenveloped({ exitCode: status ?? undefined, stdout, stderr }, deadlineMs);
}

const needsRoot = process.getuid?.() === 0 ? {} : { skip: "the envelope asks for root" };

test("arguments, stdin, both outputs and the exit code come through", needsRoot, () => {
  const script = 'printf "%s|" "$@"; cat; echo "said" >&2; exit 3';
  const args = ["a b", "", "it's", "$x\n"];
  const result = runStep({ script, args }, { input: "from stdin\n\n" });
  assert.deepEqual(result, {
    kind: "answered",
    answer: {
      ok: true,
      value: { exitCode: 3, stdout: "a b||it's|$x\n|from stdin\n", stderr: "said\n" },
    },
  });
});

test("a script that takes too long is ended, with its children", needsRoot, () => {
  const result = runStep({ script: "sleep 30 & sleep 30; echo late", args: [] }, { deadlineMs: 1 });
  assert(result.kind === "answered" && !result.answer.ok);
  assert.equal(result.answer.code, "timeout");
});

test("what is said before the beginning is nobody's answer", () => {
  const stderr =
    "Welcome!\nvip-agent-provision: begins\nwords\n\nvip-agent-provision: ended with 0\n";
  const stdout = "Welcome!\nvip-agent-provision: begins\nx\n";
  const result = unenveloped({ exitCode: 0, stdout, stderr }, 1);
  assert(result.kind === "answered" && result.answer.ok);
  assert.deepEqual(result.answer.value, { exitCode: 0, stdout: "x", stderr: "words\n" });
});

test("a beginning without an end is a connection that was cut", () => {
  const stderr = "vip-agent-provision: begins\nhalf of the wor";
  assert.deepEqual(unenveloped({ exitCode: 255, stdout: "", stderr }, 1), {
    kind: "cut",
    words: "half of the wor",
  });
});

test("without a beginning nothing has happened, whatever the exit code", () => {
  for (const exitCode of [0, 1, 255, undefined]) {
    const result = unenveloped({ exitCode, stdout: "", stderr: "sudo: no\n" }, 1);
    assert.deepEqual(result, { kind: "not-begun", words: "sudo: no" });
  }
});
