/**
 * Never two holders: three agents, a key that keeps moving, and no moment at which two hosts hold
 * the VIP for longer than the bound.
 *
 * Consul tells the old and the new leader at the same time, so for some milliseconds both may hold
 * it, whichever of them is quicker. The bound is far above that and far below what a client would
 * notice. The kernel's own stamps of the address events on all hosts are put into one row.
 *
 * vip-manager 5.0.0 polls once a second: both hold it for up to a second in every second move (F4).
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { HostName } from "../../lab/network.ts";
import type { AddressEvent } from "../../lab/watch.ts";
import { LAB, skipWithout } from "./support/capabilities.ts";
import { isAdded, ms, Stage, withStage, verdict, WIDE_MS } from "./support/stage.ts";

const skip = await skipWithout(...LAB);

const HOSTS: readonly HostName[] = ["db1", "db2", "db3"];
const OVERLAP_MAX_MS = 100;
// A switchover leaves 10 to 90 ms without a key; the last is the harder case, one transaction.
const GAPS_MS = [15, 90, 0];
const MOVES = 12;

describe("VIP among three agents", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  it("is never held by two hosts for longer than the bound while the key moves", async (test) => {
    const journals = await Promise.all(HOSTS.map((host) => stage.addresses(host)));
    await stage.lab.leaderKey.move("test-db3");
    const agents = await Promise.all(HOSTS.map((host) => stage.agent(host)));
    await Promise.all(
      agents.map((agent) => verdict(agent, agent.host === "db3" ? "leader" : "other-leader")),
    );
    await journals[2]?.next("bind", isAdded, { timeoutMs: WIDE_MS });
    for (let move = 0; move < MOVES; move += 1) {
      const host = HOSTS[move % HOSTS.length] ?? "";
      const gapMs = GAPS_MS[move % GAPS_MS.length] ?? 0;
      const { acquired } = await stage.lab.leaderKey.move(`test-${host}`, { gapMs });
      const sinceMs = acquired.sentAtMs;
      await journals[move % HOSTS.length]?.next("bind", isAdded, { sinceMs, timeoutMs: WIDE_MS });
    }
    await Promise.all(agents.map((agent) => agent.term()));
    const overlaps = overlapsIn(journals.map(({ entries }) => entries));
    test.diagnostic(`${MOVES} moves, overlaps ${overlaps.map(ms).join(", ") || "none"}`);
    assert.ok(Math.max(0, ...overlaps) <= OVERLAP_MAX_MS);
  });
});

// How long each time lasted in which more than one host held the VIP.
function overlapsIn(hosts: readonly (readonly AddressEvent[])[]): readonly number[] {
  const changes = hosts
    .flat()
    .flatMap(({ atMs, kind }) => (kind === "refreshed" ? [] : [{ atMs, isBind: kind === "added" }]))
    .toSorted((one, other) => one.atMs - other.atMs);
  const overlaps: number[] = [];
  let holders = 0;
  let sinceMs = 0;
  for (const { atMs, isBind } of changes) {
    if (!isBind && holders === 2) overlaps.push(atMs - sinceMs);
    holders += isBind ? 1 : -1;
    if (isBind && holders === 2) sinceMs = atMs;
  }
  assert.equal(holders, 0, "each bind was followed by a release");
  return overlaps;
}
