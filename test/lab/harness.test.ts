/**
 * Proves the lab itself, with plain `ip` and `arping` in the place of an agent.
 *
 * Every other lab test believes what the harness says: that hosts reach one another, that an
 * observer's stamp is the moment of the event, that a move of the key is ordered as asked for, that
 * a frozen Consul is silent. Here each of these is held against something known.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import { monotonicMs, sleepMs, waitUntil } from "../../lab/clock.ts";
import { attempt, run } from "../../lab/command.ts";
import { createLab, type Lab } from "../../lab/lab.ts";
import * as network from "../../lab/network.ts";
import { inHost, INTERFACE, macOf, VIP, VIP6, type HostName } from "../../lab/network.ts";

// A clock that is translated wrongly is off by hours; the rest is what a busy machine takes.
const OBSERVED_WITHIN_MS = 900;

async function ip(host: HostName, command: string): Promise<void> {
  await run([...inHost(host), "ip", ...command.split(" ")]);
}

async function nft(host: HostName, commands: string): Promise<void> {
  await run([...inHost(host), "nft", commands]);
}

async function arping(host: HostName): Promise<void> {
  await run([...inHost(host), "arping", "-U", "-c", "1", "-I", INTERFACE, VIP]);
}

describe("network of the lab", () => {
  let lab: Lab;
  let createdInMs = 0;

  before(async () => {
    const startedAtMs = monotonicMs();
    lab = await createLab();
    createdInMs = monotonicMs() - startedAtMs;
  });

  after(async () => {
    await lab.close();
  });

  it("is there within seconds", () => {
    assert.ok(createdInMs < 5_000, `it took ${createdInMs} ms`);
  });

  it("lets every host reach every other, by IPv4 and IPv6", async () => {
    const pairs = network.CLUSTER_HOSTS.flatMap((from) =>
      network.CLUSTER_HOSTS.filter((to) => to !== from).map((to) => [from, to] as const),
    );
    await Promise.all(
      pairs.flatMap(([from, to]) =>
        [network.addressOf(to), network.address6Of(to)].map((address) =>
          run([...inHost(from), "ping", "-c", "1", "-W", "2", address]),
        ),
      ),
    );
  });

  it("silences a host whose plug is pulled or whose link is down, and lets it back", async () => {
    const ping = [...inHost("client"), "ping", "-c", "1", "-W", "0.2", network.addressOf("db1")];
    await network.unplug("db1");
    assert.notEqual((await attempt(ping)).exitCode, 0);
    await network.plugIn("db1");
    assert.equal((await attempt(ping)).exitCode, 0);
    await network.linkDown("db1");
    assert.notEqual((await attempt(ping)).exitCode, 0);
    await network.linkUp("db1");
    await waitUntil("answer of db1", async () => (await attempt(ping)).exitCode === 0);
    await run([...inHost("client"), "ping", "-c", "1", "-W", "2", network.address6Of("db1")]);
  });

  it("adds and removes a host of its own while it runs", async () => {
    await network.addHost("intruder");
    await run([...inHost("intruder"), "ping", "-c", "1", "-W", "2", network.addressOf("client")]);
    const sleeper = lab.start({ name: "sleeper", host: "intruder", argv: ["sleep", "60"] });
    await waitUntil("sleeper in its host", async () => {
      return (await network.processesIn("intruder")).includes(sleeper.pid);
    });
    await network.removeHost("intruder");
    await sleeper.exited;
  });

  it("sees an address come, be refreshed, and expire", async () => {
    const { events } = await lab.watchAddresses("db1");
    const sinceMs = monotonicMs();
    await ip("db1", `address add ${VIP}/32 dev eth0 valid_lft 5 preferred_lft 0`);
    const added = await events.next("added", ({ kind }) => kind === "added", { sinceMs });
    assert.ok(added.atMs - sinceMs < OBSERVED_WITHIN_MS, `${added.atMs - sinceMs} ms`);
    assert.equal(added.address, `${VIP}/32`);
    assert.equal(added.validS, 5);
    const refreshedAtMs = monotonicMs();
    await ip("db1", `address replace ${VIP}/32 dev eth0 valid_lft 1 preferred_lft 0`);
    await events.next("refreshed", ({ kind }) => kind === "refreshed", { sinceMs: refreshedAtMs });
    const deleted = await events.next("deleted", ({ kind }) => kind === "deleted", { sinceMs });
    const livedMs = deleted.atMs - refreshedAtMs;
    assert.ok(livedMs >= 990 && livedMs < 2_000, `${livedMs} ms after a lifetime of 1 s`);
  });

  it("knows of all that has happened up to now, also where it is told late", async () => {
    const others = new Set(await network.processesIn("db1"));
    const { events } = await lab.watchAddresses("db1");
    const [monitor] = (await network.processesIn("db1")).filter((pid) => !others.has(pid));
    assert.ok(monitor !== undefined);
    process.kill(monitor, "SIGSTOP");
    await ip("db1", `address add ${VIP}/32 dev eth0`);
    await ip("db1", `address delete ${VIP}/32 dev eth0`);
    const seen = events.upToNow();
    assert.deepEqual(events.entries, []);
    process.kill(monitor, "SIGCONT");
    assert.deepEqual(
      (await seen).map(({ kind }) => kind),
      ["added", "deleted"],
    );
  });

  it("sees announcements as they reach the client", async () => {
    const { events } = await lab.watchAnnouncements("client");
    await ip("db2", `address add ${VIP}/32 dev eth0`);
    const sinceMs = monotonicMs();
    const announced = arping("db2");
    const seen = await events.next("announcement", ({ isGratuitous }) => isGratuitous, { sinceMs });
    assert.ok(seen.atMs - sinceMs < OBSERVED_WITHIN_MS, `${seen.atMs - sinceMs} ms`);
    assert.equal(seen.mac, macOf("db2"));
    assert.equal(seen.form, "request");
    await announced;
    await ip("db2", `address del ${VIP}/32 dev eth0`);
  });

  it("sees where the client is told that an IPv6 address is", async () => {
    const { events } = await lab.watchAnnouncements("client");
    await ip("db2", `address add ${VIP6}/128 dev eth0 nodad`);
    const sinceMs = monotonicMs();
    await run([...inHost("client"), "ping", "-c", "1", "-W", "2", VIP6]);
    const seen = await events.next("answer", ({ address }) => address === VIP6, { sinceMs });
    assert.deepEqual(
      [seen.mac, seen.form, seen.isGratuitous],
      [macOf("db2"), "advertisement", false],
    );
    await ip("db2", `address del ${VIP6}/128 dev eth0`);
  });

  it("sees guard elements raised and lifted", async () => {
    const { events } = await lab.watchGuard("db1");
    await nft(
      "db1",
      `table inet vip_agent {
      set gone4 { type ipv4_addr; flags timeout; }; set gone6 { type ipv6_addr; flags timeout; };
    }`,
    );
    const sinceMs = monotonicMs();
    await nft(
      "db1",
      `add element inet vip_agent gone4 { ${VIP} timeout 3s };
      add element inet vip_agent gone6 { ${VIP6} timeout 1m500ms }`,
    );
    const first = await events.next("guard", ({ kind }) => kind === "raised", { sinceMs });
    assert.ok(first.atMs - sinceMs < OBSERVED_WITHIN_MS, `${first.atMs - sinceMs} ms`);
    assert.deepEqual([first.address, first.timeoutMs], [VIP, 3_000]);
    const second = await events.next("guard", ({ address }) => address === VIP6, { sinceMs });
    assert.equal(second.timeoutMs, 60_500);
    await nft("db1", "flush set inet vip_agent gone4");
    await events.next("lifted", ({ kind, address }) => kind === "lifted" && address === VIP);
  });

  it("shows the client the host that holds the VIP, and a silence in between", async () => {
    await Promise.all(["db1", "db2"].map((host) => lab.startServer(host)));
    await ip("db1", `address add ${VIP}/32 dev eth0`);
    const client = lab.startClient();
    await client.answerFrom("db1");
    const { events } = await lab.watchNeighbours("client");
    await ip("db1", `address del ${VIP}/32 dev eth0`);
    const goneAtMs = monotonicMs();
    await sleepMs(200);
    await ip("db2", `address add ${VIP}/32 dev eth0`);
    await arping("db2");
    const answer = await client.answerFrom("db2", { timeoutMs: 8_000 });
    await events.next("new MAC", ({ mac }) => mac === macOf("db2"));
    assert.deepEqual(await lab.holders(), ["db2"]);
    // A SYN into the silence is repeated after one second; a connection that was cut off waits for
    // the client's own timeout of five.
    const silenceMs = client.longestSilenceMs(goneAtMs, answer.atMs);
    assert.ok(silenceMs >= 200 && silenceMs < 5_500, `${silenceMs} ms`);
    await client.close();
  });

  it("keeps calling without running out of ports", async () => {
    const client = lab.startClient({ pauseMs: 0 });
    await client.answerFrom("db2");
    const isThere = () => client.calls.entries.length > 1_000;
    await waitUntil("a thousand calls", isThere, { timeoutMs: 30_000 });
    assert.deepEqual([...client.outcomesBetween(0, Infinity).keys()], ["answered"]);
    const waiting = await run([...inHost("client"), "ss", "-Htan", "state", "time-wait"]);
    assert.equal(waiting.trim(), "");
    await client.close();
  });
});

describe("consul of the lab", () => {
  let lab: Lab;

  before(async () => {
    lab = await createLab({ hosts: ["dcs"], consul: { acl: true } });
  });

  after(async () => {
    await lab.close();
  });

  it("moves the leader key with the gap asked for, in order", async () => {
    const first = await lab.leaderKey.move("test-db1");
    assert.equal(first.deleted, undefined);
    assert.equal(await lab.leaderKey.holder(), "test-db1");
    const { deleted, acquired } = await lab.leaderKey.move("test-db2", { gapMs: 15 });
    assert.equal(await lab.leaderKey.holder(), "test-db2");
    assert.ok(deleted !== undefined);
    assert.ok(deleted.sentAtMs < deleted.answeredAtMs);
    assert.ok(acquired.sentAtMs < acquired.answeredAtMs);
    const gapMs = acquired.sentAtMs - deleted.answeredAtMs;
    assert.ok(gapMs >= 14 && gapMs < 60, `${gapMs} ms`);
  });

  it("moves the leader key at once, without a moment when it is missing", async () => {
    const earlier = await lab.leaderKey.read();
    await lab.leaderKey.move("test-db3", { gapMs: 0 });
    const entry = await lab.leaderKey.read();
    assert.equal(await lab.leaderKey.holder(), "test-db3");
    assert.ok(entry?.Session !== undefined && entry.Session !== earlier?.Session);
  });

  it("gives the key away when its session is destroyed", async () => {
    await lab.leaderKey.destroySession("test-db3");
    assert.equal(await lab.leaderKey.holder(), undefined);
    await lab.leaderKey.writePlain("test-db1");
    assert.equal((await lab.leaderKey.read())?.Session, undefined);
    await lab.leaderKey.remove();
  });

  it("refuses whoever has no token, and whose token was revoked", async () => {
    const token = await lab.consul.createToken('key_prefix "db/test/" { policy = "read" }');
    const read = async (secret: string) => {
      return (await lab.consul.call(`kv/${lab.leaderKey.path}`, { token: secret })).status;
    };
    assert.equal(await read(""), 403);
    assert.equal(await read(token.secret), 404);
    await lab.consul.revokeToken(token.accessor);
    assert.equal(await read(token.secret), 403);
  });

  it("does not answer while it is frozen, and goes on afterwards", async () => {
    await lab.consul.freeze();
    await assert.rejects(lab.consul.call("status/leader", { timeoutMs: 300 }), /TimeoutError/u);
    lab.consul.thaw();
    assert.equal((await lab.consul.call("status/leader")).status, 200);
  });

  it("keeps its data when it is killed and started again", async () => {
    await lab.leaderKey.writeSibling("config", { ttl: 30 });
    const killed = lab.consul.pid;
    await lab.consul.kill();
    await assert.rejects(readFile(`/proc/${killed}/stat`));
    await lab.consul.start();
    const answer = await lab.consul.call("kv/db/test/config?raw");
    assert.equal(answer.body, '{"ttl":30}');
  });
});

describe("end of a lab", () => {
  it("leaves no host, no bridge and no process of its own", async () => {
    const lab = await createLab({ hosts: ["db1", "client"] });
    const stubborn = lab.start({
      name: "stubborn",
      host: "db1",
      argv: ["sh", "-c", 'trap "" TERM; sleep 100 & while :; do sleep 1; done'],
    });
    await waitUntil("its child", async () => (await network.processesIn("db1")).length >= 2);
    await lab.close();
    assert.equal(stubborn.isRunning, false);
    assert.equal((await run(["ip", "netns", "list"])).trim(), "");
    assert.doesNotMatch(await run(["ip", "-br", "link"]), /br0|to-/u);
    assert.doesNotMatch(await run(["ps", "ax"]), /sleep 100/u);
  });

  it("ends the processes of a harness that died", async () => {
    const script = `
      import { createLab } from './lab/lab.ts'
      const lab = await createLab({ hosts: ['db1'] })
      lab.start({ name: 'orphan', host: 'db1', argv: ['sleep', '1234'] })
      await new Promise((resolve) => setTimeout(resolve, 200))
      process.kill(process.pid, 'SIGKILL')`;
    await assert.rejects(run([process.execPath, "--input-type=module", "-e", script]), /SIGKILL/u);
    await waitUntil("end of the orphan", async () => !/sleep 1234/u.test(await run(["ps", "ax"])));
    await network.removeNetwork();
  });
});
