/**
 * What a host is asked for verify, and how its answer is read.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import fc from "fast-check";

import { hostScript, parseHost } from "../../../src/provision/verify/host-script.ts";
import { secretTexts, sixHosts } from "../support/clusters.ts";
import { hostAnswer } from "./recorded.ts";
import { worldOf } from "./worlds.ts";

const world = worldOf(sixHosts());
const [server, , , database] = world.cluster.hosts;
assert(server !== undefined && database !== undefined);

test("the answer of a database host", () => {
  const sight = parseHost(hostAnswer(database));
  assert(sight !== undefined);
  assert.deepEqual(sight.units.get("patroni.service"), {
    active: "active",
    file: "enabled",
    after: ["consul.service", "vip-agent.service", "basic.target"],
    mounts: ["/pgdata", "/pgwal"],
  });
  assert.equal(sight.units.get("consul.service")?.file, "enabled");
  assert.equal(sight.units.size, 3);
  assert.deepEqual(sight.interfaces?.[0]?.addresses, [
    { address: database.address, prefixLength: 24, isLimited: false },
    { address: "192.168.1.140", prefixLength: 32, isLimited: true },
  ]);
  assert.equal(sight.walTarget, "/pgwal/17/test");
  assert.equal(sight.postgresql?.hasChecksums, true);
  assert.equal(sight.postgresql.isInRecovery, false);
  assert.deepEqual(sight.postgresql.pendingRestart, ["max_connections"]);
  assert.deepEqual(
    sight.postgresql.rules.map(({ method, netmask }) => [method, netmask]),
    [
      ["peer", null],
      ["md5", "0.0.0.0"],
      [null, null],
    ],
  );
  assert.deepEqual(sight.agent, { attention: ["Consul gives no answer"] });
});

test("what PostgreSQL says when it lets nobody in, and pg_wal that is no link", () => {
  const answer = "wal\t/pgdata/17/test/pg_wal\npostgresql-trouble\tpsql: error: no socket\nend\n";
  const sight = parseHost(answer);
  assert.equal(sight?.postgresql, undefined);
  assert.equal(sight?.postgresqlTrouble, "psql: error: no socket");
  assert.equal(sight?.walTarget, undefined);
  assert.equal(sight?.agent, undefined);
});

test("a Consul server is asked for Consul alone", () => {
  const script = hostScript(world, server);
  assert(script.includes("units consul.service\n"));
  assert.doesNotMatch(script, /^ {4}(postgresql|agent)/m);
});

test("the script is whole sh, says `end` on any host, and bears no secret", () => {
  const script = hostScript(world, database);
  const { stdout, stderr, status } = spawnSync("sh", ["-s"], { input: script, encoding: "utf8" });
  assert.equal(status, 0);
  assert.equal(stderr, "");
  const sight = parseHost(stdout);
  assert(sight !== undefined);
  assert.equal(sight.postgresql, undefined);
  assert.notEqual(sight.postgresqlTrouble, "");
  for (const [name, secret] of secretTexts(world.secrets)) assert(!script.includes(secret), name);
});

test("an answer that was cut off is none", () => {
  assert.equal(parseHost(hostAnswer(database).replace("\nend", "\nen")), undefined);
});

test("reading never fails, whatever a host prints", () => {
  const word = fc.constantFrom("unit", "interfaces", "wal", "wal-link", "postgresql", "agent", "x");
  const field = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom("Id=__proto__", "After=a b", "", '{"vips":[{"attention":[]}]}', "[{}]"),
  );
  const row = fc.tuple(word, field).map((words) => words.join("\t"));
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      assert.notEqual(parseHost([...rows, "end"].join("\n")), undefined);
    }),
  );
});
