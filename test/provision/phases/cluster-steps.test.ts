/**
 * What the cluster as a whole lacks, asked of the leader: Patroni's dynamic configuration, roles and
 * databases.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { phases } from "../../../src/provision/phases/phases.ts";
import { dynamicConfig } from "../../../src/provision/render/patroni.ts";
import { sixHosts } from "../support/clusters.ts";
import { said, worldOf } from "../verify/worlds.ts";
import { servedPorts } from "./served.ts";

const world = worldOf(sixHosts());
const { cluster, parameters } = world;
const steps = phases.find(({ name }) => name === "databases")?.steps ?? assert.fail();

const leading = [{ name: "test-db2", role: "leader", state: "running" }];
const wanted = JSON.stringify(dynamicConfig(cluster, parameters));
const all = [
  ...cluster.postgresql.roles.map(({ name }) => `role|${name}`),
  ...cluster.postgresql.databases.map(({ name }) => `database|${name}`),
];

type Played = {
  readonly members?: readonly object[];
  readonly config?: string;
  readonly there?: readonly string[];
};

/** What would be done; the leader is the only one that is asked for it. */
async function summaries(context: TestContext, played: Played) {
  const { members = leading, config = wanted, there = all } = played;
  const page = (host: string, path: string) => {
    if (path === "/cluster") return JSON.stringify({ members });
    assert.deepEqual([host, path], ["test-db2", "/config"]);
    return config;
  };
  const ports = await servedPorts(context, cluster, page, (host) => ({ argv }) => {
    assert.equal(host, "test-db2");
    assert(argv.includes("--file=-"));
    return said(`${there.join("\n")}\n`);
  });
  const planned = await steps(world, ports);
  return planned.ok ? planned.value.map(({ summary }) => summary) : planned.code;
}

test("Before anybody leads there is nobody to ask, which is no refusal.", async (t) => {
  assert.equal(await summaries(t, { members: [] }), "absent");
});

test("Where all is as wished, nothing is done.", async (t) => {
  assert.deepEqual(await summaries(t, {}), []);
});

test("What differs and what is missing is told by its name.", async (t) => {
  const config = wanted.replace('"ttl":30', '"ttl":20');
  assert.notEqual(config, wanted);
  const there = all.filter((line) => line !== "role|backup" && line !== "database|shop");
  assert.deepEqual(await summaries(t, { config, there }), [
    "change Patroni's dynamic configuration: ttl",
    "make role backup, database shop on test-db2",
  ]);
});

test("A leader without a configuration to show is a refusal.", async (t) => {
  assert.equal(await summaries(t, { config: "not now" }), "refused");
});
