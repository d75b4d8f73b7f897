/**
 * What verify finds on single hosts: each finding has a cluster that causes it and nothing else.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { done, failed } from "../../../src/outcome.ts";
import { judgeVerify } from "../../../src/provision/verify/judge.ts";
import { namesOf } from "../preflight/surveys.ts";
import { sixHosts, threeHosts } from "../support/clusters.ts";
import { type Row, complaintsOf, hba, host, postgresql, testRows, unit } from "./differences.ts";
import { healthySights, rule, wantedConfig } from "./seen.ts";

const cluster = sixHosts();

test("a finished cluster is green, and every subject is said to be fine", () => {
  for (const about of [cluster, threeHosts()]) {
    const findings = judgeVerify(about, healthySights(about), wantedConfig(about));
    assert.deepEqual(namesOf(findings), []);
    const codes = new Set(findings.map(({ code }) => code));
    const wanted = `units wal-folder checksums hba databases vip-agent metrics consul-leader
      consul-voters consul-members consul-anonymous consul-token patroni-leader patroni-replica
      patroni-timeline patroni-pending-restart patroni-synchronous patroni-config leader-key vip`;
    assert.deepEqual([...codes].toSorted(), wanted.split(/\s+/).toSorted());
  }
});

const rows: readonly Row[] = [
  [
    "a host that cannot be asked",
    (sights) => ({
      ...sights,
      hosts: new Map([...sights.hosts, ["test-dcs2", failed("unreachable", "no route")]]),
    }),
    ["error test-dcs2 unreachable"],
  ],
  [
    "a unit that does not run",
    unit("patroni.service", { active: "failed" }),
    ["error test-db2 unit-inactive"],
  ],
  [
    "a unit that a restart ends",
    unit("consul.service", { file: "disabled" }),
    ["error test-db2 unit-disabled"],
  ],
  [
    "Patroni not after Consul",
    unit("patroni.service", { after: ["vip-agent.service"] }),
    ["error test-db2 unit-order"],
  ],
  [
    "Patroni not after the agent",
    unit("patroni.service", { after: ["consul.service"] }),
    ["error test-db2 unit-order"],
  ],
  ["mounts not waited for, without disks", unit("patroni.service", { mounts: [] }), []],
  [
    "an agent that wants attention",
    host("test-db3", (sight) => ({ ...sight, agent: { attention: ["Consul gives no answer"] } })),
    ["warning test-db3 vip-agent"],
  ],
  [
    "an agent that does not answer",
    host("test-db3", (sight) => ({ ...sight, agent: undefined })),
    ["error test-db3 vip-agent"],
  ],
  [
    "metrics that do not answer",
    (sights) => ({
      ...sights,
      metrics: new Map([...sights.metrics, ["test-db1", failed("refused", "x")]]),
    }),
    ["error test-db1 metrics"],
  ],
  [
    "another program's metrics",
    (sights) => ({
      ...sights,
      metrics: new Map([...sights.metrics, ["test-db1", done({ status: 200, isAgent: false })]]),
    }),
    ["error test-db1 metrics"],
  ],
  [
    "pg_wal among the data",
    host("test-db2", (sight) => ({ ...sight, walTarget: undefined })),
    ["error test-db2 wal-folder"],
  ],
  [
    "pg_wal elsewhere",
    host("test-db2", (sight) => ({ ...sight, walTarget: "/pgdata/wal" })),
    ["error test-db2 wal-folder"],
  ],
  [
    "no answer of PostgreSQL",
    host("test-db2", (sight) => ({ ...sight, postgresql: undefined })),
    ["error test-db2 postgresql"],
  ],
  ["no checksums", postgresql({ hasChecksums: false }), ["error test-db2 checksums"]],
  [
    "settings that wait",
    postgresql({ pendingRestart: ["max_connections"] }),
    ["warning test-db2 pending-restart"],
  ],
  ["md5", hba(rule("host", "10.0.0.0", "md5", "255.0.0.0")), ["error test-db2 hba-weak"]],
  ["trust on the socket", hba(rule("local", null, "trust")), ["error test-db2 hba-weak"]],
  [
    "the world, by its address",
    hba(rule("host", "0.0.0.0", "scram-sha-256", "0.0.0.0")),
    ["error test-db2 hba-world"],
  ],
  [
    "the world in IPv6",
    hba(rule("hostssl", "::", "scram-sha-256", "::")),
    ["error test-db2 hba-world"],
  ],
  [
    "the world, by its name",
    hba(rule("host", "all", "scram-sha-256", null)),
    ["error test-db2 hba-world"],
  ],
  ["a half of the world", hba(rule("host", "0.0.0.0", "scram-sha-256", "128.0.0.0")), []],
  [
    "samenet",
    hba(rule("host", "samenet", "scram-sha-256", null)),
    ["warning test-db2 hba-samenet"],
  ],
  [
    "a rule that is wrong",
    hba({
      ...rule("host", null, "trust"),
      type: null,
      method: null,
      error: "invalid connection type",
    }),
    ["error test-db2 hba-error"],
  ],
  [
    "a role missing on the leader",
    postgresql({ roles: ["postgres"] }, "test-db1"),
    Array.from({ length: 3 }, () => "error test-db1 databases"),
  ],
  ["roles on a replica are not looked at", postgresql({ roles: [], databases: [] }), []],
  ["a database missing", postgresql({ databases: [] }, "test-db1"), ["error test-db1 databases"]],
];

testRows(rows);

test("with disks Patroni must wait for both to be mounted", () => {
  const disks = threeHosts();
  const sights = unit("patroni.service", { mounts: [disks.postgresql.dataRoot] })(
    healthySights(disks),
  );
  assert.deepEqual(complaintsOf(sights, disks), ["error test-db2 unit-order"]);
});

test("the world is a warning where the operator wants it", () => {
  const open = sixHosts({ postgresql: { ...cluster.postgresql, clientNetworks: ["0.0.0.0/0"] } });
  const sights = hba(rule("host", "0.0.0.0", "scram-sha-256", "0.0.0.0"))(healthySights(open));
  assert.deepEqual(complaintsOf(sights, open), ["warning test-db2 hba-world"]);
});
