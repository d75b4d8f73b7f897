/**
 * What others do to the VIP, and what the VIP does to the host's own address.
 *
 * Somebody's script removes the VIP, adds it a second time with another prefix, or a DHCP client
 * takes the host's own address away and puts it back. The agent answers to what the kernel holds,
 * whoever made it so. The host's own address is the one thing that must survive everything: with
 * `promote_secondaries` off, the kernel's default, it is at the mercy of a VIP in the same subnet.
 */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";

import { monotonicMs } from "../../lab/clock.ts";
import { addressesOf, addressOf, INTERFACE, VIP } from "../../lab/network.ts";
import { LAB, skipWithout } from "./support/capabilities.ts";
import {
  deletionsOf,
  ip,
  isAdded,
  isDeleted,
  isRefreshed,
  ms,
  Stage,
  withStage,
  verdict,
  WIDE_MS,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB);

const DB1 = "192.168.1.141/24";

describe("VIP that others touch", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  afterEach(async () => {
    await ip("db1", `address replace ${DB1} dev ${INTERFACE}`);
    await ip("db1", "route replace default via 192.168.1.1");
  });

  async function assertHostAddress(): Promise<void> {
    assert.ok((await addressesOf("db1")).includes(DB1), "the host lost its own address");
  }

  // vip-manager: back within 10 s.
  it("is back within a second when somebody else removes it", async (test) => {
    const { addresses } = await stage.holder("db1");
    // Right after a bind the agent would wait a little, and right before a refresh it would notice
    // without having been told.
    await addresses.next("refresh", isRefreshed, { timeoutMs: WIDE_MS });
    const sinceMs = monotonicMs();
    await ip("db1", `address delete ${VIP}/32 dev ${INTERFACE}`);
    const removed = await addresses.next("removal", isDeleted, { sinceMs });
    const bound = await addresses.next("bind", isAdded, { sinceMs, timeoutMs: WIDE_MS });
    test.diagnostic(`back after ${ms(bound.atMs - removed.atMs)}`);
    assert.ok(bound.atMs - removed.atMs < 1_000, `back after ${ms(bound.atMs - removed.atMs)}`);
  });

  it("is kept, without a deletion, when a second prefix of it is removed", async () => {
    const { agent, addresses } = await stage.holder("db1");
    const sinceMs = monotonicMs();
    await ip("db1", `address add ${VIP}/24 dev ${INTERFACE}`);
    // Sooner than the next refresh, which would notice it too.
    await agent.event("stray-removed", { sinceMs, timeoutMs: 1_000 });
    await addresses.next("a deletion", isDeleted, { sinceMs });
    const deleted = (await deletionsOf(addresses)).map(({ address }) => address);
    assert.deepEqual(deleted, [`${VIP}/24`]);
  });

  it("leaves with every prefix that somebody has added", async () => {
    await ip("db1", `address add ${VIP}/24 dev ${INTERFACE}`);
    await ip("db1", `address add ${VIP}/32 dev ${INTERFACE}`);
    await stage.lab.leaderKey.move("test-db2");
    const agent = await stage.agent("db1");
    await agent.event("released", { timeoutMs: WIDE_MS });
    assert.deepEqual(await stage.lab.holders(), []);
  });

  it("costs the host nothing when a foreign prefix that came before its own leaves", async () => {
    await becomeSecondaryOf("db1", `${VIP}/24`);
    await stage.lab.leaderKey.move("test-db2");
    const agent = await stage.agent("db1");
    await agent.event("released", { timeoutMs: WIDE_MS });
    await assertHostAddress();
  });

  it("costs the host nothing when it has the host's prefix and is released", async () => {
    const { agent } = await stage.holder("db1", { netmask: 24 });
    await agent.term();
    await assertHostAddress();
  });

  // The host's address is taken away and put back, so that the VIP comes first in the subnet.
  it("costs the host nothing when it has become the subnet's first and is released", async () => {
    const { agent } = await stage.holder("db1", { netmask: 24 });
    await ip("db1", `address delete ${DB1} dev ${INTERFACE}`);
    await ip("db1", `address add ${DB1} dev ${INTERFACE}`);
    await agent.term();
    await assertHostAddress();
  });

  it("costs the host nothing when it has become the subnet's first and expires", async () => {
    const { agent, addresses } = await stage.holder("db1", { netmask: 24, lifetime: 2 });
    await ip("db1", `address delete ${DB1} dev ${INTERFACE}`);
    await ip("db1", `address add ${DB1} dev ${INTERFACE}`);
    const sinceMs = monotonicMs();
    await agent.kill();
    await addresses.next("expiry", isDeleted, { sinceMs, timeoutMs: WIDE_MS });
    await assertHostAddress();
  });

  it("stays when the host's own address is taken away and put back", async () => {
    await stage.holder("db1", { netmask: 24 });
    const addresses = await stage.addresses("db1", [VIP, addressOf("db1")]);
    await ip("db1", `address delete ${DB1} dev ${INTERFACE}`);
    await ip("db1", `address add ${DB1} dev ${INTERFACE}`);
    await addresses.next("own address", ({ address, kind }) => address === DB1 && kind === "added");
    const deleted = (await deletionsOf(addresses)).map(({ address }) => address);
    assert.deepEqual(deleted, [DB1]);
  });

  // vip-manager: the address is endless, and stays so.
  it("loses its endless life when the agent finds it on the leader", async () => {
    await ip("db1", `address add ${VIP}/32 dev ${INTERFACE}`);
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.move("test-db1");
    await stage.agent("db1");
    const { validS } = await addresses.next("adoption", undefined, { timeoutMs: WIDE_MS });
    assert.equal(validS, 5);
  });

  // vip-manager: the same, by its first verdict.
  it("is removed when the agent finds it on a host that is not the leader", async () => {
    await ip("db1", `address add ${VIP}/32 dev ${INTERFACE}`);
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.move("test-db2");
    await verdict(await stage.agent("db1"), "other-leader");
    await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS });
  });

  async function becomeSecondaryOf(host: string, foreign: string): Promise<void> {
    await ip(host, `address delete ${addressOf(host)}/24 dev ${INTERFACE}`);
    await ip(host, `address add ${foreign} dev ${INTERFACE}`);
    await ip(host, `address add ${addressOf(host)}/24 dev ${INTERFACE}`);
  }
});
