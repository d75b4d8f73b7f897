/**
 * Patroni's configuration: what Patroni itself thinks of it, who gets in, and what lives in Consul.
 */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import * as v from "valibot";
import { parse } from "yaml";

import { attempt } from "../../../lab/command.ts";
import type { Cluster, PatroniWish } from "../../../src/provision/cluster/cluster.ts";
import {
  controlConfig,
  dynamicConfig,
  patroniConfig,
} from "../../../src/provision/render/patroni.ts";
import { hbaWord, pgHba } from "../../../src/provision/render/pg-hba.ts";
import { makeFolder } from "../../support/folder.ts";
import { secretTexts, secretsFor, sixHosts, threeHosts } from "../support/clusters.ts";
import { pathOf, skipWithoutJudge } from "../support/judges.ts";
import { databaseHost, layoutFor, patroniFile } from "./rendered.ts";

const cluster = sixHosts();
const secrets = secretsFor(cluster);

const schema = v.object({
  scope: v.string(),
  namespace: v.string(),
  name: v.string(),
  restapi: v.object({ listen: v.string(), allowlist: v.array(v.string()) }),
  consul: v.strictObject({ host: v.string(), token: v.string(), register_service: v.boolean() }),
  bootstrap: v.object({ dcs: v.record(v.string(), v.unknown()), initdb: v.array(v.unknown()) }),
  postgresql: v.object({
    listen: v.string(),
    connect_address: v.string(),
    data_dir: v.string(),
    pgpass: v.string(),
    basebackup: v.array(v.unknown()),
    callbacks: v.record(v.string(), v.string()),
    parameters: v.record(v.string(), v.unknown()),
  }),
  tags: v.optional(v.record(v.string(), v.unknown())),
});

function read(text: string) {
  return v.parse(schema, parse(text, { version: "1.1" }));
}

const skip = await skipWithoutJudge("patroni");

/** Patroni asks its Consul whether it is there, at the address of the file. */
test("Patroni's own validation passes both clusters.", { skip }, async (t) => {
  const consul = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => consul.listen(0, "127.0.0.1", resolve));
  t.after(() => consul.close());
  const address = consul.address();
  assert(typeof address === "object" && address !== null);
  const folder = makeFolder(t);
  const binFolder = (await pathOf("postgres")).replace(/\/postgres$/, "");
  for (const one of [sixHosts(), threeHosts()]) {
    const file = `${folder}/patroni.yml`;
    const text = patroniFile(one, secretsFor(one))
      .text.replace("127.0.0.1:8500", `127.0.0.1:${address.port}`)
      .replace(layoutFor(one).binFolder, binFolder);
    await writeFile(file, text, { mode: 0o600 });
    const argv = [await pathOf("patroni"), "-m", "patroni", "--validate-config"];
    const { exitCode, stdout, stderr } = await attempt([...argv, "--ignore-listen-port", file], {
      timeoutMs: 30_000,
    });
    assert.deepEqual([exitCode, stdout, stderr], [0, "", ""]);
  }
});

test("Names and addresses are the host's own; PostgreSQL hears the VIP too.", () => {
  for (const host of cluster.hosts.slice(3)) {
    const config = read(patroniFile(cluster, secrets, host).text);
    assert.equal(config.name, host.name);
    assert.equal(config.restapi.listen, `${host.address}:8008`);
    assert.equal(config.postgresql.connect_address, `${host.address}:5432`);
    assert.equal(config.postgresql.listen, "0.0.0.0:5432");
  }
});

test("Keys of Consul are those that the agent watches.", () => {
  const { scope, namespace } = read(patroniFile(cluster, secrets).text);
  assert.deepEqual([namespace, scope], ["/db/", "test"]);
  const alone = { ...cluster, namespace: "" };
  assert.equal(read(patroniFile(alone, secrets).text).namespace, "/");
});

test("Patroni comes to its own host's Consul, with its own token.", () => {
  for (const isServiceRegistered of [true, false]) {
    const one = { ...cluster, patroni: { ...cluster.patroni, isServiceRegistered } };
    assert.deepEqual(read(patroniFile(one, secrets).text).consul, {
      host: "127.0.0.1:8500",
      token: secrets.patroniToken.secret.reveal(),
      register_service: isServiceRegistered,
    });
  }
});

test("WAL is on its own disk on the first member and on every clone.", () => {
  const { bootstrap, postgresql } = read(patroniFile(cluster, secrets).text);
  const waldir = { waldir: "/pgwal/17/test" };
  assert(bootstrap.initdb.some((option) => JSON.stringify(option) === JSON.stringify(waldir)));
  assert(postgresql.basebackup.some((option) => JSON.stringify(option) === JSON.stringify(waldir)));
  assert(bootstrap.initdb.includes("data-checksums"));
});

test("The data folder is below a folder of postgres, and so is its password file.", () => {
  const { data_dir: data, pgpass } = read(patroniFile(cluster, secrets).text).postgresql;
  assert.equal(data, "/pgdata/17/test");
  assert.equal(pgpass, "/pgdata/17/.pgpass-test");
});

test("Every callback runs the agent's client.", () => {
  const { callbacks } = read(patroniFile(cluster, secrets).text).postgresql;
  const names = ["on_start", "on_stop", "on_role_change", "on_restart", "on_reload"];
  assert.deepEqual(Object.keys(callbacks).toSorted(), names.toSorted());
  assert.deepEqual(
    [...new Set(Object.values(callbacks))],
    ["/usr/lib/vip-agent/vip-agent-callback"],
  );
});

