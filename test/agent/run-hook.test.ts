/**
 * Real commands of every bad kind, run as hooks: each comes to its end, and says how.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type HookEnd, createRunHook } from "../../src/agent/hooks/run-hook.ts";
import { systemClock } from "../../src/clock.ts";
import { makeFolder } from "../support/folder.ts";

const folder = makeFolder();

const runHook = createRunHook(systemClock());

/** Long enough for what ends by itself on a busy machine. */
const ampleMs = 30_000;

type Ended = HookEnd & { readonly tookMs: number };

async function run(script: string, deadlineMs = ampleMs, signal?: AbortSignal): Promise<Ended> {
  const startedAtMs = performance.now();
  const end = await runHook({
    argv: ["/bin/sh", "-c", script, "hook", folder],
    env: { PATH: "/usr/bin:/bin", MARK: "told" },
    deadlineMs,
    signal: signal ?? new AbortController().signal,
  });
  return { ...end, tookMs: performance.now() - startedAtMs };
}

/** Whether the process that has left its number in a file still runs. */
async function isAlive(file: string): Promise<boolean> {
  const pid = Number(readFileSync(join(folder, file), "utf8"));
  assert.ok(pid > 1);
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const stat = statOf(pid);
    if (stat === undefined || / [ZX] /.test(stat)) return false;
    await pause(10);
  }
  return true;
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
}

function endNow(file: string): void {
  process.kill(Number(readFileSync(join(folder, file), "utf8")), "SIGKILL");
}

describe("a command is run to its end", () => {
  test("that ends well", async () => {
    const { result, exitCode, lastLine } = await run("echo all is well >&2");
    assert.deepEqual([result, exitCode, lastLine], ["done", 0, "all is well"]);
  });

  test("that fails: its exit code and its last words are known", async () => {
    const { result, detail, exitCode, lastLine } = await run(
      "echo a >&2; echo b >&2; echo >&2; exit 3",
    );
    assert.deepEqual([result, exitCode, lastLine], ["failed", 3, "b"]);
    assert.equal(detail, "exited with 3");
  });

  test("that somebody kills", async () => {
    const { result, detail, exitCode } = await run("kill -KILL $$");
    assert.deepEqual([result, exitCode], ["failed", undefined]);
    assert.equal(detail, "was ended by SIGKILL");
  });

  for (const program of ["/nowhere/at-all", folder, join(folder, "plain")]) {
    test(`that cannot be started: ${program.slice(folder.length) || "a directory"}`, async () => {
      writeFileSync(join(folder, "plain"), "no program");
      const signal = new AbortController().signal;
      const end = await runHook({ argv: [program], env: {}, deadlineMs: ampleMs, signal });
      assert.equal(end.result, "failed");
      assert.match(end.detail, /^could not be started: .*(ENOENT|EACCES)/);
    });
  }

  test("with its own environment and nothing else, in the root directory", async () => {
    const { lastLine } = await run('tr "\\0" " " <"/proc/$$/environ" >&2; pwd >&2');
    assert.equal(lastLine, "PATH=/usr/bin:/bin MARK=told /");
  });

  test("without the agent's protection from the end of memory", async (t) => {
    writeFileSync("/proc/self/oom_score_adj", "300");
    t.after(() => writeFileSync("/proc/self/oom_score_adj", "0"));
    // It is told a moment after its start.
    const { lastLine } = await run("sleep 0.5; cat /proc/self/oom_score_adj >&2");
    assert.equal(lastLine, "0");
  });
});

