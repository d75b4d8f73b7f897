/**
 * Guard and reset where the host does not make it easy: firewalls of its own, an agent that is
 * killed between two steps of a release, thousands of connections, an operator in between.
 *
 * The promise is that a client hears something at once wherever the agent was alive, and that what
 * the agent has put into the kernel touches nobody else and does not stay.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import type { Client } from "../../lab/client.ts";
import { monotonicMs, sleepMs, waitUntil } from "../../lab/clock.ts";
import { attempt, run } from "../../lab/command.ts";
import { inHost, INTERFACE, VIP, VIP6 } from "../../lab/network.ts";
import { LabProcess } from "../../lab/process.ts";
import { Guard } from "../../src/vip/guard.ts";
import { parseAddress } from "../../src/vip/address.ts";
import { COURTESY, LAB, skipWithout } from "./support/capabilities.ts";
import { vipAgent } from "./support/command-line.ts";
import { HeldConnection } from "./support/held-connection.ts";
import { kill, type Mood, OddTools, residentOf, type ToolName } from "./support/odd-tools.ts";
import {
  type Holder,
  ip,
  isAdded,
  isDeleted,
  ms,
  Stage,
  verdict,
  WIDE_MS,
  withStage,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...COURTESY);

const GUARD_STANDS_MS = 3_000;
// The first repetition of a SYN comes after one second.
const REPEATED_SYN_MS = 1_000;
const EXPIRY_MS = 6_500;
const CONNECTIONS = 10_000;
const CROWD = fileURLToPath(new URL("support/crowd.pl", import.meta.url));

// Firewalls as hosts have them; each lets the lab's own traffic through.
const STATEFUL = "ct state established,related accept";
const FIREWALLS: Readonly<Record<string, string>> = {
  "an nftables input filter": `table inet fw { chain i {
    type filter hook input priority 0; policy drop; ${STATEFUL}; iif lo accept; tcp dport 5432 accept;
    meta l4proto { icmp, ipv6-icmp } accept; ip saddr 192.168.1.181 accept; }; }`,
  "an nftables output filter": `table inet fw { chain o {
    type filter hook output priority 0; policy drop; ${STATEFUL}; ct state new accept; }; }`,
  "an nftables output filter for what is invalid": `table inet fw { chain o {
    type filter hook output priority 0; policy accept; ct state invalid drop; }; }`,
  "an nftables chain in front that does not track": `table inet fw { chain r {
    type filter hook prerouting priority raw; policy accept; notrack; }; }`,
  "an nftables chain in front that accepts": `table inet fw { chain r {
    type filter hook prerouting priority -310; policy accept; tcp dport 5432 accept; }; }`,
};
const IPTABLES = `-P INPUT DROP
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp --dport 5432 -j ACCEPT
-A INPUT -s 192.168.1.181 -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A OUTPUT -m conntrack --ctstate INVALID -j DROP`;

describe("guard and reset of a VIP", { skip }, () => {
  let stage: Stage;
  let tools: OddTools;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  beforeEach(async () => {
    tools = await OddTools.create();
  });

  afterEach(async () => {
    await tools.close();
    await attempt([...inHost("db1"), "nft", "flush", "ruleset"]);
  });

  async function holder(settings: Readonly<Record<string, unknown>> = {}): Promise<Holder> {
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.move("test-db1");
    const env = { PATH: tools.path };
    const agent = await stage.lab.startAgent({ host: "db1", settings, env });
    stage.own(agent.process);
    await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    return { agent, addresses };
  }

  // Gives the key to a member whose host has no agent. Answers when the address has left.
  async function release({ addresses }: Holder): Promise<number> {
    const sinceMs = monotonicMs();
    await stage.lab.leaderKey.move("test-db3", { gapMs: 0 });
    return (await addresses.next("release", isDeleted, { sinceMs, timeoutMs: WIDE_MS })).atMs;
  }

  async function callingClient(address = VIP): Promise<Client> {
    const client = stage.caller({ address, timeoutMs: 2_500 });
    await client.answerFrom("db1", { timeoutMs: WIDE_MS });
    return client;
  }

  async function connection(address = VIP): Promise<HeldConnection> {
    const held = await HeldConnection.open(address);
    stage.own(held.process);
    return held;
  }

  // Each call of the two seconds after a release was refused, none had to be repeated.
  async function assertRefused(client: Client, goneAtMs: number): Promise<void> {
    const toMs = goneAtMs + 2_000;
    const isLater = ({ startedAtMs }: { startedAtMs: number }): boolean => startedAtMs > toMs;
    await client.calls.next("later call", isLater, { timeoutMs: WIDE_MS });
    const calls = client.calls.entries.filter(
      ({ startedAtMs }) => startedAtMs >= goneAtMs && startedAtMs <= toMs,
    );
    const longestMs = Math.max(...calls.map(({ atMs, startedAtMs }) => atMs - startedAtMs));
    const outcomes = new Set(calls.map(({ outcome }) => outcome));
    assert.deepEqual(outcomes, new Set(["refused"]));
    assert.ok(longestMs < REPEATED_SYN_MS - 100, `one call took ${ms(longestMs)}`);
  }

  async function nft(...words: readonly string[]): Promise<string> {
    return await run([...inHost("db1"), "nft", ...words]);
  }

  async function load(rules: string): Promise<void> {
    await run([...inHost("db1"), "nft", "-f", "-"], { input: rules });
  }

  describe("beside a firewall", () => {
    for (const [name, rules] of Object.entries(FIREWALLS)) {
      it(`answers at once with ${name}, and leaves it as it was`, async () => {
        await load(rules);
        const before = await nft("list", "table", "inet", "fw");
        const held = await holder();
        const [client, established] = [await callingClient(), await connection()];
        await assertRefused(client, await release(held));
        await established.next("ECONNRESET");
        assert.equal(await nft("list", "table", "inet", "fw"), before);
      });
    }

    for (const variant of ["iptables-nft", "iptables-legacy"] as const) {
      it(`answers at once with rules of ${variant}, and leaves them as they were`, async (test) => {
        const [command] = (await attempt(["which", variant])).stdout.split("\n");
        if (command === undefined || command === "") {
          test.skip(`missing: ${variant}`);
          return;
        }
        const save = async () => await run([...inHost("db1"), command, "-S"]);
        for (const rule of IPTABLES.split("\n")) {
          await run([...inHost("db1"), command, ...rule.split(" ")]);
        }
        try {
          const before = await save();
          const held = await holder();
          const [client, established] = [await callingClient(), await connection()];
          await assertRefused(client, await release(held));
          await established.next("ECONNRESET");
          assert.equal(await save(), before);
        } finally {
          for (const rule of ["-P INPUT ACCEPT", "-F"]) {
            await run([...inHost("db1"), command, ...rule.split(" ")]);
          }
        }
      });
    }

    it("answers for an IPv6 VIP at once beside an output filter", async () => {
      await load(FIREWALLS["an nftables output filter for what is invalid"] ?? "");
      const held = await holder({ ip: VIP6 });
      const [client, established] = [await callingClient(VIP6), await connection(VIP6)];
      await assertRefused(client, await release(held));
      await established.next("ECONNRESET");
    });

    it("answers at once when the firewall was reloaded since the start", async () => {
      const held = await holder();
      const client = await callingClient();
      await nft("flush", "ruleset");
      await assertRefused(client, await release(held));
    });

    // The reload takes the guard along, so that a SYN may have to be repeated; but nobody is
    // connected for ever, and the VIP has left.
    it("lets the VIP go when the firewall is reloaded in the middle of the release", async () => {
      const held = await holder();
      const established = await connection();
      await tools.is("ss", "flushing");
      kill(await residentOf(held.agent.pid, "ss"), "SIGKILL");
      await release(held);
      await established.next("ECONNRESET");
      assert.deepEqual(await stage.lab.holders(), []);
    });
  });

  describe("of an agent that is killed", () => {
    // Its `ss` waits for the end of its input, and gets it.
    it("ends no connection when it only held", async () => {
      const { agent } = await holder();
      const held = [await connection(), await connection("192.168.1.141")];
      await residentOf(agent.pid, "ss");
      await agent.kill();
      await sleepMs(REPEATED_SYN_MS);
      assert.deepEqual(
        held.map(({ heard }) => heard.entries.map((entry) => entry.heard)),
        [["greeted"], ["greeted"]],
      );
    });

    const steps: readonly (readonly [string, ToolName, Mood])[] = [
      ["after the guard", "ss", "killing-before"],
      ["after the reset", "ss", "killing-after"],
      ["before the removal", "ip", "killing-at-removal"],
    ];
    for (const [step, name, mood] of steps) {
      it(`leaves neither VIP nor guard behind when it dies ${step}`, async (test) => {
        if (name === "ip") await tools.is(name, mood);
        const { agent, addresses } = await holder();
        if (name === "ss") {
          await tools.is(name, mood);
          kill(await residentOf(agent.pid, name), "SIGKILL");
        }
        const other = await connection("192.168.1.141");
        const sinceMs = monotonicMs();
        await stage.lab.leaderKey.move("test-db3", { gapMs: 0 });
        const { signal, atMs } = await agent.process.exited;
        assert.equal(signal, "SIGKILL");
        const gone = await addresses.next("expiry", isDeleted, { sinceMs, timeoutMs: EXPIRY_MS });
        await waitUntil("empty guard", async () => !(await guardTable()).includes(VIP));
        assert.deepEqual(
          other.heard.entries.map(({ heard }) => heard),
          ["greeted"],
        );
        test.diagnostic(`the kernel removed the VIP ${ms(gone.atMs - atMs)} after the agent's end`);
      });
    }

    it("are taken over by the next agent, which releases in full", async () => {
      await tools.is("ip", "killing-at-removal");
      const first = await holder();
      // One that begins to call when the VIP has left finds no host to call.
      const client = await callingClient();
      await stage.lab.leaderKey.move("test-db3", { gapMs: 0 });
      await first.agent.process.exited;
      await tools.isWell("ip");
      const sinceMs = monotonicMs();
      await stage.agent("db1");
      const gone = await first.addresses.next("release", isDeleted, { sinceMs });
      await assertRefused(client, gone.atMs);
    });
  });

  describe("in the hands of an operator", () => {
    // The guard is another process's, and stands for seconds unless it is lifted.
    it("are no obstacle when a running agent binds again what was released by hand", async (test) => {
      const { addresses } = await holder();
      const client = await callingClient();
      const sinceMs = monotonicMs();
      await vipAgent({ args: ["release", `--ip=${VIP}`, `--interface=${INTERFACE}`] });
      const bound = await addresses.next("bind", isAdded, { sinceMs, timeoutMs: WIDE_MS });
      const { atMs } = await client.answerFrom("db1", { sinceMs: bound.atMs });
      test.diagnostic(`served ${ms(atMs - bound.atMs)} after it was bound again`);
      assert.ok(atMs - bound.atMs < REPEATED_SYN_MS, ms(atMs - bound.atMs));
    });

    it("let an address that is bound by hand be served when the guard's seconds are over", async () => {
      const { agent } = await holder();
      const client = await callingClient();
      const { atMs } = await agent.term();
      await ip("db1", `address add ${VIP}/32 dev ${INTERFACE}`);
      const served = await client.answerFrom("db1", { sinceMs: atMs + 50, timeoutMs: WIDE_MS });
      assert.ok(served.atMs - atMs < GUARD_STANDS_MS + 1_000, ms(served.atMs - atMs));
    });

    it("do not touch an address that is bound by hand after them", async () => {
      const { agent } = await holder();
      await agent.term();
      await waitUntil("empty guard", async () => !(await guardTable()).includes(VIP));
      await ip("db1", `address add ${VIP}/32 dev ${INTERFACE}`);
      const client = await callingClient();
      const sinceMs = monotonicMs();
      await sleepMs(500);
      assert.deepEqual([...client.outcomesBetween(sinceMs, monotonicMs()).keys()], ["answered"]);
    });
  });

  describe("as a table of the kernel", () => {
    const vip = parseAddress(VIP);
    assert.ok(vip !== undefined);
    const list = async () =>
      (await attempt(["nft", "list", "tables"])).stdout.includes("vip_agent");

    async function openGuard(test: TestContext): Promise<Guard> {
      const guard = new Guard((await run(["which", "nft"])).trim(), monotonicMs);
      test.after(() => guard.close());
      return guard;
    }

    it("stand while an element does, and can be removed when none does", async (test) => {
      const guard = await openGuard(test);
      const seen: boolean[] = [];
      await guard.prepare();
      await guard.raise(vip);
      await guard.retire();
      seen.push(await list());
      await guard.lift(vip);
      await guard.retire();
      seen.push(await list());
      assert.deepEqual(seen, [true, false]);
    });

    it("are gone after an agent that had nothing to release", async () => {
      await stage.lab.leaderKey.move("test-db2");
      const agent = await stage.agent("db1");
      await verdict(agent, "other-leader");
      assert.match(await guardTable(), /vip_agent/u);
      await agent.term();
      assert.doesNotMatch(await guardTable(), /vip_agent/u);
    });

    it("are made anew where another version has made them in another shape", async (test) => {
      const other = `table inet vip_agent {
        set gone4 { type ipv4_addr; flags timeout; };
        chain guard { type filter hook prerouting priority raw; policy accept; };
      }`;
      await run(["nft", "-f", "-"], { input: other });
      const guard = await openGuard(test);
      const prepared = await guard.prepare();
      const raised = await guard.raise(vip);
      assert.match(await run(["nft", "list", "table", "inet", "vip_agent"]), /mangle - 10/u);
      await guard.lift(vip);
      await guard.retire();
      assert.deepEqual([prepared.ok, raised.ok, await list()], [true, true, false]);
    });
  });

  it(`reset ${CONNECTIONS} connections, and the VIP leaves within a second`, async (test) => {
    const held = await holder();
    const argv = (role: string) => ["perl", CROWD, role, VIP, String(CONNECTIONS)];
    const server = new LabProcess({ name: "crowd server", host: "db1", argv: argv("serve") });
    stage.own(server);
    await server.lines.next("listening");
    const crowd = new LabProcess({ name: "crowd", host: "client", argv: argv("call") });
    stage.own(crowd);
    await crowd.lines.next("all connected", ({ text }) => text === "connected", {
      timeoutMs: WIDE_MS,
    });
    const sinceMs = monotonicMs();
    const goneAtMs = await release(held);
    const { text } = await crowd.lines.next("count", ({ text: said }) => said.startsWith("reset"), {
      timeoutMs: WIDE_MS,
    });
    test.diagnostic(`${text} of ${CONNECTIONS}; the VIP left after ${ms(goneAtMs - sinceMs)}`);
    assert.equal(text, `reset ${CONNECTIONS}`);
    assert.ok(goneAtMs - sinceMs < 1_500, ms(goneAtMs - sinceMs));
  });

  async function guardTable(): Promise<string> {
    return (await attempt([...inHost("db1"), "nft", "list", "ruleset"])).stdout;
  }
});