test("Orders are taken from the database hosts alone.", () => {
  const { allowlist } = read(patroniFile(cluster, secrets).text).restapi;
  assert.deepEqual(allowlist, ["192.168.1.141/32", "192.168.1.142/32", "192.168.1.143/32"]);
});

test("Only the socket's folder is a host's own parameter, and it is not in Consul.", () => {
  const host = databaseHost(cluster);
  const parameters = { unix_socket_directories: "/srv/sockets", work_mem: "8MB" };
  const parts = { cluster, host, secrets, layout: layoutFor(cluster), parameters };
  const { postgresql } = read(patroniConfig(parts).text);
  assert.deepEqual(postgresql.parameters, { unix_socket_directories: "/srv/sockets" });
  const dynamic = JSON.stringify(dynamicConfig(cluster, parameters));
  assert.match(dynamic, /"parameters":\{"work_mem":"8MB"\}/);
});

test("What is in the file for the first start is what Consul must hold later.", () => {
  const host = databaseHost(cluster);
  const parameters = { max_connections: 100, jit: "off" };
  const parts = { cluster, host, secrets, layout: layoutFor(cluster), parameters };
  const { bootstrap } = read(patroniConfig(parts).text);
  assert.deepEqual(bootstrap.dcs, dynamicConfig(cluster, parameters));
});

const synchronousRows: readonly (readonly [PatroniWish["synchronous"], unknown, boolean])[] = [
  ["off", false, false],
  ["on", true, false],
  ["quorum", "quorum", false],
  ["strict", true, true],
];

for (const [synchronous, mode, isStrict] of synchronousRows) {
  test(`Synchronous ${synchronous} says the mode, and whether it is strict.`, () => {
    const patroni = { ...cluster.patroni, synchronous, synchronousNodes: 2 };
    const found = dynamicConfig({ ...cluster, patroni }, {});
    const expected = {
      synchronous_mode: mode,
      synchronous_mode_strict: isStrict,
      synchronous_node_count: 2,
    };
    assert.deepEqual({ ...(found as object), ...expected }, found);
  });
}

test("Tags are the host's, and left out where there are none.", () => {
  const host = { ...databaseHost(cluster), tags: { nofailover: true } };
  assert.deepEqual(read(patroniFile(cluster, secrets, host).text).tags, { nofailover: true });
  assert.equal(read(patroniFile(cluster, secrets).text).tags, undefined);
});

test("Who may run patronictl gets no password of PostgreSQL.", () => {
  const { text } = controlConfig(cluster, secrets);
  const held = [...secretTexts(secrets)].filter(([, secret]) => text.includes(secret));
  assert.deepEqual(
    held.map(([name]) => name),
    ["patroniToken", "restPassword"],
  );
});

type Line = {
  readonly type: string;
  readonly database: string;
  readonly user: string;
  readonly address: string;
  readonly method: string;
};

function linesOf(one: Cluster): readonly Line[] {
  return pgHba(one).map((line) => {
    const [type = "", database = "", user = "", ...rest] = line.split(" ");
    const method = rest.at(-1) ?? "";
    return { type, database, user, address: type === "local" ? "" : (rest[0] ?? ""), method };
  });
}

test("Nobody comes without a password, but postgres on the host itself.", () => {
  const loose = linesOf(cluster).filter(({ method }) => !/^(scram-sha-256|reject)$/.test(method));
  assert.deepEqual(
    loose.map(({ type, user, method }) => [type, user, method]),
    [
      ["local", "postgres", "peer"],
      ["local", "postgres", "peer"],
    ],
  );
});

test("No line is for the world, and clients come from their networks alone.", () => {
  const hosts = cluster.hosts.slice(3).map(({ address }) => `${address}/32`);
  const { clientNetworks } = cluster.postgresql;
  const known = new Set(["", "127.0.0.1/32", ...hosts, ...clientNetworks]);
  assert.deepEqual(
    linesOf(cluster).filter(({ address }) => !known.has(address)),
    [],
  );
  const closed = { ...cluster.postgresql, clientNetworks: [] };
  const without = linesOf({ ...cluster, postgresql: closed });
  assert.deepEqual(
    without.filter(({ address }) => clientNetworks.includes(address)),
    [],
  );
});

test("A client network is closed to the cluster's own users before it is opened.", () => {
  for (const network of cluster.postgresql.clientNetworks) {
    const lines = linesOf(cluster).filter(({ address }) => address === network);
    assert.deepEqual([lines[0]?.method, lines[0]?.user], ["reject", "postgres,replicator,rewind"]);
    assert.deepEqual([lines.at(-1)?.database, lines.at(-1)?.user], ["all", "all"]);
  }
});

test("From the members come replication and pg_rewind, and nobody is a superuser.", () => {
  const lines = linesOf(cluster).filter(({ address }) => address === "192.168.1.142/32");
  assert.deepEqual(
    lines.map(({ database, user }) => [database, user]),
    [
      ["replication", "replicator"],
      ["postgres", "rewind"],
    ],
  );
});

test("A name that means something in pg_hba is put in quotes.", () => {
  assert.deepEqual(["shop", "all", "Отчёты", 'a"b', "+x"].map(hbaWord), [
    "shop",
    '"all"',
    '"Отчёты"',
    '"a""b"',
    '"+x"',
  ]);
});
