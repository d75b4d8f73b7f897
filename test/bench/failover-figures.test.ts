/**
 * From what two writers, the leader key and the kernels told around an event to its figures.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { figuresOf, type Seen } from "../../bench/failover/figures.ts";
import { outageOf, writerFiguresOf, type Attempt } from "../../bench/failover/writes.ts";

const oneLane = { paceMs: 10 };
const manyLanes = undefined;

function write(startedAtMs: number, atMs: number, more: Partial<Attempt> = {}): Attempt {
  const ranAtMs = atMs - 2;
  return { startedAtMs, ranAtMs, atMs, outcome: "committed", host: "db1", isSent: true, ...more };
}

function refused(startedAtMs: number, atMs = startedAtMs + 1): Attempt {
  return write(startedAtMs, atMs, { outcome: "refused", host: undefined, isSent: false });
}

/** A write each 10 ms which takes 4 ms, from the first moment until before the second. */
function steady(fromMs: number, toMs: number, more: Partial<Attempt> = {}): readonly Attempt[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / 10) }, (_, index) => {
    return write(fromMs + index * 10, fromMs + index * 10 + 4, more);
  });
}

function refusals(fromMs: number, toMs: number): readonly Attempt[] {
  return steady(fromMs, toMs, { outcome: "refused", host: undefined, isSent: false });
}

describe("an outage", () => {
  test("is the longest time from one commit to the next", () => {
    const writes = [...steady(0, 100), ...refusals(100, 400), ...steady(400, 1_000)];
    const { fromMs, ms, isOpen } = outageOf(writes, { fromMs: 50, toMs: 900 }, oneLane);
    assert.deepEqual([fromMs, ms, isOpen], [94, 310, false]);
  });

  test("counts in full where it began before the span or ended after it", () => {
    const writes = [...steady(0, 100), ...refusals(100, 400), ...steady(400, 1_000)];
    assert.equal(outageOf(writes, { fromMs: 200, toMs: 300 }, oneLane).ms, 310);
  });

  test("that has not ended counts up to the end of the span", () => {
    const writes = [...steady(0, 100), ...refusals(100, 500)];
    const outage = outageOf(writes, { fromMs: 50, toMs: 494 }, oneLane);
    assert.deepEqual([outage.ms, outage.isOpen], [400, true]);
  });

  test("is the pace where nothing was lost", () => {
    assert.equal(outageOf(steady(0, 1_000), { fromMs: 100, toMs: 900 }, oneLane).ms, 10);
  });

  test("tells for how much of it the client was not run", () => {
    const writes = [...steady(0, 100), ...steady(150, 300)];
    const { ms, notRunMs } = outageOf(writes, { fromMs: 50, toMs: 250 }, oneLane);
    assert.deepEqual([ms, notRunMs], [60, 50]);
    const figures = writerFiguresOf(writes, { fromMs: 50, toMs: 250 }, oneLane);
    assert.equal(figures.notRunMs, 50);
  });

  test("contains the silence that the only lane meets, during which nothing else can begin", () => {
    const silent = write(100, 1_104, { outcome: "timeout", host: undefined });
    const writes = [...steady(0, 100), silent, ...steady(1_104, 1_300)];
    const { ms, notRunMs } = outageOf(writes, { fromMs: 50, toMs: 1_250 }, oneLane);
    assert.deepEqual([ms, notRunMs], [1_108 - 94, 0]);
  });

  test("is none where other lanes go on beside one that hangs", () => {
    const hanging = write(100, 1_104);
    const writes = [...steady(0, 100), hanging, ...steady(110, 1_300)];
    assert.equal(outageOf(writes, { fromMs: 50, toMs: 1_250 }, manyLanes).ms, 20);
  });
});

test("lost writes are told by their end, those that nobody refused apart", () => {
  const writes = [
    ...steady(0, 100),
    refused(100, 108),
    refused(110, 113),
    write(120, 125, { outcome: "reset", host: undefined }),
    write(125, 128, { outcome: "read-only", host: undefined }),
    write(130, 1_140),
    write(1_140, 6_145, { outcome: "timeout", host: undefined, isSent: false }),
    ...steady(6_145, 6_300),
  ];
  const figures = writerFiguresOf(writes, { fromMs: 90, toMs: 6_200 }, oneLane);
  assert.deepEqual(figures.endings, {
    refused: { count: 2, slowestMs: 8 },
    reset: { count: 1, slowestMs: 5 },
    "read-only": { count: 1, slowestMs: 3 },
    late: { count: 1, slowestMs: 1_010 },
    timeout: { count: 1, slowestMs: 5_005 },
  });
  assert.deepEqual([figures.lost, figures.hung, figures.inDoubt], [6, 2, 1]);
});

const calm: Seen = {
  struckAtMs: 2_000,
  endMs: 4_000,
  leader: "db1",
  vip: { writes: steady(0, 4_100), manner: oneLane },
  direct: { writes: steady(0, 4_100), manner: manyLanes },
  owners: [{ atMs: 0, host: "db1" }],
  changes: [{ atMs: 0, host: "db1", address: "192.168.1.140/32", kind: "added" }],
};

