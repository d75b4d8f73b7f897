/**
 * Hosts by what they are for, in both layouts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Host } from "../../../src/provision/cluster/cluster.ts";
import {
  agentHosts,
  consulServers,
  databaseHosts,
  servicesOf,
} from "../../../src/provision/cluster/hosts.ts";
import { sixHosts, threeHosts } from "../support/clusters.ts";

function names(hosts: readonly Host[]): readonly string[] {
  return hosts.map(({ name }) => name);
}

test("Servers of their own leave the database hosts to need an agent.", () => {
  const cluster = sixHosts();
  const databases = ["test-db1", "test-db2", "test-db3"];
  assert.deepEqual(names(consulServers(cluster)), ["test-dcs1", "test-dcs2", "test-dcs3"]);
  assert.deepEqual(names(databaseHosts(cluster)), databases);
  assert.deepEqual(names(agentHosts(cluster)), databases);
});

test("A host that is both is in both lists, and needs no agent.", () => {
  const cluster = threeHosts();
  assert.deepEqual(consulServers(cluster), cluster.hosts);
  assert.deepEqual(databaseHosts(cluster), cluster.hosts);
  assert.deepEqual(agentHosts(cluster), []);
});

test("Consul runs everywhere, Patroni and the agent beside a database.", () => {
  const services = sixHosts().hosts.map((host) => servicesOf(host).join(" "));
  const [own, database] = ["consul", "consul patroni vip-agent"];
  assert.deepEqual(services, [own, own, own, database, database, database]);
});
