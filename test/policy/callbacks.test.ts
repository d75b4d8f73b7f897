/**
 * What a callback and a missing key mean together: "no longer primary" lets the VIP go at once,
 * "primary" changes nothing by itself, and a key that is missing is not yet a fail-over.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/policy/judge.ts";
import { called, postmaster, said } from "./patroni-words.ts";
import { check } from "./rows.ts";
import { failed, me, missing, named, other, worldWith } from "./support.ts";

/** Twice loop_wait: so long a callback counts against a key that says otherwise. */
const graceMs = 20_000;

/** Callbacks: no longer primary lets go at once; primary changes nothing by itself. */
check([
  ...(["primary", "replica", "standby_leader", "demoted"] as const).map((role) => ({
    name: `on_stop of a ${role}`,
    after: [named(me, 0), called(10, "on_stop", role)],
    atMs: 11,
    is: "demoted" as const,
  })),
  ...(["replica", "demoted", "uninitialized", "standby_leader"] as const).map((role) => ({
    name: `on_role_change to ${role}`,
    after: [named(me, 0), called(10, "on_role_change", role)],
    atMs: 11,
    is: "demoted" as const,
  })),
  {
    name: "on_role_change to primary",
    after: [named(me, 0), called(10, "on_role_change")],
    atMs: 11,
    is: "leader",
  },
  {
    name: "on_start of a primary",
    after: [named(me, 0), called(10, "on_start")],
    atMs: 11,
    is: "leader",
  },
  {
    name: "on_start of a replica, which may have been promoted meanwhile",
    after: [named(me, 0), called(10, "on_start", "replica")],
    atMs: 11,
    is: "leader",
  },
  {
    name: "on_role_change to primary, and the key names another",
    after: [named(other, 0), called(10, "on_role_change")],
    atMs: 11,
    is: "other-leader",
  },
  {
    name: "on_role_change to primary, and nobody has the key",
    after: [missing(0), called(10, "on_role_change")],
    atMs: 11,
    is: "no-leader",
  },
  {
    name: "on_stop heard twice",
    after: [named(me, 0), called(10, "on_stop"), called(10, "on_stop")],
    atMs: 11,
    is: "demoted",
  },
  {
    name: "a start and a stop of the same moment, in this order",
    after: [named(me, 0), called(10, "on_start"), called(10, "on_stop")],
    atMs: 11,
    is: "demoted",
  },
  {
    name: "a start and a stop of the same moment, in the other order",
    after: [named(me, 0), called(10, "on_stop"), called(10, "on_start")],
    atMs: 11,
    is: "demoted",
  },
  {
    name: "a stop that ran before the start is heard after it",
    after: [named(me, 0), called(20, "on_start"), called(10, "on_stop")],
    atMs: 21,
    is: "leader",
  },
  {
    name: "a start after the stop",
    after: [named(me, 0), called(10, "on_stop"), called(500, "on_start")],
    atMs: 501,
    is: "leader",
  },
  {
    name: "a stop from before this term, heard late",
    after: [missing(0), named(me, 100), called(50, "on_stop", "demoted")],
    atMs: 110,
    is: "leader",
  },
  {
    name: "a new term after the stop",
    after: [named(me, 0), called(10, "on_stop"), missing(20), named(me, 30, "s2")],
    atMs: 40,
    is: "leader",
  },
  {
    name: "the same term after the stop",
    after: [named(me, 0), called(10, "on_stop"), named(me, 30)],
    atMs: 40,
    is: "demoted",
  },
  {
    name: "Patroni runs as primary again after the stop",
    after: [named(me, 0), called(10, "on_stop"), said(1_000)],
    atMs: 1_010,
    is: "leader",
  },
  {
    name: "Patroni ran as primary before the stop",
    after: [named(me, 0), called(500, "on_stop"), said(400)],
    atMs: 510,
    is: "demoted",
  },
  {
    name: "the key still names me long after a stop that nothing confirms",
    after: [named(me, 0), called(10, "on_stop"), named(me, 10 + graceMs)],
    atMs: 10 + graceMs,
    is: "leader",
  },
  {
    name: "the key still names me long after a stop that Patroni confirms",
    after: [
      named(me, 0),
      called(10, "on_stop"),
      named(me, graceMs),
      said(graceMs, { postgres: "stopped" }),
    ],
    atMs: 10 + graceMs,
    is: "demoted",
  },
]);

test("a demotion that only time ends is judged again when it ends", () => {
  const world = worldWith({}, named(me, 0), called(10, "on_stop"));
  assert.equal(judge(world, 11).untilMs, 10 + graceMs);
});

/** The key is missing while Consul answers: not a fail-over yet. */
check([
  {
    name: "the key goes missing under a running primary",
    after: [named(me, 0), said(10), missing(100), said(200, { hasLock: false })],
    atMs: 210,
    is: "key-missing",
  },
  {
    name: "it goes missing, and Patroni cannot ask PostgreSQL",
    after: [named(me, 0), said(10), missing(100), said(200, { postgres: "unsure" })],
    atMs: 210,
    is: "key-missing",
  },
  {
    name: "it goes missing, and Patroni says nothing at all",
    after: [named(me, 0), missing(100)],
    atMs: 210,
    is: "key-missing",
  },
  {
    name: "it goes missing, and PostgreSQL is known to be stopped",
    after: [named(me, 0), said(10), missing(100), said(200, { postgres: "stopped" })],
    atMs: 210,
    is: "demoted",
  },
  {
    name: "it goes missing, and PostgreSQL was known to be stopped just before",
    after: [named(me, 0), said(90, { postgres: "stopped" }), missing(100)],
    atMs: 110,
    is: "demoted",
  },
  {
    name: "it goes missing, and the postmaster dies",
    after: [named(me, 0), said(10), postmaster(0, 42), missing(100), postmaster(300)],
    atMs: 310,
    is: "demoted",
  },
  {
    name: "it goes missing just after the postmaster died",
    after: [named(me, 0), said(10), postmaster(0, 42), postmaster(90), missing(100)],
    atMs: 110,
    is: "demoted",
  },
  {
    name: "the postmaster dies under a key that stays: Patroni starts it again in its place",
    after: [named(me, 0), said(10), postmaster(0, 42), postmaster(90)],
    atMs: 110,
    is: "leader",
  },
  {
    name: "it goes missing, and PostgreSQL runs as a replica",
    after: [named(me, 0), said(10), missing(100), said(200, { role: "replica", hasLock: false })],
    atMs: 210,
    is: "demoted",
  },
  {
    name: "it goes missing while PostgreSQL is being promoted",
    after: [named(me, 0), said(10, { role: "replica" }), missing(100)],
    atMs: 110,
    is: "key-missing",
  },
  {
    name: "it goes missing, and then PostgreSQL stops, as with a slow switchover",
    after: [named(me, 0), missing(100), called(250, "on_stop", "demoted")],
    atMs: 251,
    is: "demoted",
  },
  {
    name: "it goes missing just before PostgreSQL's stop is heard of",
    after: [named(me, 0), called(96, "on_stop"), missing(100)],
    atMs: 101,
    is: "demoted",
  },
  {
    name: "it goes missing and Consul falls silent",
    after: [named(me, 0), said(10), missing(100), failed(200), said(210)],
    atMs: 220,
    is: "lost-in-gap",
  },
]);
