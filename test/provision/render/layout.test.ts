/**
 * Which PostgreSQL a host gets, by its os-release and the profile.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { PostgresqlWish } from "../../../src/provision/cluster/cluster.ts";
import { isObstacle, layoutOf } from "../../../src/provision/render/layout.ts";
import type { HostFact } from "../../../src/provision/resources/facts.ts";
import { astra18, debian12, redos8, rocky9, sixHosts } from "../support/clusters.ts";

const ubuntu: HostFact["os"] = { id: "ubuntu", idLike: ["debian"], version: "24.04" };
const relative: HostFact["os"] = { id: "mylinux", idLike: ["debian"], version: "1" };
const alpine: HostFact["os"] = { id: "alpine", idLike: [], version: "3.22" };

function layout(os: HostFact["os"], profile: PostgresqlWish["profile"], major = 17) {
  const cluster = sixHosts();
  return layoutOf(os, { ...cluster, postgresql: { ...cluster.postgresql, profile, major } });
}

type Row = readonly [
  os: HostFact["os"],
  profile: PostgresqlWish["profile"],
  packages: readonly string[],
  binFolder: string,
  unit: string,
];

const rows: readonly Row[] = [
  [debian12, "distribution", ["postgresql-17"], "/usr/lib/postgresql/17/bin", "postgresql.service"],
  [ubuntu, "pgdg", ["postgresql-17"], "/usr/lib/postgresql/17/bin", "postgresql.service"],
  [relative, "pgdg", ["postgresql-17"], "/usr/lib/postgresql/17/bin", "postgresql.service"],
  [
    rocky9,
    "pgdg",
    ["postgresql17-server", "postgresql17-contrib"],
    "/usr/pgsql-17/bin",
    "postgresql-17.service",
  ],
  [
    redos8,
    "distribution",
    ["postgresql17-server", "postgresql17-contrib"],
    "/usr/pgsql-17/bin",
    "postgresql-17.service",
  ],
  [
    rocky9,
    "distribution",
    ["postgresql-server", "postgresql-contrib"],
    "/usr/bin",
    "postgresql.service",
  ],
  [
    astra18,
    "postgrespro-1c",
    ["postgrespro-1c-17"],
    "/opt/pgpro/1c-17/bin",
    "postgrespro-1c-17.service",
  ],
  [
    redos8,
    "postgrespro-1c",
    ["postgrespro-1c-17"],
    "/opt/pgpro/1c-17/bin",
    "postgrespro-1c-17.service",
  ],
];

for (const [os, profile, packages, binFolder, unit] of rows) {
  test(`${os.id} with ${profile} has its programs in ${binFolder}.`, () => {
    const found = layout(os, profile);
    assert(!isObstacle(found));
    assert.deepEqual(found.packages, packages);
    assert.equal(found.binFolder, binFolder);
    assert(found.unitsToMask.includes(unit));
    assert.equal(found.socketFolder, found.socketFolders[0]);
  });
}

test("Debian's package is kept from making a cluster, and Python comes with its venv.", () => {
  const found = layout(debian12, "distribution");
  assert(!isObstacle(found));
  assert.equal(
    found.stockClusterSwitch?.path,
    "/etc/postgresql-common/createcluster.d/vip-agent.conf",
  );
  assert.match(found.stockClusterSwitch.text, /^create_main_cluster = false$/m);
  assert(found.pythonPackages.includes("python3-venv"));
});

test("Programs of 1C find the socket in /tmp.", () => {
  const found = layout(astra18, "postgrespro-1c", 18);
  assert(!isObstacle(found));
  assert.deepEqual(found.socketFolders, ["/run/postgresql", "/tmp"]);
  assert.equal(found.stockDataFolder, "/var/lib/pgpro/1c-18/data");
});

test("Postgres Pro's own cluster is kept from being started before its package comes.", () => {
  const found = layout(astra18, "postgrespro-1c", 18);
  assert(!isObstacle(found));
  const folder = "/etc/systemd/system/postgrespro-1c-18.service.d";
  assert.equal(found.stockClusterSwitch?.path, `${folder}/vip-agent.conf`);
  assert.match(found.stockClusterSwitch.text, /^\[Unit\]\nConditionPathExists=\/nonexistent\//m);
  assert.equal(found.masked, "after");
});

test("A system that nobody knows is told, with what it says of itself.", () => {
  const found = layout(alpine, "distribution");
  assert(isObstacle(found));
  assert.match(found.finding, /ID=alpine/);
  assert.notEqual(found.remedy, "");
});
