/**
 * What hosts tell about sizes: what a package has tuned is taken over once, and volumes for WAL count.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { systemClock } from "../../../src/clock.ts";
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { applyPhases } from "../../../src/provision/phases/apply.ts";
import { lookAtHosts } from "../../../src/provision/phases/look.ts";
import type { Phase } from "../../../src/provision/phases/phase.ts";
import { Ports } from "../../../src/provision/phases/ports.ts";
import { patroniWishes } from "../../../src/provision/phases/wishes/patroni.ts";
import type { World } from "../../../src/provision/phases/world.ts";
import { packagedFile } from "../../../src/provision/render/paths.ts";
import type { Resource } from "../../../src/provision/resources/resource.ts";
import { type FakeHost, fakeHost } from "../fake/fake-host.ts";
import { type HostModel, bareModel, file } from "../fake/model.ts";
import { secretsFor, sixHosts } from "../support/clusters.ts";

const stockFolder = "/var/lib/pgpro/1c-17/data";
const stockFile = `${stockFolder}/postgresql.conf`;

function clusterWith(changes: Partial<Cluster["postgresql"]> = {}): Cluster {
  const cluster = sixHosts();
  const profile = { profile: "postgrespro-1c", tuning: "1c" } as const;
  return { ...cluster, postgresql: { ...cluster.postgresql, ...profile, ...changes } };
}

type Stage = { readonly cluster: Cluster; readonly hosts: ReadonlyMap<string, FakeHost> };

/** `tuned` are the texts of the package's configuration, by the host's name. */
function stageWith(tuned: Readonly<Record<string, string>>, cluster = clusterWith()): Stage {
  const hosts = cluster.hosts.map(({ name }): [string, FakeHost] => {
    const model = bareModel();
    const text = tuned[name];
    if (text !== undefined) model.entries.set(stockFile, file(text));
    return [name, fakeHost({ host: name, model })];
  });
  return { cluster, hosts: new Map(hosts) };
}

function modelOf({ hosts }: Stage, name: string): HostModel {
  const model = hosts.get(name)?.model;
  assert(model !== undefined);
  return model;
}

async function worldOf({ cluster, hosts }: Stage): Promise<World> {
  const ports = new Ports(cluster, hosts);
  const looked = await lookAtHosts(cluster, secretsFor(cluster), ports);
  assert(looked.world !== undefined, JSON.stringify(looked.findings));
  return looked.world;
}

function hostNamed({ hosts }: Cluster, name: string): Host {
  const host = hosts.find((one) => one.name === name);
  assert(host !== undefined);
  return host;
}

function fileOf(world: World, name: string, path: string): string | undefined {
  const wishes = patroniWishes(world, hostNamed(world.cluster, name));
  const found = wishes.find((wish) => wish.kind === "file" && wish.path === path);
  return found?.kind === "file" ? found.content.text : undefined;
}

const tuned = {
  "test-db1": "shared_buffers = 600MB\nmax_connections = 90\n",
  "test-db2": "shared_buffers = 500MB\nmax_connections = 61\nlisten_addresses = '*'\n",
  "test-db3": "shared_buffers = 500MB\nmax_connections = 62\n",
};

test("What the package has tuned on the smallest host becomes the parameters of all.", async () => {
  const { parameters } = await worldOf(stageWith(tuned));
  assert.equal(parameters["shared_buffers"], "500MB");
  assert.equal(parameters["max_connections"], 61);
  assert.equal(parameters["listen_addresses"], undefined);
});

test("It stands in Patroni's configuration, and is kept beside it on each host.", async () => {
  const world = await worldOf(stageWith(tuned));
  assert.match(fileOf(world, "test-db1", "/etc/patroni/patroni.yml") ?? "", /"500MB"/);
  assert.match(fileOf(world, "test-db1", packagedFile) ?? "", /^shared_buffers = '600MB'$/m);
  assert.doesNotMatch(fileOf(world, "test-db2", packagedFile) ?? "", /listen_addresses/);
});

