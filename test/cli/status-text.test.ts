/**
 * The status as text: what stands in it, in which order, and that it fits a terminal.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { Status, VipStatus } from "../../src/agent/reports/status.ts";
import { type Style, plainStyle, styleFor, wrap } from "../../src/cli/status/layout.ts";
import { printable } from "../../src/cli/status/printable.ts";
import { readStatus } from "../../src/cli/status/reading.ts";
import { statusText } from "../../src/cli/status/text.ts";
import { clockText, durationText } from "../../src/cli/status/times.ts";
import { jsonLine } from "../../src/printable.ts";
import { aStatus, aVipStatus } from "../agent/reports/a-status.ts";

process.env["TZ"] = "UTC";

function shown(status: Status, style: Style = plainStyle): string {
  const read = readStatus(JSON.stringify(status));
  assert.ok(read.ok, read.ok ? "" : read.detail);
  return statusText(read.value.status, style);
}

/** As words in a row, however they were wrapped. */
function flat(text: string): string {
  return text.replaceAll(/\s+/gu, " ");
}

const terminal = { isTTY: true, columns: 200 };

test("an agent that holds says so first, then why, since when, and what happens next", () => {
  const status = { ...aStatus(), at: "2026-11-21T05:14:00.000Z" };
  const lines = shown(status).split("\n");
  assert.deepEqual(lines.slice(0, 6), [
    "192.168.1.140/32  HELD HERE",
    "  who        this host, db1, on eth0; test-db1 leads (this member)",
    "  why        the key names this member and Consul confirms it (leader)",
    "  since      03:00:00 (2 h 14 min)",
    "  next       stays while Consul confirms the key; without an answer released in",
    "             15 s",
  ]);
});

