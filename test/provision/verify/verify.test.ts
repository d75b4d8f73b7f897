/**
 * Verify as a whole, with hosts, Patroni and agents that are played.
 */
import assert from "node:assert/strict";
import { type Server, createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { done, failed } from "../../../src/outcome.ts";
import { Ports } from "../../../src/provision/phases/ports.ts";
import { dynamicConfig } from "../../../src/provision/render/patroni.ts";
import { askEverything } from "../../../src/provision/verify/ask.ts";
import { verify } from "../../../src/provision/verify/verify.ts";
import { makeFolder } from "../../support/folder.ts";
import { secretTexts, sixHosts } from "../support/clusters.ts";
import { clusterAnswer, hostAnswer } from "./recorded.ts";
import { type Question, executorsOf, said, worldOf } from "./worlds.ts";

const world = worldOf(sixHosts());
const { cluster } = world;
const folder = makeFolder();
const servers: Server[] = [];

const pages: Readonly<Record<string, string>> = {
  "/cluster": clusterAnswer(cluster),
  "/config": JSON.stringify(dynamicConfig(cluster, world.parameters)),
  "/metrics": 'vipagent_build_info{version="0.1.0"} 1\n',
};

/** What Patroni says of its members before it says what stands above. */
let firstClusters: string[] = [];

/** By the port that is forwarded to. */
const sockets: Readonly<Record<number, string>> = {
  8008: join(folder, "patroni.sock"),
  9728: join(folder, "agent.sock"),
};

before(async () => {
  for (const socket of Object.values(sockets)) {
    const server = createServer((request, response) => {
      const isFirst = request.url === "/cluster" && firstClusters.length > 0;
      const page = isFirst ? firstClusters.shift() : pages[request.url ?? ""];
      response.writeHead(page === undefined ? 404 : 200).end(page);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  }
});

after(() => {
  for (const server of servers) server.close();
});

function lookOn(heard: Question[]) {
  return executorsOf(cluster, (name) => ({
    ask: (question) => {
      heard.push(question);
      const host = cluster.hosts.find((one) => one.name === name) ?? assert.fail();
      return said(hostAnswer(host));
    },
    forward: (_, port) => {
      const socket = sockets[port];
      return socket === undefined ? failed("failed", "nothing listens there") : done(socket);
    },
  }));
}

test("everything is asked, and each answer finds its place", async () => {
  const heard: Question[] = [];
  const ports = new Ports(cluster, lookOn(heard));
  const { hosts, metrics, patroni, consul } = await askEverything(world, ports);
  ports.close();
  assert.equal(heard.length, cluster.hosts.length);
  assert.deepEqual(
    [...hosts.values()].map(({ ok }) => ok),
    cluster.hosts.map(() => true),
  );
  assert.deepEqual(
    [...metrics],
    ["test-db1", "test-db2", "test-db3"].map((name) => [
      name,
      done({ status: 200, isAgent: true }),
    ]),
  );
  assert(patroni.members.ok && patroni.config.ok);
  assert.deepEqual(patroni.config.value, JSON.parse(pages["/config"] ?? ""));
  assert.deepEqual(
    patroni.members.value.map(({ name, role, lagBytes, isRestartPending }) => {
      return [name, role, lagBytes, isRestartPending];
    }),
    [
      ["test-db1", "leader", undefined, false],
      ["test-db2", "replica", 16, false],
      ["test-db3", "replica", undefined, true],
    ],
  );
  assert.equal(consul.raft.ok, false);
  assert.equal(consul.leaderKey.ok, false);
});

/** What one replica seems to lack, as its key says it until its next loop. */
const seeming: readonly (readonly [what: string, now: string, earlier: string])[] = [
  ["position", '"lag":16', '"lag":99999999'],
  ["timeline", '"timeline":4,"lag":16', '"timeline":3,"lag":16'],
  ["stream", '"state":"streaming"', '"state":"running"'],
];

/** What Patroni says of its members in the end, in a cluster whose loop takes a second. */
async function membersAfter(looks: number, now: string, earlier: string): Promise<unknown> {
  const whole = clusterAnswer(cluster);
  assert(whole.includes(now));
  firstClusters = Array.from({ length: looks }, () => whole.replace(now, earlier));
  const patroni = { ...cluster.patroni, loopWaitS: 1 };
  const ports = new Ports(cluster, lookOn([]));
  const sights = await askEverything({ ...world, cluster: { ...cluster, patroni } }, ports);
  ports.close();
  firstClusters = [];
  assert(sights.patroni.members.ok);
  return sights.patroni.members.value;
}

for (const [what, now, earlier] of seeming) {
  test(`a replica that has only not told its ${what} yet lacks nothing`, async () => {
    assert.deepEqual(await membersAfter(2, now, earlier), await membersAfter(0, now, earlier));
  });

  test(`its ${what} counts when every member has told again`, async () => {
    assert.notDeepEqual(await membersAfter(10, now, earlier), await membersAfter(0, now, earlier));
  });
}

test("a cluster that nobody leads is not waited for", async () => {
  const startedAtMs = performance.now();
  await membersAfter(10, '"role":"leader"', '"role":"replica"');
  assert(performance.now() - startedAtMs < 2_000);
});

test("no secret is in a command or a script", async () => {
  const heard: Question[] = [];
  const ports = new Ports(cluster, lookOn(heard));
  await verify(world, ports);
  ports.close();
  const all = heard.map(({ argv, stdin }) => `${argv.join(" ")}\n${stdin}`).join("\n");
  assert(all.includes("pg_hba_file_rules"));
  for (const [name, secret] of secretTexts(world.secrets)) assert(!all.includes(secret), name);
});

test("a cluster of which nothing answers is many findings, and no exception", async () => {
  const ports = new Ports(
    cluster,
    executorsOf(cluster, () => ({
      ask: () => failed("unreachable", "ssh: no route"),
      forward: () => failed("unreachable", "ssh: no route"),
    })),
  );
  const findings = await verify(world, ports);
  ports.close();
  const errors = findings.filter(({ severity }) => severity === "error");
  for (const { name } of cluster.hosts) {
    assert(
      errors.some(({ host, code }) => host === name && code === "unreachable"),
      name,
    );
  }
  for (const code of ["consul-voters", "consul-members", "patroni-members", "leader-key"]) {
    assert(
      errors.some((error) => error.code === code),
      code,
    );
  }
});
