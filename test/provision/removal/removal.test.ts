/**
 * A stack that is taken off a host: what goes, what stays, and that a run that was cut off anywhere is
 * finished by the next one.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { dataFolder, patroniConfigFile, walFolder } from "../../../src/provision/render/paths.ts";
import type { Operation } from "../../../src/provision/resources/operation.ts";
import { type HostModel, bareModel, copyOf, file, link, picture } from "../fake/model.ts";
import { sixHosts, threeHosts } from "../support/clusters.ts";
import { worldOf } from "../verify/worlds.ts";
import {
  addData,
  build,
  builtHost,
  freshHost,
  isDataPath,
  removeFrom,
  withData,
  withoutData,
} from "./built-host.ts";

/** One host with everything on it, disks too. */
const world = worldOf(threeHosts());
const { cluster } = world;
const host = firstOf(cluster);

function firstOf({ hosts }: Cluster): Host {
  const [first] = hosts;
  assert.ok(first);
  return first;
}

function dataOf({ entries }: HostModel): readonly (readonly [string, unknown])[] {
  return [...entries]
    .filter(([path]) => isDataPath(cluster, path))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** What a host has that a bare one has not, users and packages apart. */
function leftOn(model: HostModel): readonly string[] {
  const bare = bareModel();
  return [...model.entries.keys()].filter((path) => {
    return !bare.entries.has(path) && !isDataPath(cluster, path);
  });
}

function pathsOf(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((operation) => {
    const places = [
      "path" in operation ? operation.path : undefined,
      "mountPoint" in operation ? operation.mountPoint : undefined,
    ];
    return places.flatMap((path) => path ?? []);
  });
}

describe("a removal", () => {
  test("leaves data, users and packages of the system, and nothing else of the stack", async () => {
    const model = await builtHost(world, host);
    const before = copyOf(model);
    const { failure } = await removeFrom(world, host, model, withoutData);
    assert.equal(failure, undefined);
    assert.deepEqual(dataOf(model), dataOf(before));
    assert.deepEqual(leftOn(model).toSorted(), [
      "/etc/postgresql-common",
      "/etc/postgresql-common/createcluster.d",
      "/etc/vip-agent",
      "/etc/vip-agent/README",
      "/usr/lib/systemd/system/postgresql.service",
      "/var/lib/vip-agent-provision",
      "/var/lib/vip-agent-provision/left-consul.json",
      "/var/lib/vip-agent-provision/left-patroni.yml",
    ]);
    assert.deepEqual([...model.packages.keys()], ["postgresql-17", "python3", "python3-venv"]);
    assert.deepEqual(model.users, before.users);
    assert.deepEqual(model.volumeGroups, before.volumeGroups);
    assert.deepEqual(model.entries.get("/etc/hosts"), bareModel().entries.get("/etc/hosts"));
    assert.deepEqual(model.entries.get("/etc/fstab"), before.entries.get("/etc/fstab"));
    const running = [...model.units].filter(([name, unit]) => {
      return !bareModel().units.has(name) && (unit.active === "active" || unit.isEnabled);
    });
    assert.deepEqual(running, []);
  });

  test("stops what runs before it takes anything from it, the agent before Patroni before Consul", async () => {
    const model = await builtHost(world, host);
    const { told } = await removeFrom(world, host, model, withoutData);
    const order = [
      "stop vip-agent.service",
      "write down whose the data are: /var/lib/vip-agent-provision/left-patroni.yml",
      "stop patroni.service",
      `remove ${patroniConfigFile}`,
      "remove the package vip-agent 0.1.0-1",
      "remove /etc/vip-agent/vip-agent.yml",
      "stop consul.service",
      "remove /usr/local/bin/consul",
      "remove /etc/systemd/system/consul.service",
    ];
    const places = order.map((summary) => told.indexOf(summary));
    assert.ok(!places.includes(-1), `${order[places.indexOf(-1)]} is not in ${told.join("\n")}`);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  });

  test("keeps every file that it removes", async () => {
    const model = await builtHost(world, host);
    const before = copyOf(model);
    const { operations } = await removeFrom(world, host, model, withoutData);
    const removed = operations.flatMap((operation) => {
      return operation.kind === "remove-file" ? [operation.path] : [];
    });
    assert.ok(removed.length > 10, removed.join());
    const kept = new Map(model.kept.map(({ path, text }) => [path, text]));
    for (const path of removed) {
      const entry = before.entries.get(path);
      assert.equal(kept.get(path), entry?.type === "file" ? entry.text : kept.get(path), path);
      assert.ok(kept.has(path), path);
    }
  });

  test("names a file that was changed by hand, and keeps it too", async () => {
    const model = await builtHost(world, host);
    model.entries.set(patroniConfigFile, file("scope: mine\n"));
    const { told } = await removeFrom(world, host, model, withoutData);
    const changed = told.filter((text) => text.includes("by hand"));
    assert.deepEqual(changed, [`remove ${patroniConfigFile}, which was changed by hand`]);
    assert.ok(model.kept.some(({ text }) => text === "scope: mine\n"));
  });

  test("calls nothing changed where what was written is not known", async () => {
    const model = await builtHost(world, host);
    const removal = { isWithData: false, isComparable: false };
    const { told } = await removeFrom(worldOf(threeHosts()), host, model, removal);
    assert.deepEqual(
      told.filter((text) => text.includes("by hand")),
      [],
    );
  });

  test("finds nothing to do a second time, nor on a bare host", async () => {
    const model = await builtHost(world, host);
    await removeFrom(world, host, model, withoutData);
    for (const each of [model, freshHost()]) {
      const before = picture(each);
      const { operations } = await removeFrom(world, host, each, withoutData);
      assert.deepEqual(operations, []);
      assert.deepEqual(picture(each), before);
    }
  });

  test("leaves what nothing shows to be of provisioning", async () => {
    const model = freshHost();
    const theirs = [
      ["/usr/local/bin/consul", file("theirs")],
      ["/usr/local/bin/patroni", link("/srv/patroni/bin/patroni")],
      ["/etc/systemd/system/postgresql.service", link("/dev/null")],
      ["/usr/lib/systemd/system/vip-agent.service", file("User=root\n")],
    ] as const;
    for (const [path, entry] of theirs) model.entries.set(path, entry);
    model.packages.set("vip-agent", "0.1.0-1");
    model.units.set("vip-agent.service", {
      isEnabled: true,
      active: "active",
      loaded: "User=root\n",
      runsOn: new Map(),
    });
    const { operations } = await removeFrom(world, host, model, withoutData);
    assert.deepEqual(operations, []);
  });

  test("is undone by apply, which finds the data as they were", async () => {
    const model = await builtHost(world, host);
    const before = copyOf(model);
    await removeFrom(world, host, model, withoutData);
    await build(world, host, model);
    const isNote = (path: string) => path.includes("/left-");
    for (const [path] of model.entries) if (isNote(path)) model.entries.delete(path);
    assert.deepEqual(picture(model), picture(before));
  });
});

describe("a removal that is cut off", () => {
  for (const removal of [withoutData, withData]) {
    test(`${removal.isWithData ? "with" : "without"} data is finished by the next one`, async () => {
      const model = await builtHost(world, host);
      const whole = copyOf(model);
      const { fake, failure } = await removeFrom(world, host, whole, removal);
      assert.equal(failure, undefined);
      let cuts = 0;
      for (const [index, count] of fake.stageCounts.entries()) {
        for (let stages = 0; stages <= count; stages += 1) {
          const broken = copyOf(model);
          const cutOff = { at: index + 1, stages };
          const cut = await removeFrom(world, host, broken, { ...removal, cutOff });
          assert.ok(cut.failure, `nothing was cut off at ${index + 1}`);
          const rest = await removeFrom(world, host, broken, removal);
          assert.equal(rest.failure, undefined, `${index + 1}, ${stages}: ${rest.failure}`);
          assert.deepEqual(picture(broken), picture(whole), `cut off at ${index + 1}, ${stages}`);
          cuts += 1;
        }
      }
      assert.ok(cuts > 60, `only ${cuts} runs were cut off`);
    });
  }
});

describe("data", () => {
  const cut = fc.record({ at: fc.integer({ min: 1, max: 70 }), stages: fc.nat({ max: 4 }) });
  const clusters = [threeHosts(), sixHosts()].map(worldOf);
  const someCase = fc.record({
    world: fc.constantFrom(...clusters),
    place: fc.nat({ max: 5 }),
    builtUntil: fc.option(cut, { nil: undefined }),
    hasData: fc.boolean(),
    cutOff: fc.option(cut, { nil: undefined }),
  });

  test("are named by no operation without their confirmation", async () => {
    let performed = 0;
    await fc.assert(
      fc.asyncProperty(someCase, async ({ world: one, place, builtUntil, hasData, cutOff }) => {
        const { hosts } = one.cluster;
        const some = hosts[place % hosts.length] ?? firstOf(one.cluster);
        const model = freshHost();
        await build(one, some, model, builtUntil);
        if (hasData) addData(one.cluster, model);
        const before = dataOf(copyOf(model));
        const removal = { ...withoutData, ...(cutOff && { cutOff }) };
        const { operations, failure } = await removeFrom(one, some, model, removal);
        assert.ok(failure === undefined || failure.includes("connection was lost"), failure);
        const named = pathsOf(operations).filter((path) => isDataPath(one.cluster, path));
        assert.deepEqual(named, []);
        assert.ok(!operations.some(({ kind }) => kind === "remove-data"));
        assert.deepEqual(dataOf(model), before);
        performed += operations.length;
      }),
      { numRuns: 300 },
    );
    assert.ok(performed > 1_000, `only ${performed} operations were looked at`);
  });

  test("are gone with it, and volumes, users and packages are not", async () => {
    const model = await builtHost(world, host);
    const before = copyOf(model);
    const { failure } = await removeFrom(world, host, model, withData);
    assert.equal(failure, undefined);
    assert.deepEqual(
      dataOf(model).map(([path]) => path),
      [cluster.postgresql.dataRoot, cluster.postgresql.walRoot],
    );
    assert.deepEqual(model.volumeGroups, before.volumeGroups);
    assert.deepEqual(model.users, before.users);
    assert.ok(model.packages.has("postgresql-17"));
    assert.ok(![...model.entries.keys()].some((path) => path.includes("/left-")));
    assert.deepEqual((await removeFrom(world, host, model, withData)).operations, []);
  });

  test("go after a removal that has kept them, too", async () => {
    const model = await builtHost(world, host);
    await removeFrom(world, host, model, withoutData);
    const { told } = await removeFrom(world, host, model, withData);
    assert.deepEqual(told.slice(0, 3), [
      `DELETE PGDATA: ${dataFolder(cluster)}`,
      `DELETE WAL: ${walFolder(cluster)}`,
      "DELETE Consul's data: /var/lib/consul",
    ]);
  });

  const strange: readonly [string, (model: HostModel) => void, RegExp][] = [
    [
      "a folder without PG_VERSION",
      ({ entries }) => entries.delete(`${dataFolder(cluster)}/PG_VERSION`),
      /does not look like PGDATA/,
    ],
    [
      "a link",
      ({ entries }) => {
        for (const path of entries.keys()) {
          if (path.startsWith(`${walFolder(cluster)}/`)) entries.delete(path);
        }
        entries.set(walFolder(cluster), link("/srv"));
      },
      /is a link to \/srv, and a folder is needed there/,
    ],
    [
      "a folder of WAL with something else in it",
      ({ entries }) => entries.set(`${walFolder(cluster)}/notes.txt`, file("mine")),
      /does not look like WAL/,
    ],
    [
      "a folder of Consul's without a node",
      ({ entries }) => entries.delete("/var/lib/consul/node-id"),
      /does not look like Consul's data/,
    ],
  ];
  for (const [what, change, finding] of strange) {
    test(`that are not what they should be stay: ${what}`, async () => {
      const model = await builtHost(world, host);
      change(model);
      const before = dataOf(copyOf(model));
      const { failure } = await removeFrom(world, host, model, withData);
      assert.match(failure ?? "", finding);
      assert.deepEqual(dataOf(model), before);
    });
  }
});
