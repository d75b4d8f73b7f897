/**
 * `vip-agent status --watch`: one picture drawn over and over, or a line for each change.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { Status } from "../../src/agent/reports/status.ts";
import type { Told } from "../../src/cli/status/agents.ts";
import { readStatus } from "../../src/cli/status/reading.ts";
import { watch } from "../../src/cli/status/watch.ts";
import { done, failed } from "../../src/outcome.ts";
import { aStatus, aVipStatus } from "../agent/reports/a-status.ts";
import { type FakeScreen, type ScreenOptions, fakeScreen } from "./status-fakes.ts";

const path = "/run/vip-agent/status/vip-agent.sock";

function told(said: Status | "silent"): readonly Told[] {
  if (said === "silent")
    return [{ path, outcome: failed("deserted", `nobody listens at ${path}`) }];
  const read = readStatus(JSON.stringify(said));
  assert.ok(read.ok);
  return [{ path, outcome: done(read.value) }];
}

type WatchedOptions = ScreenOptions & { readonly isJson?: boolean; readonly pauseMs?: number };

/** Looks as often as there is something to see, and is then closed. */
async function watchAll(
  said: readonly (Status | "silent")[],
  { isJson = false, pauseMs = 1, ...options }: WatchedOptions = {},
): Promise<FakeScreen> {
  const screen = fakeScreen(options);
  const left = [...said];
  const look = async () => {
    const next = left.shift() ?? "silent";
    if (left.length === 0) screen.close();
    return told(next);
  };
  await watch({ look, isJson, screen, pauseMs });
  return screen;
}

const terminal = { isTTY: true, columns: 80, rows: 12 };
const other = aStatus([aVipStatus({ state: "standby", verdict: "yield", reason: "other-leader" })]);

test("on a terminal each look draws the picture anew, in place", async () => {
  const { written } = await watchAll([aStatus(), aStatus(), other], { terminal });
  assert.deepEqual(
    written.map((picture) => picture.startsWith("\u001B[2J\u001B[H")),
    [true, false, false],
  );
  assert.ok(written.every((picture) => picture.includes("\u001B[H")));
  assert.ok(written.every((picture) => picture.endsWith("\u001B[J")));
  assert.match(written[2] ?? "", /NOT HERE/u);
  const lines = written.join("\n").split("\n");
  const uncleared = lines.filter((line) => !/^(.\[2J)?(.\[H)?.\[K(?!.*\[K)/u.test(line));
  assert.deepEqual(uncleared, []);
});

test("a picture is no higher than the terminal, and its last line says how to end it", async () => {
  const { written } = await watchAll([aStatus([aVipStatus(), aVipStatus()])], { terminal });
  const lines = stripVTControlCharacters(written[0] ?? "").split("\n");
  assert.equal(lines.length, terminal.rows - 1);
  assert.match(lines.at(-1) ?? "", /^asked at .*; Ctrl-C ends$/u);
});

test("an agent that is silent is shown with since when, until it answers", async () => {
  const { written } = await watchAll([aStatus(), "silent", aStatus()], { terminal });
  const [before = "", silent = "", after = ""] = written.map(stripVTControlCharacters);
  assert.match(silent, /NO ANSWER since .*: nobody listens at\s.*is the service running\?/su);
  for (const picture of [before, after]) assert.doesNotMatch(picture, /NO ANSWER/u);
});

test("the time of silence is counted from its beginning, each time", async () => {
  const said = ["silent", "silent", aStatus(), "silent"] as const;
  const { written } = await watchAll(said, { terminal, pauseMs: 150 });
  const lasted = written.map((picture) => /NO ANSWER since \S+ \((.*?)\)/u.exec(picture)?.[1]);
  assert.deepEqual([lasted[0], lasted[2], lasted[3]], ["0.0 s", undefined, "0.0 s"]);
  assert.match(lasted[1] ?? "", /^0\.[1-9] s$|^[1-9]/u);
});

test("a terminal that takes nothing is not written to", async () => {
  const { written } = await watchAll([aStatus(), aStatus()], { terminal, isStuck: () => true });
  assert.deepEqual(written, []);
});

test("elsewhere there is a line when something has changed, and none otherwise", async () => {
  const later = { ...aStatus(), at: "2026-11-21T03:00:01.000Z" };
  const { written } = await watchAll([aStatus(), later, other, "silent", "silent", other]);
  assert.deepEqual(written.slice(0, 2), [
    "2026-11-21T03:00:00.000Z 192.168.1.140/32 holding (hold, leader); key: test-db1\n",
    "2026-11-21T03:00:00.000Z 192.168.1.140/32 standby (yield, other-leader); key: test-db1\n",
  ]);
  assert.match(written[2] ?? "", /^\d{4}-.*Z nobody listens at/u);
  assert.equal(written[3], written[1]);
  assert.equal(written.length, 4);
});

test("of several VIPs only the one that has changed is told, with what wants attention", async () => {
  const first = aVipStatus({ vip: "10.0.0.1/32" });
  const odd = aVipStatus({ attention: ["odd"] });
  const { written } = await watchAll([aStatus([first, aVipStatus()]), aStatus([first, odd])]);
  assert.equal(written.length, 2);
  assert.match(written[1] ?? "", /^\S+ 192\.168\.1\.140\/32 holding .*; ATTENTION odd\n$/u);
});

test("with --json that line is the whole status, on a terminal too", async () => {
  for (const options of [{}, { terminal }]) {
    const screen = await watchAll([aStatus(), aStatus(), "silent", other], {
      isJson: true,
      ...options,
    });
    assert.deepEqual(
      screen.written.map((line) => JSON.parse(line)),
      [aStatus(), other],
    );
    assert.match(screen.complaints.join(""), /nobody listens/u);
  }
});