test("the evidence follows: lease, key, Patroni, address, announcement, changes, agent", () => {
  const words = flat(shown({ ...aStatus(), at: "2026-11-21T03:00:04.000Z" }));
  const parts = [
    "lease [##################..] 14 s left",
    "key db/test/leader = test-db1, session 8f1d0a52-0000-4000-8000-000000000001, asked 0.1 s ago",
    "Patroni primary, running, timeline 3, has the lock, asked 0.3 s ago",
    "cluster ttl 30 s, loop_wait 10 s, retry_timeout 10 s",
    "VIP on eth0 (link up), reachable since 03:00:00 (4.0 s)",
    "announced 03:00:00 (4.0 s ago)",
    "changes 03:00:00 hold leader key: test-db1",
    "agent vip-agent 0.1.0, process 4242 on db1, Node 24.0.0, up 4.0 s, source consul",
    "config /etc/vip-agent/vip-agent.yml (0123456789ab), read 03:00:00 (4.0 s ago)",
  ];
  const places = parts.map((part) => words.indexOf(part));
  assert.deepEqual(
    parts.filter((_, index) => places[index] === -1),
    [],
    words,
  );
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test("what wants attention stands above everything, with its VIP", () => {
  const attention = ["Consul gives no answer", "the interface is down or has no carrier"];
  const text = shown(aStatus([aVipStatus(), aVipStatus({ vip: "10.0.0.1/24", attention })]));
  assert.deepEqual(text.split("\n").slice(0, 4), [
    "ATTENTION 10.0.0.1/24: Consul gives no answer",
    "ATTENTION 10.0.0.1/24: the interface is down or has no carrier",
    "",
    "192.168.1.140/32  HELD HERE",
  ]);
});

describe("each state has its words", () => {
  const rows = [
    ["holding", "HELD HERE"],
    ["acquiring", "TO BE HELD HERE, NOT THERE YET"],
    ["releasing", "ON ITS WAY OUT"],
    ["standby", "NOT HERE"],
  ] as const;
  for (const [state, words] of rows) {
    test(state, () => {
      assert.match(shown(aStatus([aVipStatus({ state })])), new RegExp(`32 {2}${words}\n`, "u"));
    });
  }
});

test("a host that stands by says who leads, and that there is no lease", () => {
  const leader = { ...aVipStatus().leader, member: "test-db2", isMe: false };
  const lease = { lengthMs: 16_000, until: null, remainingMs: null, isOpenEnded: false };
  const vip = aVipStatus({
    state: "standby",
    isHeld: false,
    reachableSince: null,
    announcedAt: null,
    patroni: null,
    leader,
    lease,
  });
  const words = flat(shown(aStatus([vip])));
  assert.match(words, /who test-db2 leads why/u);
  assert.match(words, /lease none: not to be held key/u);
  assert.match(words, /VIP not on eth0 \(link up\) announced never/u);
  assert.match(words, /Patroni not asked, or it has not answered/u);
});

describe("the bar shows what is left of the lease", () => {
  const rows: readonly (readonly [string, number, number | undefined, string])[] = [
    ["half of it", 8_000, 16_000, "[##########..........] 8.0 s left"],
    ["more, where a missing key is waited for", 19_500, 16_000, "[####################] 19 s left"],
    ["not at all, where there is no time to hold", 0, 0, "[....................] 0.0 s left"],
    ["nothing, where the agent does not tell its length", 8_000, undefined, "8.0 s left"],
  ];
  for (const [title, remainingMs, lengthMs, words] of rows) {
    test(title, () => {
      const lease = { ...aVipStatus().lease, remainingMs, lengthMs };
      const read = readStatus(JSON.stringify(aStatus([{ ...aVipStatus(), lease } as VipStatus])));
      assert.ok(read.ok);
      assert.ok(flat(statusText(read.value.status, plainStyle)).includes(`lease ${words} key`));
    });
  }
});

test("trouble, conflict, pause and an open end are told where they are", () => {
  const vip = aVipStatus({
    trouble: { cause: "timeout", since: "2026-11-21T02:59:50.000Z" },
    conflict: "02:00:00:00:00:8e",
    lease: { lengthMs: 16_000, until: null, remainingMs: 0, isOpenEnded: true },
    cluster: { ...aVipStatus().cluster, isPaused: true, hasFailsafe: true, isStandby: true },
  });
  const words = flat(shown(aStatus([vip])));
  assert.match(words, /trouble no usable answer: timeout, since 02:59:50 \(10 s\)/u);
  assert.match(words, /conflict 02:00:00:00:00:8e answers for it too/u);
  assert.match(words, /\[\.{20}\] 0\.0 s left; pause or failsafe mode keeps the VIP beyond it/u);
  assert.match(words, /retry_timeout 10 s, paused, failsafe mode, standby cluster/u);
});

test("a reload that was refused is told beside the configuration that stays in force", () => {
  const refused = aStatus(undefined, { reloadRefusedAt: "2026-11-21T03:00:10.000Z" });
  const words = flat(shown({ ...refused, at: "2026-11-21T03:00:13.000Z" }));
  assert.match(words, /read 03:00:00 \(13 s ago\); a reload was refused 03:00:10 \(3\.0 s ago\)/u);
});

describe("a key that says nothing", () => {
  const unknown = { member: null, isMe: false, session: null, createIndex: null };
  test("has not been read", () => {
    const none = { ...unknown, seenAt: null, ageMs: null, since: null };
    const words = flat(shown(aStatus([aVipStatus({ leader: { state: "unread", ...none } })])));
    assert.match(words, /who leads is not known yet/u);
    assert.match(words, /key db\/test\/leader: not read yet/u);
  });
  test("is gone", () => {
    const leader = { ...aVipStatus().leader, ...unknown, state: "missing" } as const;
    const words = flat(shown(aStatus([aVipStatus({ leader })])));
    assert.match(words, /nobody leads: the key is gone/u);
    assert.match(words, /key db\/test\/leader is not there, asked 0\.1 s ago/u);
  });
});

test("no line is longer than 80 characters, whatever stands in it", () => {
  const long = "a".repeat(300);
  const vip = aVipStatus({
    member: long,
    key: `db/${long}/leader`,
    explanation: "word ".repeat(60),
    attention: [long, "word ".repeat(60)],
    leader: { ...aVipStatus().leader, member: long, session: long },
    transitions: [{ at: aStatus().at, verdict: "hold", reason: "leader", leader: long }],
  });
  for (const style of [
    plainStyle,
    styleFor(terminal, {}),
    styleFor({ isTTY: true, columns: 50 }, {}),
  ]) {
    const lines = stripVTControlCharacters(shown(aStatus([vip]), style)).split("\n");
    const wide = lines.filter((line) => line.length > style.width);
    assert.deepEqual(wide, []);
  }
});

test("colour is for terminals only, and NO_COLOR and a dumb terminal have none", () => {
  const status = aStatus([aVipStatus({ attention: ["odd"] })]);
  const hasColour = (style: Style) => shown(status, style).includes("\u001B[");
  assert.equal(hasColour(styleFor(terminal, {})), true);
  assert.equal(hasColour(styleFor(terminal, { NO_COLOR: "" })), true);
  assert.equal(hasColour(styleFor(terminal, { NO_COLOR: "1" })), false);
  assert.equal(hasColour(styleFor(terminal, { TERM: "dumb" })), false);
  assert.equal(hasColour(styleFor({ isTTY: undefined }, {})), false);
  const plain = shown(status);
  assert.equal(stripVTControlCharacters(shown(status, styleFor(terminal, {}))), plain);
});

test("a name that would steer the terminal is shown, not obeyed", () => {
  const evil = "db2\u001B[2J\u009B1m\r\nATTENTION\u202E";
  const leader = { ...aVipStatus().leader, member: evil };
  const status = aStatus([aVipStatus({ leader, attention: [evil] })]);
  const text = shown(status);
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}|\u202E/u);
  assert.ok(flat(text).includes("db2\\u{1b}[2J\\u{9b}1m\\u{d}\\u{a}ATTENTION\\u{202e}"), text);
  assert.doesNotMatch(jsonLine(status), /\p{Cc}|\u202E/u);
  assert.deepEqual(JSON.parse(jsonLine(status)), status);
  assert.equal(printable("b".repeat(201)), `${"b".repeat(200)}…`);
});

test("durations have the digits that matter", () => {
  const minute = 60_000;
  const rows = [
    0,
    40,
    9_949,
    9_960,
    119_999,
    2 * minute,
    119 * minute,
    134 * minute,
    52 * 60 * minute,
  ];
  assert.deepEqual(
    rows.map((ms) => durationText(ms)),
    ["0.0 s", "0.0 s", "9.9 s", "9 s", "119 s", "2 min", "119 min", "2 h 14 min", "2 d 4 h"],
  );
  assert.equal(durationText(-5), "0.0 s");
});

test("the day is named where it is another one", () => {
  const now = "2026-11-21T03:00:00.000Z";
  assert.equal(clockText("2026-11-21T02:59:59.900Z", now), "02:59:59");
  assert.equal(clockText("2026-11-20T23:59:59.900Z", now), "2026-11-20 23:59:59");
});

test("text is wrapped at its blanks, and a word that is too long is cut", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
  assert.deepEqual(wrap("", 3), [""]);
});