const vip = "192.168.1.140/32";

describe("figures", () => {
  test("of nothing are those of the pace", () => {
    const figures = figuresOf(calm);
    const { keyFreeMs, keyMovedMs, strayWrites, leftMs, absence, overlap, stillMs } = figures;
    assert.deepEqual([figures.vip.outage.ms, figures.vip.lost, stillMs], [10, 0, 10]);
    assert.deepEqual([keyFreeMs, keyMovedMs, strayWrites, leftMs], [0, undefined, 0, undefined]);
    assert.deepEqual([absence.ms, overlap.ms], [0, 0]);
  });

  test("tell how long nobody had the key, and when another had it first", () => {
    const owners = [
      { atMs: 0, host: "db1" },
      { atMs: 2_300, host: undefined },
      { atMs: 2_400, host: "db1" },
      { atMs: 2_500, host: undefined },
      { atMs: 2_512, host: "db2" },
    ];
    const { keyFreeMs, keyMovedMs } = figuresOf({ ...calm, owners });
    assert.deepEqual([keyFreeMs, keyMovedMs], [112, 512]);
  });

  test("count a key that is free to the end up to there", () => {
    const owners = [...calm.owners, { atMs: 3_900, host: undefined }];
    assert.equal(figuresOf({ ...calm, owners }).keyFreeMs, 100);
  });

  test("find commits on a host while the key names another, from the moment it does", () => {
    const owners = [
      { atMs: 0, host: "db1" },
      { atMs: 2_502, host: undefined },
      { atMs: 2_600, host: "db2" },
    ];
    const writes = [...steady(0, 2_640), ...steady(2_640, 4_100, { host: "db2" })];
    const figures = figuresOf({ ...calm, owners, vip: { ...calm.vip, writes } });
    const { strayWrites, lastStrayMs, lastStrayRanMs, keylessWrites } = figures;
    // Strays are answered at 2,604 to 2,634; those that began from 2,510 on had no key.
    assert.deepEqual([strayWrites, lastStrayMs, keylessWrites], [4, 34, 9]);
    // Each is run two milliseconds before its answer.
    assert.equal(lastStrayRanMs, 32);
  });

  test("a commit that was run before the key moved is a stray, and not a late one", () => {
    const owners = [
      { atMs: 0, host: "db1" },
      { atMs: 2_600, host: "db2" },
    ];
    const late = write(2_590, 2_625, { ranAtMs: 2_598 });
    const writes = [...steady(0, 2_580), late, ...steady(2_630, 4_100, { host: "db2" })];
    const figures = figuresOf({ ...calm, owners, vip: { ...calm.vip, writes } });
    const { strayWrites, lastStrayMs, lastStrayRanMs } = figures;
    assert.deepEqual([strayWrites, lastStrayMs, lastStrayRanMs], [1, 25, 0]);
  });

  test("count strays from the first owner that is another, however the key went on", () => {
    const owners = [
      { atMs: 0, host: "db1" },
      { atMs: 2_600, host: "db2" },
      { atMs: 2_610, host: undefined },
      { atMs: 2_620, host: "db3" },
    ];
    assert.equal(figuresOf({ ...calm, endMs: 2_700, owners }).lastStrayMs, 94);
  });

  test("a commit by the leader that came back is no stray", () => {
    const owners = [
      { atMs: 0, host: "db2" },
      { atMs: 1_000, host: "db1" },
    ];
    assert.equal(figuresOf({ ...calm, owners }).strayWrites, 0);
  });

  test("tell of the VIP: left, on no host, on two", () => {
    const changes = [
      ...calm.changes,
      { atMs: 1_500, host: "db3", address: vip, kind: "added" } as const,
      { atMs: 2_001, host: "db3", address: vip, kind: "deleted" } as const,
      { atMs: 2_100, host: "db2", address: vip, kind: "added" } as const,
      { atMs: 2_107, host: "db1", address: vip, kind: "deleted" } as const,
      { atMs: 2_500, host: "db2", address: vip, kind: "deleted" } as const,
      { atMs: 2_540, host: "db1", address: vip, kind: "added" } as const,
    ];
    const { leftMs, absence, overlap } = figuresOf({ ...calm, changes });
    assert.deepEqual([leftMs, absence.ms, overlap.ms], [107, 40, 7]);
  });

  test("tell when PostgreSQL took its last write, and when another took one", () => {
    const writes = [
      ...steady(0, 2_200),
      ...refusals(2_200, 3_000),
      ...steady(3_000, 4_100, { host: "db3" }),
    ];
    const figures = figuresOf({ ...calm, direct: { ...calm.direct, writes } });
    assert.deepEqual([figures.stoppedMs, figures.elsewhereMs], [194, 1_004]);
  });
});
