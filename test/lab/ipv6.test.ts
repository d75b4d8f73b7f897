/**
 * An IPv6 VIP: the same promises by other means.
 *
 * There is no arping; the kernel itself tells the neighbours (`ndisc_notify`), and the address must
 * skip duplicate detection, or it is unusable for two seconds. A test with two VIPs shows that one
 * agent keeps both, each with a keeper of its own.
 *
 * vip-manager 5.0.0 adds an IPv6 VIP with duplicate detection, about 2 s unusable, and announces it
 * by a malformed ARP packet (F8). It keeps one VIP for each process.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs, waitUntil } from "../../lab/clock.ts";
import { run } from "../../lab/command.ts";
import type { Journal } from "../../lab/journal.ts";
import {
  address6Of,
  inHost,
  INTERFACE,
  macOf,
  VIP,
  VIP6,
  type HostName,
} from "../../lab/network.ts";
import type { AddressEvent } from "../../lab/watch.ts";
import { ANNOUNCEMENTS, COURTESY, LAB, PROBES, skipWithout } from "./support/capabilities.ts";
import { HeldConnection } from "./support/held-connection.ts";
import { ip, isAdded, isDeleted, ms, Stage, withStage, verdict, WIDE_MS } from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...PROBES, ...ANNOUNCEMENTS, ...COURTESY);

const IPV6 = { ip: VIP6 };
const BOTH = { ip: null, vips: [{ ip: VIP }, { ip: VIP6 }] };
// Duplicate detection would take one to two seconds.
const USABLE_WITHIN_MS = 900;

describe("IPv6 VIP", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    await Promise.all(["db1", "db2"].map(detectDuplicates));
    return stage;
  });

  it("is bound as a /128 with a finite lifetime", async () => {
    const { addresses } = await stage.holder("db1", IPV6);
    const { address, validS } = await addresses.next("bind", isAdded);
    assert.deepEqual({ address, validS }, { address: `${VIP6}/128`, validS: 5 });
  });

  it("can be used at once", async (test) => {
    const { addresses } = await stage.holder("db1", IPV6);
    await run([...inHost("client"), "ping", "-c", "1", "-W", "0.5", VIP6]);
    const answeredAtMs = monotonicMs();
    const { atMs } = await addresses.next("bind", isAdded);
    test.diagnostic(`first echo within ${ms(answeredAtMs - atMs)} of the bind`);
    assert.ok(answeredAtMs - atMs < USABLE_WITHIN_MS, `an echo after ${ms(answeredAtMs - atMs)}`);
  });

  it("is not chosen as the source of the host's own connections", async () => {
    await stage.holder("db1", IPV6);
    const route = await ip("db1", `-6 route get ${address6Of("client")}`);
    assert.match(route, new RegExp(`src ${address6Of("db1")} `, "u"));
  });

  it("moves with the key, and the client's neighbour entry with it", async (test) => {
    await stage.holder("db1", IPV6);
    const addresses = await stage.addresses("db2");
    await verdict(await stage.agent("db2", IPV6), "other-leader");
    await run([...inHost("client"), "ping", "-c", "1", "-W", "2", VIP6]);
    assert.equal(await neighbour(), macOf("db1"));
    await stage.lab.leaderKey.move("test-db2");
    const { atMs } = await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    await waitUntil("the new MAC", async () => (await neighbour()) === macOf("db2"));
    test.diagnostic(`neighbour entry moved within ${ms(monotonicMs() - atMs)} of the bind`);
  });

  it("is announced to all neighbours when it is bound", async (test) => {
    const announcements = await stage.announcements();
    const { addresses } = await stage.holder("db1", IPV6);
    const { atMs } = await addresses.next("bind", isAdded);
    const isMine = (seen: { mac: string; isGratuitous: boolean }): boolean =>
      seen.mac === macOf("db1") && seen.isGratuitous;
    const announced = await announcements.next("advertisement", isMine);
    test.diagnostic(`advertised ${ms(announced.atMs - atMs)} after the bind`);
  });

  it("resets who is connected when it is released", async () => {
    const { agent } = await stage.holder("db1", IPV6);
    const held = await HeldConnection.open(VIP6);
    stage.own(held.process);
    await agent.term();
    await held.next("ECONNRESET");
  });

  it("refuses who comes when it is released", async () => {
    const { agent } = await stage.holder("db1", IPV6);
    const client = stage.caller({ address: VIP6 });
    await client.answerFrom("db1", { timeoutMs: WIDE_MS });
    const { atMs } = await agent.term();
    const call = await client.calls.next("call", ({ startedAtMs }) => startedAtMs > atMs);
    assert.equal(call.outcome, "refused");
  });

  it("is kept beside an IPv4 VIP by one agent, and both move", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const [old, fresh] = await Promise.all([stage.addresses("db1"), stage.addresses("db2")]);
    await stage.agent("db1", BOTH);
    await Promise.all([VIP, VIP6].map((vip) => next(old, isAdded, vip)));
    await verdict(await stage.agent("db2", BOTH), "other-leader");
    await stage.lab.leaderKey.move("test-db2");
    await Promise.all([VIP, VIP6].map((vip) => next(old, isDeleted, vip)));
    await Promise.all([VIP, VIP6].map((vip) => next(fresh, isAdded, vip)));
    assert.deepEqual(await stage.lab.holders(), ["db2"]);
  });

  it("leaves together with the IPv4 VIP before the process ends", async () => {
    const { agent, addresses } = await stage.holder("db1", BOTH);
    await next(addresses, isAdded, VIP6);
    const { code } = await agent.term();
    // The kernel is asked: what an observer has seen before is stamped when it gets the processor.
    assert.deepEqual({ code, holders: await stage.lab.holders() }, { code: 0, holders: [] });
    // It tells what it has observed itself, so nobody else has removed them after its end.
    const told = agent.events.entries.filter(({ event }) => event === "released");
    const released = told.map(({ fields }) => fields["vip"]);
    assert.deepEqual(new Set(released), new Set([`${VIP}/32`, `${VIP6}/128`]));
  });
});

async function next(
  addresses: Journal<AddressEvent>,
  kind: (event: AddressEvent) => boolean,
  vip: string,
): Promise<AddressEvent> {
  const matches = (event: AddressEvent): boolean =>
    kind(event) && event.address.startsWith(`${vip}/`);
  return await addresses.next(vip, matches, { timeoutMs: WIDE_MS });
}

// As every kernel does by default; the lab's own hosts skip it to be ready sooner.
async function detectDuplicates(host: HostName): Promise<void> {
  const script = `for name in all ${INTERFACE}; do
    echo 1 > /proc/sys/net/ipv6/conf/$name/accept_dad
  done`;
  await run([...inHost(host), "sh", "-c", script]);
}

// At which MAC the client believes the VIP to be.
async function neighbour(): Promise<string | undefined> {
  const entry = await ip("client", `-6 neighbour show ${VIP6}`);
  return /lladdr (\S+)/u.exec(entry)?.[1];
}
