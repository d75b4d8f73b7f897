/**
 * What Patroni's word may change beside the key: it never stands against it, shortens a lease that
 * it did not renew, keeps a standby cluster's leader without a VIP, and delays a bind.
 */
import { releaseLeadMs } from "../../src/policy/lease.ts";
import type { Rules } from "../../src/policy/world.ts";
import { called, configured, postmaster, said } from "./patroni-words.ts";
import { check } from "./rows.ts";
import { failed, free, held, leaseMs, me, missing, named, other } from "./support.ts";

const paused = configured({ isPaused: true });
const failsafe = configured({ hasFailsafe: true });
const standby = configured({ isStandby: true });

/** Nothing that Patroni says makes a host hold against a key that names another. */
const strongest = [
  paused,
  failsafe,
  postmaster(90, 42),
  said(100, { isPaused: true, isFailsafeActive: true }),
  called(101, "on_role_change"),
];

check([
  {
    name: "Patroni calls itself the leader, in pause and in failsafe mode, and the key names another",
    after: [named(me, 0), ...strongest, named(other, 110)],
    atMs: 120,
    is: "other-leader",
  },
  {
    name: "the same, and then Consul is away",
    after: [named(me, 0), ...strongest, named(other, 110), failed(200)],
    atMs: 210,
    is: "other-leader",
  },
  {
    name: "the key names me without a session, whatever Patroni says",
    after: [
      ...strongest,
      { ...named(me, 110), leader: { member: me, session: undefined, createIndex: 1 } },
    ],
    atMs: 120,
    is: "no-session",
  },
  {
    name: "the agent stops, whatever Patroni says",
    after: [named(me, 0), ...strongest, { kind: "stop-asked" }],
    atMs: 120,
    is: "stopping",
  },
]);

/** The key names me and Consul answers: Patroni's doubts do not take the VIP away. */
for (const changed of [
  { hasLock: false },
  { postgres: "stopped" },
  { postgres: "unsure" },
  { role: "replica" },
  { role: "demoted" },
  { dcsSeenAtMs: undefined },
  { dcsSeenAtMs: -100_000 },
] as const) {
  check([
    {
      name: `the key names me and Patroni says ${JSON.stringify(changed)}`,
      after: [named(me, 0), said(10, changed)],
      atMs: 20,
      is: "leader",
    },
  ]);
}

/** A Patroni that was not well when the key was last read: the lock may be older than a loop. */
check([
  {
    name: "Consul is away, and Patroni has been well",
    after: [said(0), named(me, 0), failed(100)],
    atMs: leaseMs - releaseLeadMs - 1,
    is: "lease-running",
  },
  {
    name: "Consul is away, and Patroni had not reached it for 15 s: the lock may end 5 s earlier",
    after: [said(15_000, { dcsSeenAtMs: 0 }), named(me, 15_000), failed(15_100)],
    atMs: leaseMs - releaseLeadMs,
    is: "lease-over",
  },
  {
    name: "the same, a moment before",
    after: [said(15_000, { dcsSeenAtMs: 0 }), named(me, 15_000), failed(15_100)],
    atMs: leaseMs - releaseLeadMs - 1,
    is: "lease-running",
  },
  {
    name: "Consul is away, and Patroni's last loop was a little late: the lease is whole",
    after: [said(12_000, { dcsSeenAtMs: 0 }), named(me, 12_000), failed(12_100)],
    atMs: 12_000 + leaseMs - releaseLeadMs - 1,
    is: "lease-running",
  },
  {
    name: "Patroni has not answered since long, and both fall silent",
    after: [said(0), named(me, 60_000), failed(60_100)],
    atMs: 60_110,
    is: "lease-over",
  },
  {
    name: "Patroni has not answered since long, and Consul answers",
    after: [said(0), named(me, 60_000)],
    atMs: 60_110,
    is: "leader",
  },
]);

/** A standby cluster has no read-write VIP unless it is asked for. */
check([
  {
    name: "the configuration says that the cluster follows another",
    after: [standby, named(me, 0), said(10, { role: "standby_leader" })],
    atMs: 20,
    is: "standby-cluster",
  },
  {
    name: "Patroni says that it is a standby leader, the configuration cannot be read",
    after: [named(me, 0), said(10, { role: "standby_leader" })],
    atMs: 20,
    is: "standby-cluster",
  },
  {
    name: "a standby leader, where its VIP is asked for",
    after: [standby, named(me, 0), said(10, { role: "standby_leader" })],
    atMs: 20,
    is: "leader",
    rules: { standbyVip: true },
  },
  {
    name: "the role changes under an unchanged key, by demote-cluster",
    after: [named(me, 0), said(10), standby],
    atMs: 20,
    is: "standby-cluster",
  },
  {
    name: "the role changes back, by promote-cluster",
    after: [standby, named(me, 0), said(10, { role: "standby_leader" }), configured({}), said(50)],
    atMs: 60,
    is: "leader",
  },
  {
    name: "on_role_change to standby_leader, where its VIP is asked for",
    after: [standby, named(me, 0), called(10, "on_role_change", "standby_leader")],
    atMs: 20,
    is: "leader",
    rules: { standbyVip: true },
  },
]);

/** gate: writable. A bind waits for a primary, a VIP that is there does not. */
const gate: Partial<Rules> = { gate: "writable", gateDeadlineMs: 30_000 };

check([
  {
    name: "the lock is there and PostgreSQL is a replica",
    after: [free(0), named(me, 0), said(5, { role: "replica" })],
    atMs: 10,
    is: "promoting",
    rules: gate,
  },
  {
    name: "the lock is there and Patroni says nothing",
    after: [free(0), named(me, 0)],
    atMs: 10,
    is: "promoting",
    rules: gate,
  },
  {
    name: "the lock is there and PostgreSQL is a primary that is just starting",
    after: [free(0), named(me, 0), said(5, { postgres: "unsure" })],
    atMs: 10,
    is: "promoting",
    rules: gate,
  },
  {
    name: "the lock is there and PostgreSQL is a primary that runs",
    after: [free(0), named(me, 0), said(5)],
    atMs: 10,
    is: "leader",
    rules: gate,
  },
  {
    name: "the gate has been waited for long enough",
    after: [free(0), named(me, 0), named(me, 30_000)],
    atMs: 30_000,
    is: "leader",
    rules: gate,
  },
  {
    name: "a VIP that is there is not taken away by the gate",
    after: [held(0), named(me, 0), said(5, { role: "replica" })],
    atMs: 10,
    is: "leader",
    rules: gate,
  },
  {
    name: "without the gate the lock is enough",
    after: [free(0), named(me, 0), said(5, { role: "replica" })],
    atMs: 10,
    is: "leader",
  },
]);

/** A process that cannot be told from another one is no longer known, and not known to be gone. */
check([
  {
    name: "the key is missing, and Patroni's word is newer than the end of the process",
    after: [
      named(me, 0),
      postmaster(0, 42),
      postmaster(500),
      said(4_000),
      named(me, 4_500),
      missing(5_100),
    ],
    atMs: 5_110,
    is: "key-missing",
  },
]);
