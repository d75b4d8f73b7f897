/**
 * What verify finds of the cluster as a whole: Consul, Patroni, the VIP.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { done, failed } from "../../../src/outcome.ts";
import type { Cluster } from "../../../src/provision/cluster/cluster.ts";
import { sixHosts } from "../support/clusters.ts";
import {
  type Row,
  allOf,
  allowing,
  bare,
  bearing,
  complaintsOf,
  consul,
  grants,
  members,
  replica,
  testRows,
} from "./differences.ts";
import { healthySights, member } from "./seen.ts";

const cluster = sixHosts();

const raft = (name: string, isLeader: boolean, isVoter: boolean) => ({ name, isLeader, isVoter });
const [one, two, three] = [
  raft("test-dcs1", true, true),
  raft("test-dcs2", false, true),
  raft("test-dcs3", false, true),
];

const rows: readonly Row[] = [
  [
    "a Consul without a leader",
    (sights) =>
      consul({ leaders: new Map([...sights.consul.leaders, ["test-db1", done("")]]) })(sights),
    ["error test-db1 consul-leader"],
  ],
  [
    "a Consul that does not answer",
    (sights) =>
      consul({
        leaders: new Map([...sights.consul.leaders, ["test-db1", failed("refused", "x")]]),
      })(sights),
    ["error test-db1 consul-leader"],
  ],
  [
    "two leaders",
    (sights) =>
      consul({ leaders: new Map([...sights.consul.leaders, ["test-db1", done("1.2.3.4:8300")]]) })(
        sights,
      ),
    ["error - consul-leader"],
  ],
  ["no answer about servers", consul({ raft: failed("denied", "x") }), ["error - consul-voters"]],
  [
    "a server without a vote",
    consul({ raft: done([one, two, { ...three, isVoter: false }]) }),
    ["error test-dcs3 consul-voters"],
  ],
  ["a server missing", consul({ raft: done([one, two]) }), ["error test-dcs3 consul-voters"]],
  [
    "a server too many",
    consul({ raft: done([one, two, three, raft("old", false, true)]) }),
    ["error - consul-voters"],
  ],
  [
    "no server leads",
    consul({ raft: done([{ ...one, isLeader: false }, two, three]) }),
    ["error - consul-voters"],
  ],
  [
    "no answer about members",
    consul({ members: failed("denied", "x") }),
    ["error - consul-members"],
  ],
  [
    "an agent that is dead",
    (sights) => {
      assert(sights.consul.members.ok);
      const list = sights.consul.members.value.map((one_) => ({
        ...one_,
        isAlive: one_.name !== "test-db3",
      }));
      return consul({ members: done(list) })(sights);
    },
    ["error test-db3 consul-members"],
  ],
  [
    "an agent at another address",
    (sights) => {
      assert(sights.consul.members.ok);
      const list = sights.consul.members.value.map((one_) => {
        return one_.name === "test-db3" ? { ...one_, address: "10.9.9.9" } : one_;
      });
      return consul({ members: done(list) })(sights);
    },
    ["error test-db3 consul-members"],
  ],
  [
    "the leader key shown to anybody",
    (sights) =>
      consul({ anonymous: new Map([...sights.consul.anonymous, ["test-dcs1", done(200)]]) })(
        sights,
      ),
    ["error test-dcs1 consul-anonymous"],
  ],
  [
    "its absence shown to anybody",
    (sights) =>
      consul({ anonymous: new Map([...sights.consul.anonymous, ["test-dcs1", done(404)]]) })(
        sights,
      ),
    ["error test-dcs1 consul-anonymous"],
  ],
  ["a token that may not do its work", allowing(0, false), ["error - consul-token"]],
  ["a token that may do more", allowing(2, true), ["error - consul-token"]],
  [
    "a token that Consul does not know",
    grants((grant) => ({ ...grant, allowed: failed("refused", "403") })),
    ["error - consul-token"],
  ],

  [
    "no Patroni",
    (sights) => ({ ...sights, patroni: { ...sights.patroni, members: failed("absent", "x") } }),
    ["error - patroni-members"],
  ],
  [
    "no leader",
    members((list) => list.map((each) => ({ ...each, role: "replica", state: "streaming" }))),
    ["error - patroni-leader"],
  ],
  [
    "two that lead",
    replica({ role: "leader", state: "running", lagBytes: undefined }),
    ["error - patroni-leader"],
  ],
  [
    "a leader that does not run",
    members(([first, ...others]) => [
      { ...(first ?? assert.fail()), state: "starting" },
      ...others,
    ]),
    ["error - patroni-leader"],
  ],
  [
    "a replica that does not stream",
    replica({ state: "running" }),
    ["error test-db2 patroni-replica"],
  ],
  ["a replica far behind", replica({ lagBytes: 1_048_577 }), ["error test-db2 patroni-replica"]],
  ["a replica as far behind as it may be", replica({ lagBytes: 1_048_576 }), []],
  [
    "a member missing",
    members((list) => list.filter(({ name }) => name !== "test-db3")),
    ["error test-db3 patroni-replica"],
  ],
  [
    "a member too many",
    members((list) => [...list, member("old", false)]),
    ["warning - patroni-replica"],
  ],
  ["another timeline", replica({ timeline: 2 }), ["error - patroni-timeline"]],
  [
    "a restart that is waited for",
    replica({ isRestartPending: true }),
    ["warning - patroni-pending-restart"],
  ],
  [
    "synchronous, wished is not",
    replica({ role: "sync_standby" }),
    ["error - patroni-synchronous"],
  ],
  [
    "another dynamic configuration",
    (sights) => ({ ...sights, patroni: { ...sights.patroni, config: done({ ttl: 60 }) } }),
    ["error - patroni-config"],
  ],
  [
    "no dynamic configuration",
    (sights) => ({ ...sights, patroni: { ...sights.patroni, config: failed("refused", "x") } }),
    ["error - patroni-config"],
  ],

  ["the VIP nowhere", bare("test-db1"), ["error - vip-holders"]],
  ["the VIP twice", bearing("test-db2"), ["error - vip-holders"]],
  [
    "the VIP on another host than the leader's",
    allOf(bare("test-db1"), bearing("test-db3")),
    ["error test-db3 vip-leader"],
  ],
  ["the VIP on another interface", bearing("test-db1", "eth1"), ["error test-db1 vip-interface"]],
  ["the VIP without an end", bearing("test-db1", "eth0", false), ["warning test-db1 vip-endless"]],
  ["no leader key", consul({ leaderKey: done(undefined) }), ["error - leader-key"]],
  [
    "a leader key that may not be read",
    consul({ leaderKey: failed("refused", "403") }),
    ["error - leader-key"],
  ],
  [
    "a leader key without a session",
    consul({ leaderKey: done({ member: "test-db1", hasSession: false }) }),
    ["error - leader-key"],
  ],
];

testRows(rows);

test("synchronous replicas are counted by the kind that is wished", () => {
  const wished = (synchronous: Cluster["patroni"]["synchronous"], synchronousNodes: number) => {
    return sixHosts({ patroni: { ...cluster.patroni, synchronous, synchronousNodes } });
  };
  const complaints = (about: Cluster, ...roles: readonly string[]) => {
    const change = members((list) =>
      list.map((each, index) => ({
        ...each,
        role: index === 0 ? "leader" : (roles[index - 1] ?? each.role),
      })),
    );
    return complaintsOf(change(healthySights(about)), about);
  };
  const bad = ["error - patroni-synchronous"];
  assert.deepEqual(complaints(wished("on", 1)), bad);
  assert.deepEqual(complaints(wished("on", 1), "sync_standby"), []);
  assert.deepEqual(complaints(wished("strict", 2), "sync_standby"), bad);
  assert.deepEqual(complaints(wished("strict", 2), "sync_standby", "sync_standby"), []);
  // There are but two replicas.
  assert.deepEqual(complaints(wished("on", 5), "sync_standby", "sync_standby"), []);
  assert.deepEqual(complaints(wished("quorum", 1), "sync_standby"), bad);
  assert.deepEqual(complaints(wished("quorum", 1), "quorum_standby"), []);
});