test("Once taken, it counts whatever becomes of the package's own cluster.", async () => {
  const stage = stageWith(tuned);
  const world = await worldOf(stage);
  for (const name of Object.keys(tuned)) {
    const text = fileOf(world, name, packagedFile);
    assert(text !== undefined);
    modelOf(stage, name).entries.set(packagedFile, file(text));
  }
  modelOf(stage, "test-db2").entries.delete(stockFile);
  modelOf(stage, "test-db3").entries.set(stockFile, file("shared_buffers = 1MB\n"));
  const again = await worldOf(stage);
  assert.deepEqual(again.parameters, world.parameters);
  assert.equal(fileOf(again, "test-db2", packagedFile), fileOf(world, "test-db2", packagedFile));
});

test("A cluster that nobody has tuned tells nothing: the formula counts.", async () => {
  const initdb = "max_connections = 100\nshared_buffers = 128MB\nmax_wal_size = 1GB\n";
  const untouched = await worldOf(stageWith({ "test-db1": initdb }));
  const bare = await worldOf(stageWith({}));
  assert.deepEqual(untouched.parameters, bare.parameters);
  assert.equal(fileOf(untouched, "test-db1", packagedFile), undefined);
});

test("Of other packages nothing is read.", async () => {
  const cluster = clusterWith({ profile: "pgdg" });
  const { parameters } = await worldOf(stageWith(tuned, cluster));
  assert.notEqual(parameters["shared_buffers"], "500MB");
});

test("A run that installs the package goes on with what that has tuned.", async () => {
  const stage = stageWith({});
  const seen: unknown[] = [];
  const databases = ({ cluster }: World) => {
    return cluster.hosts.filter(({ roles }) => roles.includes("database"));
  };
  const folders = stockFolder
    .split("/")
    .slice(2)
    .map((_, index, words) => {
      return `/var/${words.slice(0, index + 1).join("/")}`;
    });
  const access = { owner: "root", group: "root", mode: "0644" };
  const installed: readonly Resource[] = [
    ...folders.map((path): Resource => ({ kind: "directory", path, ...access, mode: "0755" })),
    {
      kind: "file",
      path: stockFile,
      ...access,
      content: { text: tuned["test-db1"], isSecret: false },
    },
  ];
  const phases: readonly Phase[] = [
    { name: "programs", hosts: databases, resources: () => installed },
    {
      name: "patroni",
      looksAnew: true,
      hosts: databases,
      resources: ({ parameters }) => {
        seen.push(parameters["max_connections"]);
        return [];
      },
    },
  ];
  const { cluster, hosts } = stage;
  const world = await worldOf(stage);
  assert.notEqual(world.parameters["max_connections"], 90);
  const applied = await applyPhases(
    {
      world,
      ports: new Ports(cluster, hosts),
      clock: systemClock(),
      signal: new AbortController().signal,
      tell: () => {},
    },
    phases,
  );
  assert(applied.ok);
  assert.deepEqual(seen, [90, 90, 90]);
  assert.equal(applied.value.world.parameters["max_connections"], 90);
});

test("The smallest volume for WAL bounds what is kept there, the disk until it is made.", async () => {
  const disks = { data: "/dev/vdb", wal: "/dev/vdc" };
  const plain = clusterWith({ profile: "distribution" });
  const hosts = plain.hosts.map((host) => (host.name === "test-db2" ? { ...host, disks } : host));
  const stage = stageWith({}, { ...plain, hosts });
  const model = modelOf(stage, "test-db2");
  const sizeBytes = 4_000 * 2 ** 20;
  model.disks.set("/dev/vdc", { paths: ["/dev/vdc"], serial: "W", sizeBytes, uses: [] });
  const before = await worldOf(stage);
  assert.equal(before.parameters["max_slot_wal_keep_size"], "1000MB");
  model.disks.set("/dev/vdc", { paths: ["/dev/vdc"], serial: "W", sizeBytes: 2 ** 40, uses: [] });
  model.disks.set("/dev/vdd", { paths: ["/dev/vdd"], serial: "X", sizeBytes, uses: [] });
  const volume = { disk: "/dev/vdd", filesystem: "ext4", mountPoint: "/pgwal" };
  const volumes = new Map([["pg_wal", volume]]);
  model.volumeGroups.set("pg", { disks: ["/dev/vdd"], volumes });
  const after = await worldOf(stage);
  assert.equal(after.parameters["max_slot_wal_keep_size"], "1000MB");
});
