/**
 * Locks of all hosts: a step that an earlier run has left is waited for, anything else is told at once.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { lockAll } from "../../../src/cli/provision/locks.ts";
import { done, failed } from "../../../src/outcome.ts";
import { longestStepMs } from "../../../src/provision/executor/alone.ts";
import type { Executor } from "../../../src/provision/executor/executor.ts";
import type { RunEvent } from "../../../src/provision/phases/events.ts";
import { bareExecutor } from "../../provision/executor/support/bare-executor.ts";
import { obstaclesIn } from "../../provision/fake/apply-resources.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const busy = failed("busy", "a step goes on");
const foreign = failed("locked", "locked by berta");

type Lock = Awaited<ReturnType<Executor["lock"]>>;

function hostThatSays(host: string, answers: () => Lock): Executor {
  return { ...bareExecutor({}), host, lock: async () => answers() };
}

function busyFor(times: number, then: Lock): () => Lock {
  let left = times;
  return () => (left-- > 0 ? busy : then);
}

function aWaiting() {
  const events: RunEvent[] = [];
  const clock = new FakeClock();
  const ending = new AbortController();
  const waiting = { clock, signal: ending.signal, tell: (event: RunEvent) => events.push(event) };
  return { events, clock, ending, waiting };
}

test("hosts where a step still goes on are waited for, each told once", async () => {
  const { events, waiting } = aWaiting();
  const hosts = [
    hostThatSays("db1", busyFor(3, done(undefined))),
    hostThatSays("db2", busyFor(0, done(undefined))),
    hostThatSays("db3", busyFor(1, done(undefined))),
  ];
  assert.deepEqual(await lockAll(hosts, "anna", waiting), []);
  const told = obstaclesIn(events).map(({ severity, host, code }) => `${severity} ${host} ${code}`);
  assert.deepEqual(told, ["warning db1 busy", "warning db3 busy"]);
  assert.match(obstaclesIn(events)[0]?.remedy ?? "", /begins when it is over, within 30 minutes/);
});

test("somebody else's lock is told at once, and after a wait too", async () => {
  const { events, waiting } = aWaiting();
  const hosts = [
    hostThatSays("db1", () => foreign),
    hostThatSays("db2", busyFor(1, foreign)),
    hostThatSays("db3", busyFor(0, done(undefined))),
  ];
  const refusals = await lockAll(hosts, "anna", waiting);
  const locked = { severity: "error", code: "locked", finding: "locked by berta" };
  assert.deepEqual(refusals, [
    { ...locked, host: "db1" },
    { ...locked, host: "db2" },
  ]);
  assert.equal(events.length, 1);
});

test("nobody waits longer than a step can take, nor behind a Ctrl-C", async () => {
  for (const end of ["time", "signal"] as const) {
    const { clock, ending, waiting } = aWaiting();
    let asked = 0;
    const host = hostThatSays("db1", () => {
      asked += 1;
      if (asked === 2 && end === "time") clock.freeze(longestStepMs);
      if (asked === 2 && end === "signal") ending.abort();
      return busy;
    });
    const refusals = await lockAll([host], "anna", waiting);
    assert.equal(asked, 2, end);
    const remedy = "run again when it is over: it ends by itself";
    const refusal = { severity: "error", host: "db1", code: "busy", finding: busy.detail, remedy };
    assert.deepEqual(refusals, [refusal]);
  }
});
