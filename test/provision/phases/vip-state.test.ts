/**
 * Who has the VIP, and the gate that waits until only the leader's host has it.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { failed } from "../../../src/outcome.ts";
import { vipGate } from "../../../src/provision/phases/gates.ts";
import { vipHolders } from "../../../src/provision/phases/vip-state.ts";
import { sixHosts } from "../support/clusters.ts";
import { said, worldOf } from "../verify/worlds.ts";
import { servedPorts } from "./served.ts";

const world = worldOf(sixHosts());
const shown = "2: eth0    inet 192.168.1.140/32 scope global eth0\n";
const members = [{ name: "test-db2", role: "leader", state: "running" }];

/** These hosts have it; a host named in `down` gives no answer. */
async function held(
  context: TestContext,
  holders: readonly string[],
  down: readonly string[] = [],
) {
  const page = () => JSON.stringify({ members });
  return servedPorts(context, world.cluster, page, (host) => ({ argv }) => {
    assert.deepEqual(argv, ["ip", "-oneline", "address", "show", "to", "192.168.1.140/32"]);
    if (down.includes(host)) return failed("unreachable", "ssh: no route");
    return said(holders.includes(host) ? shown : "\n");
  });
}

test("Holders are the database hosts whose kernel shows the address.", async (t) => {
  const holders = await vipHolders(
    world,
    await held(t, ["test-db1", "test-db2", "test-db3", "test-dcs1"], ["test-db1"]),
  );
  assert.deepEqual(
    holders.map(({ name }) => name),
    ["test-db2", "test-db3"],
  );
  assert.deepEqual(await vipHolders(world, await held(t, [])), []);
});

test("The VIP is proved on the leader's host alone.", async (t) => {
  const look = async (holders: readonly string[]) => {
    return vipGate.look(world, await held(t, holders), []);
  };
  const shut = (where: string) => {
    return { isOpen: false, detail: `test-db2 leads, and the VIP is on ${where}` };
  };
  assert.deepEqual(await look(["test-db2"]), {
    isOpen: true,
    detail: "192.168.1.140 is on test-db2",
  });
  assert.deepEqual(await look([]), shut("no host"));
  assert.deepEqual(await look(["test-db1"]), shut("test-db1"));
  assert.deepEqual(await look(["test-db2", "test-db3"]), shut("test-db2, test-db3"));
});
