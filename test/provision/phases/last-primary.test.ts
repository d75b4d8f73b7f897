/**
 * Which member of a cluster that stands still has the newest data.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { done } from "../../../src/outcome.ts";
import { databaseHosts } from "../../../src/provision/cluster/hosts.ts";
import { lastPrimary, parseControlFile } from "../../../src/provision/phases/last-primary.ts";
import { Ports } from "../../../src/provision/phases/ports.ts";
import { patroniWaves } from "../../../src/provision/phases/waves.ts";
import { sixHosts } from "../support/clusters.ts";
import { executorsOf, worldOf } from "../verify/worlds.ts";

type Said = {
  readonly state: string;
  readonly timeline?: number;
  readonly checkpoint?: string;
  readonly recovery?: string;
  readonly recoveryTimeline?: number;
};

/** As pg_controldata of PostgreSQL 15 prints it. */
function controlText({
  state,
  timeline = 1,
  checkpoint = "0/3000028",
  recovery = "0/0",
  recoveryTimeline = 0,
}: Said): string {
  return `pg_control version number:            1300
Database system identifier:           7440000000000000000
Database cluster state:               ${state}
pg_control last modified:             Sat Nov 21 18:00:00 2026
Latest checkpoint location:           ${checkpoint}
Latest checkpoint's REDO location:    ${checkpoint}
Latest checkpoint's TimeLineID:       ${timeline}
Latest checkpoint's PrevTimeLineID:   ${timeline}
Minimum recovery ending location:     ${recovery}
Min recovery ending loc's timeline:   ${recoveryTimeline}
`;
}

const cluster = sixHosts();
const world = worldOf(cluster);
const hosts = databaseHosts(cluster);

function portsFor(said: Readonly<Record<string, Said>>): Ports {
  const executors = executorsOf(cluster, (name) => ({
    ask: ({ argv }) => {
      assert.deepEqual(argv, ["/usr/lib/postgresql/17/bin/pg_controldata", "/pgdata/17/test"]);
      const one = said[name];
      return one === undefined
        ? done({ exitCode: 1, stdout: "", stderr: "no such file" })
        : done({ exitCode: 0, stdout: controlText(one), stderr: "" });
    },
  }));
  return new Ports(cluster, executors);
}

const replica = {
  state: "shut down in recovery",
  checkpoint: "0/3000028",
  recovery: "0/30001C8",
  recoveryTimeline: 1,
};

describe("the last primary", () => {
  const rows: readonly (readonly [string, Readonly<Record<string, Said>>, string | undefined])[] = [
    ["nobody, where there is no data", {}, undefined],
    [
      "who was stopped as a primary, though others are first",
      { "test-db1": replica, "test-db2": { state: "shut down" }, "test-db3": replica },
      "test-db2",
    ],
    [
      "who is on a newer timeline, and not a primary of old",
      {
        "test-db1": { state: "in production", checkpoint: "1/0" },
        "test-db2": { ...replica, recoveryTimeline: 2 },
      },
      "test-db2",
    ],
    [
      "who came further, where none was a primary",
      {
        "test-db1": replica,
        "test-db2": { ...replica, recovery: "0/30001D0" },
        "test-db3": { ...replica, recovery: "0/FFFF" },
      },
      "test-db2",
    ],
    [
      "who came further by more than a file",
      {
        "test-db1": { ...replica, recovery: "0/FF000000" },
        "test-db3": { ...replica, recovery: "1/0" },
      },
      "test-db3",
    ],
  ];
  for (const [who, said, expected] of rows) {
    test(`is ${who}`, async () => {
      assert.equal((await lastPrimary(world, portsFor(said), hosts))?.name, expected);
    });
  }

  test("is started before the others when the cluster is brought back", async () => {
    const ports = portsFor({ "test-db1": replica, "test-db3": { state: "shut down" } });
    const waves = await patroniWaves(world, ports, hosts);
    assert.deepEqual(
      waves.map((wave) => wave.map(({ name }) => name)),
      [["test-db3"], ["test-db1", "test-db2"]],
    );
    const fresh = await patroniWaves(world, portsFor({}), hosts);
    assert.deepEqual(
      fresh.map((wave) => wave.map(({ name }) => name)),
      [["test-db1"], ["test-db2", "test-db3"]],
    );
  });

  test("is not guessed from something else", () => {
    assert.equal(parseControlFile("state of test-db1"), undefined);
    assert.equal(parseControlFile(""), undefined);
  });
});
