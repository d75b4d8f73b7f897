/**
 * What is said to be left on a host: data before and not after they were deleted, volumes with the lines
 * to give them up, and what nothing shows to be of provisioning.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { leftLines, leftQuestions } from "../../../src/provision/removal/left.ts";
import { removalPhases } from "../../../src/provision/removal/phases.ts";
import { leftText } from "../../../src/provision/report/left-text.ts";
import { answer } from "../fake/answers.ts";
import { type HostModel, file } from "../fake/model.ts";
import { sixHosts, threeHosts } from "../support/clusters.ts";
import { worldOf } from "../verify/worlds.ts";
import { builtHost, freshHost, removeFrom, withData, withoutData } from "./built-host.ts";

const world = worldOf(threeHosts());
const [host = assert.fail()] = world.cluster.hosts;

function linesFor(model: HostModel): readonly string[] {
  const wishes = removalPhases(withoutData)
    .filter((phase) => phase.hosts(world).includes(host))
    .flatMap((phase) => phase.resources(world, host))
    .filter((wish) => wish.kind === "removal");
  const facts = answer(model, leftQuestions(world, host, wishes));
  return leftLines(world, host, { wishes, facts });
}

const volumes = [
  "volume pg/pg_data on /pgdata; to give it up: umount /pgdata, take its line out of /etc/fstab, lvremove pg/pg_data",
  "volume pg/pg_wal on /pgwal; to give it up: umount /pgwal, take its line out of /etc/fstab, lvremove pg/pg_wal",
];
const system = [
  "packages: postgresql-17, python3, python3-venv",
  "users: consul, postgres, vip-agent",
];
const readme = "/etc/vip-agent: with README in it";

test("data, volumes, packages and users", async () => {
  const model = await builtHost(world, host);
  await removeFrom(world, host, model, withoutData);
  assert.deepEqual(linesFor(model), [
    "data of PostgreSQL: /pgdata/17/test",
    "WAL: /pgwal/17/test",
    "Consul's data, with its keys, policies and tokens: /var/lib/consul",
    ...volumes,
    ...system,
    readme,
  ]);
});

test("everything but data, once they were deleted", async () => {
  const model = await builtHost(world, host);
  await removeFrom(world, host, model, withData);
  assert.deepEqual(linesFor(model), [...volumes, ...system, readme]);
});

test("things of others, and why they stayed", () => {
  const model = freshHost();
  model.entries.set("/usr/local/bin/consul", file("theirs"));
  model.packages.set("vip-agent", "9.0");
  assert.deepEqual(linesFor(model), [
    "package vip-agent: nothing shows that provisioning has installed it",
    "/usr/local/bin/consul: nothing shows that provisioning has put it there",
  ]);
});

test("nothing on a bare host, also one without a database", () => {
  assert.deepEqual(linesFor(freshHost()), []);
  const six = worldOf(sixHosts());
  const [server = assert.fail()] = six.cluster.hosts;
  const facts = answer(freshHost(), leftQuestions(six, server, []));
  assert.deepEqual(leftLines(six, server, { wishes: [], facts }), []);
});

test("as text, host by host, with how to go on", () => {
  const left = [
    { host: "db1", things: ["WAL: /pgwal", "users: consul"] },
    { host: "db2", things: [] },
  ];
  assert.equal(
    leftText(left, ["apply brings it back"]),
    "left:\n  db1\n    WAL: /pgwal\n    users: consul\n  db2\n    nothing\n\napply brings it back\n",
  );
});