describe("what a command writes", () => {
  test("is read without end and kept to its end", async () => {
    const { result, lastLine } = await run("head -c 10000000 /dev/zero >&2; echo; echo over >&2");
    assert.deepEqual([result, lastLine], ["done", "over"]);
  });

  test("to stdout is nobody's", async () => {
    const { result, lastLine } = await run("head -c 10000000 /dev/zero; echo over");
    assert.deepEqual([result, lastLine], ["done", ""]);
  });

  test("cannot forge a line or move the cursor, and is cut", async () => {
    const { lastLine } = await run("printf 'a\\033[31mb\\007c\\302\\233d\\n\\r\\n' >&2");
    assert.equal(lastLine, "abcd");
    const long = await run(`printf '%01000d' 0 >&2`);
    assert.equal(long.lastLine, `${"0".repeat(200)}…`);
  });

  test("costs the loop little, however fast it comes", async () => {
    const before = process.cpuUsage();
    const { result, tookMs } = await run("yes >&2", 1_000);
    const { user, system } = process.cpuUsage(before);
    assert.equal(result, "timeout");
    const share = (user + system) / 1_000 / tookMs;
    // A twentieth; read as fast as it comes it would be most of it.
    assert.ok(share < 0.4, `${share} of the time`);
  });
});

describe("a deadline", () => {
  test("ends a command that obeys", async () => {
    const { result, detail, tookMs } = await run("exec sleep 60", 200);
    assert.equal(result, "timeout");
    assert.match(detail, /took more than 200 ms and was ended$/);
    assert.ok(tookMs >= 200 && tookMs < 10_000, String(tookMs));
  });

  test("lets it clean up", async () => {
    const { result, lastLine } = await run(
      "trap 'echo cleaned >&2; exit 1' TERM; sleep 60 & wait",
      200,
    );
    assert.deepEqual([result, lastLine], ["timeout", "cleaned"]);
  });

  test("ends one that does not obey, and its children", async () => {
    const script =
      'trap "" TERM; sleep 60 & echo $! >"$1/deaf"; for i in $(seq 60); do sleep 1; done';
    const { result, tookMs } = await run(script, 200);
    assert.equal(result, "timeout");
    assert.ok(tookMs < 20_000, String(tookMs));
    assert.equal(await isAlive("deaf"), false);
  });

  test("ends the children of one that obeys", async () => {
    const script = '(trap "" TERM; sleep 60) & echo $! >"$1/orphan"; wait';
    assert.equal((await run(script, 200)).result, "timeout");
    assert.equal(await isAlive("orphan"), false);
  });
});

test("A child that lives on, with its pipes open, is left alone and not waited for.", async () => {
  const { result, tookMs } = await run('sleep 60 & echo $! >"$1/living"');
  assert.equal(result, "done");
  assert.ok(tookMs < 10_000, String(tookMs));
  assert.equal(await isAlive("living"), true);
  endNow("living");
});

test("The script that docs/hooks.md shows says where the VIP is.", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/hooks.md"), "utf8");
  const [, script = ""] = /```sh\n([^]*?)```/.exec(page) ?? [];
  const path = join(folder, "vip-moved");
  writeFileSync(path, script, { mode: 0o755 });
  writeFileSync(join(folder, "curl"), '#!/bin/sh\necho "$*" >&2\n', { mode: 0o755 });
  const told = { VIPAGENT_VIP: "192.168.1.140", VIPAGENT_REASON: "leader" };
  const env = { PATH: `${folder}:/usr/bin:/bin`, ...told };
  const signal = new AbortController().signal;
  const end = await runHook({ argv: [path, "here"], env, deadlineMs: ampleMs, signal });
  assert.equal(end.result, "done");
  assert.match(end.lastLine, /--data 192\.168\.1\.140 is here on \S+: leader https:/);
  assert.ok(page.includes("on-acquire: [/usr/local/bin/vip-moved, here]"));
});

test("One that is aborted before it starts is ended, too.", async () => {
  const { result, tookMs } = await run("exec sleep 60", ampleMs, AbortSignal.abort());
  assert.equal(result, "failed");
  assert.ok(tookMs < 10_000, String(tookMs));
});

test("An abort ends it at once.", async () => {
  const abort = new AbortController();
  const ended = run('echo $$ >"$1/cut"; exec sleep 60', ampleMs, abort.signal);
  await pause(300);
  abort.abort();
  const { result, detail, tookMs } = await ended;
  assert.equal(result, "failed");
  assert.equal(detail, "was ended, since the agent ends");
  assert.ok(tookMs < 10_000, String(tookMs));
  assert.equal(await isAlive("cut"), false);
});
