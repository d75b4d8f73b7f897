/**
 * PostgreSQL's parameters by the size of the hosts: as numbers that can be reviewed, and as rules
 * that hold for every size.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { run } from "../../../lab/command.ts";
import type { Cluster, PostgresqlWish } from "../../../src/provision/cluster/cluster.ts";
import { kbOf } from "../../../src/provision/render/memory-text.ts";
import { packagedParameters } from "../../../src/provision/render/packaged.ts";
import { tune, valuesOf } from "../../../src/provision/render/tune.ts";
import { sixHosts } from "../support/clusters.ts";
import { pathOf, skipWithoutJudge } from "../support/judges.ts";

const profiles = ["generic", "1c"] as const;

function clusterWith(changes: Partial<PostgresqlWish>): Cluster {
  const cluster = sixHosts();
  return { ...cluster, postgresql: { ...cluster.postgresql, ...changes } };
}

function valuesFor(memoryGb: number, processors: number, changes: Partial<PostgresqlWish>) {
  return valuesOf(
    tune([{ memoryMb: memoryGb * 1_024, processors }], clusterWith(changes)).parameters,
  );
}

const generic = {
  2: {
    max_connections: 100,
    shared_buffers: "512MB",
    effective_cache_size: "1536MB",
    work_mem: "5MB",
    maintenance_work_mem: "128MB",
    max_worker_processes: 8,
    max_parallel_workers: 2,
    max_parallel_workers_per_gather: 1,
    max_parallel_maintenance_workers: 1,
  },
  8: {
    max_connections: 200,
    shared_buffers: "2GB",
    effective_cache_size: "6GB",
    work_mem: "10MB",
    maintenance_work_mem: "512MB",
    max_worker_processes: 8,
    max_parallel_workers: 4,
    max_parallel_workers_per_gather: 2,
    max_parallel_maintenance_workers: 2,
  },
  64: {
    max_connections: 500,
    shared_buffers: "16GB",
    effective_cache_size: "48GB",
    work_mem: "32MB",
    maintenance_work_mem: "2GB",
    max_worker_processes: 16,
    max_parallel_workers: 16,
    max_parallel_workers_per_gather: 4,
    max_parallel_maintenance_workers: 4,
  },
} as const;

const oneC = {
  2: {
    max_connections: 62,
    shared_buffers: "512MB",
    effective_cache_size: "1024MB",
    work_mem: "24MB",
    temp_buffers: "12MB",
    maintenance_work_mem: "128MB",
    autovacuum_work_mem: "64MB",
    autovacuum_max_workers: 4,
    max_parallel_workers_per_gather: 0,
    standard_conforming_strings: "off",
  },
  8: {
    max_connections: 248,
    shared_buffers: "2GB",
    effective_cache_size: "4GB",
    work_mem: "24MB",
    temp_buffers: "12MB",
    maintenance_work_mem: "512MB",
    autovacuum_work_mem: "256MB",
    autovacuum_max_workers: 4,
    max_parallel_workers_per_gather: 0,
    standard_conforming_strings: "off",
  },
  64: {
    max_connections: 1_000,
    shared_buffers: "16GB",
    effective_cache_size: "32GB",
    work_mem: "49MB",
    temp_buffers: "24MB",
    maintenance_work_mem: "2GB",
    autovacuum_work_mem: "1024MB",
    autovacuum_max_workers: 8,
    max_parallel_workers_per_gather: 0,
    standard_conforming_strings: "off",
  },
} as const;

const processorsOf = { 2: 2, 8: 4, 64: 16 } as const;

for (const memoryGb of [2, 8, 64] as const) {
  for (const [tuning, goldens] of [
    ["generic", generic],
    ["1c", oneC],
  ] as const) {
    test(`${memoryGb} GB and ${tuning} are the numbers that were reviewed.`, () => {
      const values = valuesFor(memoryGb, processorsOf[memoryGb], { tuning });
      const expected: object = goldens[memoryGb];
      assert.deepEqual({ ...values, ...expected }, values);
    });
  }
}

test("1C's strings are nobody else's.", () => {
  assert.equal(valuesFor(8, 4, { tuning: "generic" })["standard_conforming_strings"], undefined);
});

test("The smallest host sets the parameters, wherever it stands, and a difference is told.", () => {
  const small = { memoryMb: 2_048, processors: 8 };
  const large = { memoryMb: 65_536, processors: 2 };
  const cluster = clusterWith({});
  const alone = tune([{ memoryMb: 2_048, processors: 2 }], cluster);
  for (const hosts of [
    [small, large],
    [large, small],
  ]) {
    const found = tune(hosts, cluster);
    assert.deepEqual(found.parameters, alone.parameters);
    assert.equal(found.warnings.length, 1);
  }
  assert.deepEqual(alone.warnings, []);
  assert.deepEqual(tune([small, { memoryMb: 2_100, processors: 8 }], cluster).warnings, []);
});

test("What the cluster file says is stronger, and the rest is computed from it.", () => {
  const parameters = { max_connections: 400, shared_buffers: "1GB", jit: false, "x.y": "z" };
  const values = valuesFor(8, 4, { parameters });
  assert.equal(values["max_connections"], 400);
  assert.equal(values["jit"], "off");
  assert.equal(values["x.y"], "z");
  assert.equal(values["work_mem"], "5MB");
});

test("More memory than there is gets a warning with its sum; what Patroni drops, one too.", () => {
  const parameters = { work_mem: "64MB", max_connections: 300, listen_addresses: "*" };
  const { warnings } = tune([{ memoryMb: 8_192, processors: 4 }], clusterWith({ parameters }));
  assert.deepEqual(
    warnings.map(({ subject }) => subject),
    ["postgresql.parameters", "postgresql.parameters.listen_addresses"],
  );
  assert.match(
    warnings[0]?.finding ?? "",
    /64MB for each of 300 .* 21248 MB, on hosts with 8192 MB/,
  );
});

test("A small WAL volume is never filled by what is kept for a replica.", () => {
  const cluster = clusterWith({});
  const { parameters } = tune([{ memoryMb: 8_192, processors: 4 }], cluster, {
    walVolumeMb: 4_000,
  });
  const sizes = ["max_wal_size", "min_wal_size", "max_slot_wal_keep_size"].map((name) => {
    return kbOf(parameters[name]?.value, 1_024);
  });
  assert.deepEqual(sizes, [1_000 * 1_024, 250 * 1_024, 1_000 * 1_024]);
});

const packagedText = `
# comment
listen_addresses = '*'
max_connections = 61			# (change requires restart)
shared_buffers = 489MB
#work_mem = 4MB
Work_Mem = '32MB'
wal_compression lz4
default_toast_compression = 'l''z4'
bgwriter_lru_multiplier = 4.0
data_directory = '/var/lib/pgpro/1c-18/data'
shared_buffers=500MB
`;

test("Of what a package has tuned, the sizes are taken, the last word of each.", () => {
  assert.deepEqual(packagedParameters([packagedText, "max_connections = 62"]), {
    max_connections: 62,
    shared_buffers: "500MB",
    work_mem: "32MB",
    wal_compression: "lz4",
    default_toast_compression: "l'z4",
    bgwriter_lru_multiplier: "4.0",
  });
});

test("What a package has tuned beats a formula, and the cluster file beats both.", () => {
  const cluster = clusterWith({ tuning: "1c", parameters: { work_mem: "16MB" } });
  const packaged = packagedParameters([packagedText]);
  const size = { memoryMb: 2_048, processors: 2 };
  const { parameters } = tune([size], cluster, { packaged });
  assert.equal(parameters["max_connections"]?.value, 61);
  assert.equal(parameters["shared_buffers"]?.value, "500MB");
  assert.equal(parameters["work_mem"]?.value, "16MB");
  assert.match(parameters["max_connections"].reason, /package/);
});

test("Of any size, what is computed fits the memory, and each value has its reason.", () => {
  const sizes = fc.record({
    memoryMb: fc.integer({ min: 1_024, max: 4_194_304 }),
    processors: fc.integer({ min: 1, max: 256 }),
    tuning: fc.constantFrom(...profiles),
  });
  fc.assert(
    fc.property(sizes, ({ memoryMb, processors, tuning }) => {
      const found = tune([{ memoryMb, processors }], clusterWith({ tuning }));
      assert.deepEqual(found.warnings, []);
      for (const { value, reason } of Object.values(found.parameters)) {
        assert.notEqual(reason, "");
        if (typeof value === "number") assert(Number.isFinite(value) && value >= 0);
        else assert.doesNotMatch(value, /NaN|Infinity|undefined|^-|\d\.\d/);
      }
    }),
  );
});

test("Amounts are read as PostgreSQL reads them.", () => {
  assert.deepEqual(
    ["1GB", "2MB", "512kB", "1024B", " 3 MB ", 16, "16", "soon", undefined].map((value) =>
      kbOf(value, 8),
    ),
    [1_048_576, 2_048, 512, 1, 3_072, 128, 128, undefined, undefined],
  );
});

const skip = await skipWithoutJudge("postgres");

test("The real PostgreSQL knows every parameter.", { skip }, async () => {
  const described = await run([await pathOf("postgres"), "--describe-config"]);
  const known = new Set(described.split("\n").map((line) => line.split("\t")[0]));
  for (const tuning of profiles) {
    const unknown = Object.keys(valuesFor(8, 4, { tuning })).filter((name) => !known.has(name));
    assert.deepEqual(unknown, []);
  }
});
