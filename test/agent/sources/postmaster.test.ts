/**
 * What is told of the postmaster's life, against a process table that the test changes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PostmasterWatch } from "../../../src/agent/sources/postmaster.ts";
import type { PostmasterSeen } from "../../../src/policy/sightings.ts";
import { FakeClock } from "../../support/fake-clock.ts";

class Bench {
  readonly clock = new FakeClock();
  readonly seen: PostmasterSeen[] = [];
  readonly searchedAtMs: number[] = [];
  readonly checkedAtMs: number[] = [];
  /** The process number of the postmaster that lives. */
  alive: number | undefined;
  searchMs = 0;
  readonly watch: PostmasterWatch;

  constructor(alive?: number) {
    this.alive = alive;
    this.watch = new PostmasterWatch({
      processes: {
        findPostmaster: () => this.#find(),
        isAlive: (pid) => {
          this.checkedAtMs.push(this.clock.nowMs());
          return this.alive === pid;
        },
      },
      dataDirectory: "/data",
      clock: this.clock,
      onSighting: (sighting) => void this.seen.push(sighting),
    });
    this.watch.start();
  }

  get told(): readonly (readonly [number, number | undefined])[] {
    return this.seen.map(({ atMs, pid }) => [atMs, pid] as const);
  }

  async #find(): Promise<number | undefined> {
    this.searchedAtMs.push(this.clock.nowMs());
    const found = this.alive;
    if (this.searchMs > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.clock.at(this.clock.nowMs() + this.searchMs, resolve);
      await promise;
    }
    return found;
  }
}

test("a postmaster that lives is told of at once and each second", async () => {
  const bench = new Bench(42);
  await bench.clock.advance(2_500);
  assert.deepEqual(bench.told, [
    [0, 42],
    [1_000, 42],
    [2_000, 42],
  ]);
  assert.equal(bench.searchedAtMs.length, 1);
});

test("it is looked at ten times per second", async () => {
  const bench = new Bench(42);
  await bench.clock.advance(10_000);
  assert.equal(bench.checkedAtMs.length, 100);
});

test("its end is told of within 100 ms, once, and a new one is searched for at once", async () => {
  const bench = new Bench(42);
  await bench.clock.advance(1_250);
  bench.alive = undefined;
  await bench.clock.advance(3_000);
  assert.deepEqual(bench.told, [
    [0, 42],
    [1_000, 42],
    [1_300, undefined],
  ]);
  assert.deepEqual(bench.searchedAtMs, [0, 1_300, 2_300, 3_300]);
});

test("a new one is told of when it is found", async () => {
  const bench = new Bench(42);
  await bench.clock.advance(1_250);
  bench.alive = undefined;
  await bench.clock.advance(300);
  bench.alive = 43;
  await bench.clock.advance(1_000);
  assert.deepEqual(bench.told.slice(2), [
    [1_300, undefined],
    [2_300, 43],
  ]);
});

test("one that ended and began between two looks is two", async () => {
  const bench = new Bench(42);
  await bench.clock.advance(1_250);
  bench.alive = 43;
  await bench.clock.advance(100);
  assert.deepEqual(bench.told.slice(2), [
    [1_300, undefined],
    [1_300, 43],
  ]);
});

test("one that was never there is not told of", async () => {
  const bench = new Bench();
  await bench.clock.advance(5_500);
  assert.deepEqual(bench.seen, []);
  assert.deepEqual(bench.searchedAtMs, [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
});

test("asked to look, it looks at once, at the process or for it", async () => {
  const bench = new Bench();
  await bench.clock.advance(1_500);
  bench.alive = 42;
  bench.watch.lookNow();
  await bench.clock.advance(50);
  assert.deepEqual(bench.told, [[1_500, 42]]);
  bench.alive = undefined;
  bench.watch.lookNow();
  assert.deepEqual(bench.told.at(-1), [1_550, undefined]);
});

test("asked to look in the middle of a search, it searches again after it", async () => {
  const bench = new Bench();
  bench.searchMs = 40;
  await bench.clock.advance(1_020);
  bench.alive = 42;
  bench.watch.lookNow();
  await bench.clock.advance(100);
  assert.deepEqual(bench.searchedAtMs, [0, 1_000, 1_040]);
  assert.deepEqual(bench.told, [[1_040, 42]]);
});

test("many who ask at once do not multiply the looks that follow", async () => {
  const bench = new Bench(42);
  await bench.clock.advance(50);
  for (let count = 0; count < 20; count += 1) bench.watch.lookNow();
  const before = bench.checkedAtMs.length;
  await bench.clock.advance(1_000);
  assert.equal(bench.checkedAtMs.length - before, 10);
});

test("closed, it looks no more and tells nothing, not even what a search still finds", async () => {
  const bench = new Bench();
  await bench.clock.advance(500);
  bench.searchMs = 40;
  bench.alive = 42;
  await bench.clock.advance(510);
  bench.watch.close();
  bench.watch.lookNow();
  await bench.clock.advance(5_000);
  assert.deepEqual(bench.seen, []);
  assert.deepEqual(bench.searchedAtMs, [0, 1_000]);
});
