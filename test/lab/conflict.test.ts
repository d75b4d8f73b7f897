/**
 * Another host answers for the VIP: an address left by hand, a second manager, a host that hangs.
 *
 * The other host here is one without an agent that has the VIP by hand. The agent hears of it from
 * the wire, as a person would with `arping -D`.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs } from "../../lab/clock.ts";
import { INTERFACE, macOf, VIP } from "../../lab/network.ts";
import { LAB, skipWithout } from "./support/capabilities.ts";
import {
  deletionsOf,
  ip,
  isAdded,
  isRefreshed,
  ms,
  Stage,
  withStage,
  verdict,
  WIDE_MS,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB);

describe("VIP that another host answers for", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  async function intrude(): Promise<void> {
    await ip("db2", `address add ${VIP}/32 dev ${INTERFACE}`);
  }

  it("is bound all the same, warned of with the other's MAC, and announced again", async () => {
    await intrude();
    const announcements = await stage.announcements();
    const { agent, addresses } = await stage.holder("db1");
    const warning = await agent.event("conflict", { timeoutMs: WIDE_MS });
    assert.equal(warning.fields["holder"], macOf("db2"));
    const again = await announcements.next(
      "announcement after the conflict",
      ({ mac, isGratuitous }) => mac === macOf("db1") && isGratuitous,
      { sinceMs: warning.atMs },
    );
    assert.ok(again.atMs - warning.atMs < 1_000, ms(again.atMs - warning.atMs));
    assert.deepEqual(await deletionsOf(addresses), []);
  });

  it("is no conflict when nobody else answers", async () => {
    const probes = await stage.lab.watchAnnouncements("client", ["0.0.0.0"]);
    const { agent, addresses } = await stage.holder("db1");
    const probe = await probes.events.next("probe", () => true, { timeoutMs: WIDE_MS });
    await probes.close();
    // Its answer, or its deadline of a second, has come by then.
    const sinceMs = probe.atMs + 1_200;
    await addresses.next("refresh", isRefreshed, { sinceMs, timeoutMs: WIDE_MS });
    const conflicts = agent.events.entries.filter(({ event }) => event === "conflict");
    assert.deepEqual(conflicts, []);
  });

  it("waits, where it is told to, until the other is silent", async (test) => {
    await intrude();
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.move("test-db1");
    const agent = await stage.agent("db1", { "on-conflict": "wait" });
    await verdict(agent, "conflict");
    assert.deepEqual(await addresses.upToNow(), []);
    const sinceMs = monotonicMs();
    await ip("db2", `address delete ${VIP}/32 dev ${INTERFACE}`);
    const bound = await addresses.next("bind", isAdded, { sinceMs, timeoutMs: WIDE_MS });
    test.diagnostic(`bound ${ms(bound.atMs - sinceMs)} after the other had left`);
    assert.ok(bound.atMs - sinceMs < 5_000, ms(bound.atMs - sinceMs));
  });

  it("costs a takeover the time of one probe, where it waits", async (test) => {
    const addresses = await stage.addresses("db1");
    await stage.agent("db1", { "on-conflict": "wait" });
    const sinceMs = monotonicMs();
    await stage.lab.leaderKey.move("test-db1");
    const bound = await addresses.next("bind", isAdded, { sinceMs, timeoutMs: WIDE_MS });
    test.diagnostic(`bound after ${ms(bound.atMs - sinceMs)}`);
    assert.ok(bound.atMs - sinceMs < 3_000, ms(bound.atMs - sinceMs));
  });
});
