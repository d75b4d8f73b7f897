/**
 * The ear's directory: flooded, taken away, made anew, open to everybody.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, test } from "node:test";
import { setTimeout as delayMs } from "node:timers/promises";
import { waitUntil } from "../../lab/clock.ts";
import { createPlace, leave, Listener, minuteMs, untilLookedAround } from "./support.ts";

const name = "on_stop.primary.test";

describe("a flood", () => {
  const size = 20_000;

  function leaveUntilHeard({ heard }: Listener, directory: string): boolean {
    if (heard.length === 0) leave(directory, name);
    return heard.length > 0;
  }

  for (const [what, ageMs] of [
    ["of young files", 0],
    ["of litter", minuteMs],
  ] as const) {
    test(`${what} holds up neither the process nor a word`, async (context) => {
      const directory = createPlace();
      for (let index = 0; index < size; index += 1) leave(directory, `flood-${index}`, ageMs);
      const delay = monitorEventLoopDelay({ resolution: 5 });
      const listener = new Listener(directory);
      delay.enable();
      const cpu = process.cpuUsage();
      const startedAtMs = listener.clock.nowMs();
      listener.ear.start();
      // The first are made before the directory is watched, and nobody reads that far.
      await waitUntil("it is watched", () => leaveUntilHeard(listener, directory), {
        everyMs: 100,
      });
      const latenciesMs: number[] = [];
      for (let round = 2; round <= 30; round += 1) {
        const fromMs = performance.now();
        leave(directory, name);
        await listener.until(round);
        latenciesMs.push(performance.now() - fromMs);
        await delayMs(100);
      }
      delay.disable();
      const { user, system } = process.cpuUsage(cpu);
      const left = readdirSync(directory).length;
      const [medianMs = Number.NaN] = latenciesMs.toSorted((a, b) => a - b).slice(14);
      context.diagnostic(
        `heard after ${medianMs.toFixed(1)} ms, at most ${Math.max(...latenciesMs).toFixed(1)} ms; ` +
          `loop held up for ${(delay.max / 1e6).toFixed(1)} ms; ` +
          `${((user + system) / 3e4).toFixed(0)} % of a core; ${size - left} removed in 3 s`,
      );
      assert.ok(delay.max / 1e6 < 500);
      assert.ok(medianMs < 250);
      if (ageMs === 0) assert.equal(left, size);
      // Something every second, not everything at once.
      else {
        const looks = (listener.clock.nowMs() - startedAtMs) / 1_000 + 1;
        assert.ok(left < size && left >= size - 500 * looks, `${left} left after ${looks} looks`);
      }
    });
  }

  test("of words of its own is heard bit by bit, none of them twice", async () => {
    const directory = createPlace();
    const count = 1_200;
    for (let index = 0; index < count; index += 1) leave(directory, `on_stop.r${index}.test`);
    const listener = new Listener(directory);
    listener.ear.start();
    await listener.until(count);
    await untilLookedAround(directory);
    const roles = new Set(listener.heard.map(({ event }) => event.role));
    assert.deepEqual(
      { heard: listener.heard.length, roles: roles.size },
      { heard: count, roles: count },
    );
  });
});

describe("a directory", () => {
  test("that appears later is listened to, and the trouble is told once until then", async () => {
    const directory = createPlace();
    const folder = dirname(dirname(directory));
    rmSync(folder, { recursive: true });
    const listener = new Listener(directory);
    listener.ear.start();
    await listener.untilTrouble(1);
    mkdirSync(directory, { recursive: true });
    await untilLookedAround(directory);
    leave(directory, name);
    await listener.until(1);
    assert.equal(listener.troubles.length, 1);
    assert.ok(listener.troubles[0]?.includes(directory));
  });

  test("that is removed and made again is listened to again", async () => {
    const directory = createPlace();
    const folder = dirname(dirname(directory));
    const listener = new Listener(directory);
    listener.ear.start();
    for (let round = 1; round <= 2; round += 1) {
      await untilLookedAround(directory);
      rmSync(folder, { recursive: true });
      await listener.untilTrouble(round);
      mkdirSync(directory, { recursive: true });
      await untilLookedAround(directory);
      leave(directory, name);
      await listener.until(round);
    }
    assert.equal(listener.troubles.length, 2);
  });

  test("that is replaced at once is watched, not the one that is gone", async () => {
    const directory = createPlace();
    const listener = new Listener(directory);
    listener.ear.start();
    await untilLookedAround(directory);
    renameSync(directory, `${directory}.before`);
    mkdirSync(directory);
    await untilLookedAround(directory);
    const fromMs = performance.now();
    for (let round = 1; round <= 5; round += 1) {
      leave(directory, name);
      await listener.until(round);
    }
    assert.ok(
      performance.now() - fromMs < 2_000,
      "five words by the look around take five seconds",
    );
    leave(`${directory}.before`, name);
    await untilLookedAround(directory);
    assert.equal(listener.heard.length, 5);
  });

  test("to which everybody may write is not listened to, until they may not", async () => {
    const directory = createPlace();
    spawnSync("chmod", ["0777", directory]);
    const listener = new Listener(directory);
    leave(directory, name);
    listener.ear.start();
    await listener.untilTrouble(1);
    assert.match(listener.troubles[0] ?? "", /everybody may write/);
    assert.deepEqual(readdirSync(directory), [name]);
    spawnSync("chmod", ["0770", directory]);
    await listener.until(1);
  });
});
