/**
 * From what was seen around a fault to its figures: what is lost, who held, and for how long.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { figuresOf, type HoldChange, type Seen } from "../../bench/faults/figures.ts";
import type { ProbeCall } from "../../bench/faults/probes.ts";

const fromMs = 1_000;
const toMs = 2_000;

function call(startedAtMs: number, ending: Partial<ProbeCall> = {}): ProbeCall {
  return { startedAtMs, endedAtMs: startedAtMs + 1, outcome: "answered", host: "db1", ...ending };
}

function change(atMs: number, host: string, kind: HoldChange["kind"], prefix = 32): HoldChange {
  return { atMs, host, kind, address: `192.168.1.140/${prefix}` };
}

function figures(seen: Partial<Seen>) {
  return figuresOf({
    faultAtMs: fromMs,
    endMs: toMs,
    echoes: [],
    calls: [],
    changes: [change(0, "db1", "added")],
    leaders: [{ atMs: -Infinity, host: "db1" }],
    heard: [],
    ...seen,
  });
}

test("an echo is lost that nobody answered, or that was answered too late", () => {
  const { echoes } = figures({
    echoes: [
      { sentAtMs: 1_010, rttMs: 0.2 },
      { sentAtMs: 1_020, rttMs: undefined },
      { sentAtMs: 1_030, rttMs: 900 },
    ],
  });
  assert.deepEqual(echoes, { asked: 3, lost: 2 });
});

test("only what was asked within the span counts, whenever it ended", () => {
  const { calls } = figures({
    calls: [
      call(999, { outcome: "timeout", endedAtMs: 6_000 }),
      call(1_990, { outcome: "timeout", endedAtMs: 7_000 }),
      call(2_000, { outcome: "refused" }),
    ],
  });
  assert.deepEqual([calls.asked, calls.lost, calls.longestMs], [1, 1, 5_010]);
});

test("lost calls are told apart by how they ended; a second SYN's answer is late", () => {
  const { calls } = figures({
    calls: [
      call(1_010),
      call(1_020, { outcome: "refused", host: undefined }),
      call(1_030, { outcome: "refused", host: undefined }),
      call(1_040, { endedAtMs: 2_045 }),
    ],
  });
  assert.equal(calls.lost, 3);
  assert.deepEqual(calls.endings, { refused: 2, late: 1 });
});

test("an answer is wrong when the key did not name its host at any time of the call", () => {
  const { calls } = figures({
    leaders: [
      { atMs: -Infinity, host: "db1" },
      { atMs: 1_500, host: "db2" },
    ],
    calls: [
      call(1_400),
      call(1_400, { host: "db2" }),
      call(1_450, { host: "db2", endedAtMs: 1_550 }),
      call(1_600),
      call(1_700, { host: "db2" }),
      call(1_800, { host: undefined, outcome: "timeout" }),
    ],
  });
  assert.equal(calls.wrongHost, 2);
});

test("an outage lasts from its first lost call to the next answered one", () => {
  const { outage } = figures({
    calls: [
      call(1_300, { outcome: "refused" }),
      call(1_310, { outcome: "refused" }),
      call(1_290),
      call(1_350),
      call(1_400, { outcome: "reset" }),
      call(1_410),
    ],
  });
  assert.deepEqual(outage, { ms: 50, isOpen: false });
});

test("an outage that is not over at the end says so", () => {
  const { outage } = figures({ calls: [call(1_300), call(1_310, { outcome: "refused" })] });
  assert.deepEqual(outage, { ms: 690, isOpen: true });
});

test("two holders are two hosts, not two prefixes on one", () => {
  const twice = [change(0, "db1", "added"), change(1_100, "db1", "added", 24)];
  assert.deepEqual(figures({ changes: twice }).overlap, { ms: 0, isOpen: false });
});

test("two holders count until one has lost its last prefix", () => {
  const { overlap } = figures({
    changes: [
      change(0, "db1", "added"),
      change(0, "db1", "added", 24),
      change(1_100, "db2", "added"),
      change(1_150, "db2", "refreshed"),
      change(1_200, "db1", "deleted"),
      change(1_300, "db1", "deleted", 24),
    ],
  });
  assert.deepEqual(overlap, { ms: 200, isOpen: false });
});

test("two holders up to the end are open", () => {
  const changes = [change(0, "db1", "added"), change(1_100, "db2", "added")];
  assert.deepEqual(figures({ changes }).overlap, { ms: 900, isOpen: true });
});

test("what is on no host is counted from the removal to the next binding, and as two changes", () => {
  const changes = [
    change(0, "db1", "added"),
    change(1_100, "db1", "deleted"),
    change(1_103, "db1", "added"),
    change(1_500, "db1", "refreshed"),
  ];
  const { absence, transitions, goneMs } = figures({ changes });
  assert.deepEqual(absence, { ms: 3, isOpen: false });
  assert.equal(transitions, 2);
  assert.equal(goneMs, undefined, "it is back");
});

test("the first holder's last removal is when it left", () => {
  const changes = [
    change(0, "db1", "added"),
    change(1_100, "db1", "deleted"),
    change(1_200, "db1", "added"),
    change(1_700, "db1", "deleted"),
    change(1_800, "db2", "added"),
  ];
  assert.equal(figures({ changes }).goneMs, 700);
});

test("changes behind the end are not seen", () => {
  const changes = [change(0, "db1", "added"), change(2_100, "db1", "deleted")];
  const { absence, transitions, goneMs } = figures({ changes });
  assert.deepEqual([absence.ms, transitions, goneMs], [0, 0, undefined]);
});

test("two holders are open when one leaves behind the end only", () => {
  const changes = [
    change(0, "db1", "added"),
    change(1_100, "db2", "added"),
    change(2_100, "db1", "deleted"),
  ];
  assert.deepEqual(figures({ changes }).overlap, { ms: 900, isOpen: true });
});

test("of the open connection counts what it hears after the fault", () => {
  const heard = [
    { atMs: 500, heard: "greeted" },
    { atMs: 1_008, heard: "ECONNRESET" },
  ];
  assert.deepEqual(figures({ heard }).connection, { heard: "ECONNRESET", afterMs: 8 });
  assert.equal(figures({ heard: heard.slice(0, 1) }).connection, undefined);
});
