/**
 * The daemon's ear on real directories: what it hears, how soon, and what cannot harm it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { waitUntil } from "../../lab/clock.ts";
import {
  createPlace,
  leave,
  Listener,
  minuteMs,
  runClient,
  scope,
  stop,
  untilGone,
  untilLookedAround,
  wideMs,
} from "./support.ts";

const name = "on_stop.primary.test";

describe("a word", () => {
  test("is heard with its three parts, and taken away", async () => {
    const directory = createPlace();
    const listener = new Listener(directory);
    listener.ear.start();
    await untilLookedAround(directory);
    leave(directory, "on_role_change.standby_leader.test");
    await listener.until(1);
    const event = { action: "on_role_change", role: "standby_leader", scope };
    assert.deepEqual(listener.heard[0]?.event, event);
    assert.deepEqual(readdirSync(directory), []);
  });

  test("is heard long before the next look around, with the time at which it was left", async (context) => {
    const directory = createPlace();
    const listener = new Listener(directory);
    listener.ear.start();
    await untilLookedAround(directory);
    const latenciesMs: number[] = [];
    for (let round = 1; round <= 25; round += 1) {
      const beforeMs = listener.clock.nowMs();
      leave(directory, name);
      const afterMs = listener.clock.nowMs();
      await listener.until(round);
      latenciesMs.push(listener.clock.nowMs() - beforeMs);
      const { atMs } = listener.heard.at(-1) ?? { atMs: Number.NaN };
      // The kernel's stamps may lag by a tick, the wall clock has whole milliseconds.
      assert.ok(atMs > beforeMs - 20 && atMs < afterMs + 20, `${atMs - beforeMs} ms off`);
    }
    const [medianMs = Number.NaN] = latenciesMs.toSorted((a, b) => a - b).slice(12);
    context.diagnostic(
      `heard after ${medianMs.toFixed(1)} ms, at most ${Math.max(...latenciesMs).toFixed(1)} ms`,
    );
    assert.ok(medianMs < 250, "inotify does not work");
  });

  test("is heard from the client that Patroni runs, again when it is left again", async () => {
    const directory = createPlace();
    const listener = new Listener(directory);
    listener.ear.start();
    const words = [`--directory=${directory}`, stop.action, stop.role, stop.scope];
    for (let round = 1; round <= 3; round += 1) {
      runClient({ name: "sh", argv: ["sh"] }, words);
      await listener.until(round);
    }
    assert.deepEqual(listener.troubles, []);
  });

  test("that was left twice before anybody listened is heard once, with its last time", async () => {
    const directory = createPlace();
    leave(directory, name, 8_000);
    const secondAtMs = Date.now() - 3_000;
    leave(directory, name, 3_000);
    const listener = new Listener(directory);
    listener.ear.start();
    await listener.until(1);
    await untilLookedAround(directory);
    const ageMs = listener.clock.nowMs() - (listener.heard[0]?.atMs ?? Number.NaN);
    assert.equal(listener.heard.length, 1);
    assert.ok(Math.abs(Date.now() - secondAtMs - ageMs) < 50);
  });

  test("that was left before the start is heard, in the order of time", async () => {
    const directory = createPlace();
    const agesMs = [2_000, 7_000, 4_000, 5_000, 1_000, 6_000, 3_000];
    for (const ageMs of agesMs) leave(directory, `on_stop.r${ageMs}.test`, ageMs);
    const listener = new Listener(directory);
    listener.ear.start();
    await listener.until(agesMs.length);
    const expected = agesMs.toSorted((one, other) => other - one).map((ageMs) => `r${ageMs}`);
    assert.deepEqual(
      listener.heard.map(({ event }) => event.role),
      expected,
    );
  });

  test("that is moved there from elsewhere is heard", async () => {
    const directory = createPlace();
    const listener = new Listener(directory);
    const path = join(directory, name);
    // It is no file at first, so it stays.
    mkdirSync(path);
    listener.ear.start();
    await untilLookedAround(directory);
    const outside = join(dirname(directory), "outside");
    writeFileSync(outside, "");
    rmSync(path, { recursive: true });
    renameSync(outside, path);
    await listener.until(1);
  });

  test("with the time of a clock that has been set since is heard as one of now", async () => {
    const directory = createPlace();
    leave(directory, name, -5_000);
    const listener = new Listener(directory);
    const fromMs = listener.clock.nowMs();
    listener.ear.start();
    await listener.until(1);
    const { atMs } = listener.heard[0] ?? { atMs: Number.NaN };
    assert.ok(atMs >= fromMs && atMs <= listener.clock.nowMs());
  });

  for (const [when, ageMs] of [
    ["old", 11_000],
    ["of a far future", -11_000],
  ] as const) {
    test(`that is ${when} is taken away, not told, and mentioned once`, async () => {
      const directory = createPlace();
      leave(directory, name, ageMs);
      leave(directory, "on_start.replica.test", ageMs);
      const listener = new Listener(directory);
      listener.ear.start();
      await waitUntil("all is gone", () => readdirSync(directory).length === 0);
      await listener.untilTrouble(1);
      leave(directory, "on_reload.replica.test");
      await listener.until(1);
      assert.deepEqual(listener.actions, ["on_reload"]);
      assert.equal(listener.troubles.length, 1);
    });
  }

  test("for another cluster is left to its own agent, and goes after a minute", async () => {
    const directory = createPlace();
    leave(directory, "on_stop.primary.other", 55_000);
    leave(directory, "on_stop.primary.abandoned", minuteMs);
    leave(directory, "on_stop.primary.test.x");
    const listener = new Listener(directory);
    listener.ear.start();
    leave(directory, "on_start.primary.other");
    await untilGone(join(directory, "on_stop.primary.abandoned"));
    await untilLookedAround(directory);
    const others = ["on_start.primary.other", "on_stop.primary.other", "on_stop.primary.test.x"];
    assert.deepEqual(readdirSync(directory).toSorted(), others);
    assert.deepEqual(listener.heard, []);
  });

  test("for whichever cluster is heard by one who listens for all", async () => {
    const directory = createPlace();
    const listener = new Listener(directory, { scopes: undefined });
    listener.ear.start();
    leave(directory, Buffer.from("on_stop.primary.no text \xff", "latin1"));
    leave(directory, "on_stop.primary.tägliche 日本\n");
    await listener.until(1);
    await untilLookedAround(directory);
    assert.deepEqual(
      listener.heard.map(({ event }) => event.scope),
      ["tägliche 日本\n"],
    );
  });

  test("is told by one of two who listen for it", async () => {
    const directory = createPlace();
    const listeners = [new Listener(directory), new Listener(directory)];
    for (const { ear } of listeners) ear.start();
    const total = () => listeners.reduce((sum, { heard }) => sum + heard.length, 0);
    for (let round = 1; round <= 20; round += 1) {
      leave(directory, name);
      await waitUntil("it is told", () => total() >= round, { timeoutMs: wideMs, everyMs: 1 });
    }
    await untilLookedAround(directory);
    assert.equal(total(), 20);
    assert.deepEqual(
      listeners.flatMap(({ troubles }) => troubles),
      [],
    );
  });

  test("stays for the successor of an ear that is closed", async () => {
    const directory = createPlace();
    const before = new Listener(directory);
    before.ear.start();
    await untilLookedAround(directory);
    before.ear.close();
    leave(directory, name);
    const after = new Listener(directory);
    after.ear.start();
    await after.until(1);
    assert.deepEqual(before.heard, []);
  });
});

describe("what is no word", () => {
  const odd: Readonly<Record<string, (path: string, age: number) => void>> = {
    "a pipe": (path, atS) => {
      spawnSync("mkfifo", [path]);
      utimesSync(path, atS, atS);
    },
    "a link to a word": (path, atS) => {
      leave(dirname(dirname(path)), "target");
      symlinkSync("../target", path);
      lutimesSync(path, atS, atS);
    },
    "a link to nowhere": (path, atS) => {
      symlinkSync("nowhere", path);
      lutimesSync(path, atS, atS);
    },
    "a directory": (path, atS) => {
      mkdirSync(path);
      utimesSync(path, atS, atS);
    },
  };
  for (const [what, make] of Object.entries(odd)) {
    test(`${what} of that name is not heard, and goes after a minute`, async () => {
      const [directory, later] = [createPlace(), createPlace()];
      make(join(directory, name), Date.now() / 1_000);
      make(join(later, name), (Date.now() - minuteMs) / 1_000);
      const listeners = [new Listener(directory), new Listener(later)];
      for (const { ear } of listeners) ear.start();
      await untilGone(join(later, name));
      await untilLookedAround(directory);
      lstatSync(join(directory, name));
      assert.deepEqual(
        listeners.flatMap(({ heard }) => heard),
        [],
      );
      const target = join(dirname(later), "target");
      if (what === "a link to a word") assert.equal(readFileSync(target, "utf8"), "");
    });
  }

  test("a directory with content stays, is mentioned once, and disturbs nobody", async () => {
    const directory = createPlace();
    mkdirSync(join(directory, name, "inner"), { recursive: true });
    utimesSync(join(directory, name), 1, 1);
    const listener = new Listener(directory);
    listener.ear.start();
    await listener.untilTrouble(1);
    await untilLookedAround(directory);
    leave(directory, "on_start.primary.test");
    await listener.until(1);
    assert.equal(listener.troubles.length, 1);
    assert.ok(existsSync(join(directory, name, "inner")));
  });

  const garbage: readonly (string | Buffer)[] = [
    "x",
    ".",
    "on_stop",
    "on_stop.primary",
    "on stop.primary.test",
    "on_stop.primary.TEST",
    "on_stop.primary.test ",
    "on_stop.primary.test\n",
    "\n.\n.test",
    "ön_stop.primary.test",
    "x".repeat(255),
    Buffer.from("on_stop.primary.test\xff", "latin1"),
    Buffer.from("on_stop.primary\xff.test", "latin1"),
  ].filter((one) => one !== ".");
  test("garbage is neither heard nor kept for long", async () => {
    const [young, old] = [createPlace(), createPlace()];
    for (const one of garbage) leave(young, one);
    for (const one of garbage) leave(old, one, minuteMs);
    const listeners = [new Listener(young), new Listener(old)];
    for (const { ear } of listeners) ear.start();
    await waitUntil("the old is gone", () => readdirSync(old).length === 0, { timeoutMs: wideMs });
    await untilLookedAround(young);
    assert.equal(readdirSync(young).length, garbage.length);
    assert.deepEqual(
      listeners.flatMap(({ heard, troubles }) => [...heard, ...troubles]),
      [],
    );
  });
});
