/**
 * An interface that is not there yet, or goes down under the VIP.
 *
 * At boot the agent may be faster than the network, and a cable may be pulled at any time. The
 * agent needs no restart for either, and whenever the VIP becomes reachable the neighbours are
 * told, since they may have learned another place meanwhile.
 *
 * The interface of the first tests is a second one into the same network, made when the test says
 * so: the agent can reach Consul all the time.
 *
 * A process that keeps the index of an interface, as a resident `ip` does, is deaf to one that was
 * deleted and made anew under the same name; the test of that came from a fault of ours.
 *
 * vip-manager 5.0.0 ends at the start when the interface is missing or down, remembers its index
 * and MAC for ever (F10), and never announces again after the first time (F9).
 */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";

import { monotonicMs } from "../../lab/clock.ts";
import { attempt, run } from "../../lab/command.ts";
import { linkDown, linkUp, macOf } from "../../lab/network.ts";
import { ANNOUNCEMENTS, LAB, skipWithout } from "./support/capabilities.ts";
import {
  deletionsOf,
  ip,
  isAdded,
  ms,
  Stage,
  withStage,
  verdict,
  WIDE_MS,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...ANNOUNCEMENTS);

const SECOND = "eth1";
const SECOND_MAC = "02:00:00:00:01:8d";
const PORT = "to-db1-second";
// A bind is announced again and again for five seconds.
const BURST_MS = 5_500;

describe("VIP on an interface that comes and goes", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  afterEach(async (test) => {
    await attempt(["ip", "link", "delete", PORT]);
    await linkUp("db1");
    await stage.strike(test);
  });

  // Down, as a new interface is; its other end is on the bridge.
  async function createSecond(): Promise<void> {
    const peer = `type veth peer name ${SECOND} address ${SECOND_MAC} netns db1`;
    await run(["ip", "-batch", "-"], {
      input: `link add ${PORT} ${peer}\nlink set ${PORT} master br0 up`,
    });
  }

  it("is bound when the interface appears after the agent has started", async (test) => {
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.move("test-db1");
    const agent = await stage.agent("db1", { interface: SECOND });
    await verdict(agent, "leader");
    const sinceMs = monotonicMs();
    await createSecond();
    await ip("db1", `link set ${SECOND} up`);
    const bound = await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    test.diagnostic(`bound ${ms(bound.atMs - sinceMs)} after the interface was made`);
    assert.equal(bound.interface, SECOND);
  });

  it("is announced when the interface comes up that was down at the start", async (test) => {
    const announcements = await stage.announcements();
    await createSecond();
    await stage.lab.leaderKey.move("test-db1");
    const agent = await stage.agent("db1", { interface: SECOND });
    await verdict(agent, "leader");
    const sinceMs = monotonicMs();
    await ip("db1", `link set ${SECOND} up`);
    const announced = await announcements.next("announcement", ({ mac }) => mac === SECOND_MAC, {
      timeoutMs: WIDE_MS,
    });
    test.diagnostic(`announced ${ms(announced.atMs - sinceMs)} after the interface came up`);
  });

  it("is bound again when the interface is deleted and made anew", async () => {
    await createSecond();
    await ip("db1", `link set ${SECOND} up`);
    const { addresses } = await stage.holder("db1", { interface: SECOND });
    await ip("db1", `link delete ${SECOND}`);
    const sinceMs = monotonicMs();
    await createSecond();
    await ip("db1", `link set ${SECOND} up`);
    await addresses.next("bind", ({ kind }) => kind !== "deleted", {
      sinceMs,
      timeoutMs: WIDE_MS,
    });
  });

  it("is bound when the only interface, and with it Consul, comes up late", async (test) => {
    await stage.lab.leaderKey.move("test-db1");
    const addresses = await stage.addresses("db1");
    await linkDown("db1");
    const agent = await stage.agent("db1");
    await agent.event("consul-trouble", { timeoutMs: WIDE_MS });
    const sinceMs = monotonicMs();
    await linkUp("db1");
    const { atMs } = await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    test.diagnostic(`bound ${ms(atMs - sinceMs)} after the interface came up`);
  });

  it("stays while the interface is down for a moment, and is announced again", async (test) => {
    const { addresses } = await stage.holder("db1");
    const announcements = await stage.announcements();
    const { atMs: boundAtMs } = await addresses.next("bind", isAdded);
    // The announcements of the bind itself must be over, or they would pass for the ones awaited.
    await addresses.next("refresh", undefined, {
      sinceMs: boundAtMs + BURST_MS,
      timeoutMs: BURST_MS + WIDE_MS,
    });
    await linkDown("db1");
    const sinceMs = monotonicMs();
    await linkUp("db1");
    const isMine = (seen: { mac: string; isGratuitous: boolean }): boolean =>
      seen.mac === macOf("db1") && seen.isGratuitous;
    const patience = { sinceMs, timeoutMs: WIDE_MS };
    const { atMs } = await announcements.next("announcement", isMine, patience);
    test.diagnostic(`announced ${ms(atMs - sinceMs)} after the interface came up`);
    assert.deepEqual(await deletionsOf(addresses), []);
  });

  it("answers clients again after the interface was down for a moment", async (test) => {
    await stage.holder("db1");
    const client = stage.caller({ timeoutMs: 1_000 });
    await client.answerFrom("db1", { timeoutMs: WIDE_MS });
    await linkDown("db1");
    const sinceMs = monotonicMs();
    await linkUp("db1");
    const { atMs } = await client.answerFrom("db1", { sinceMs, timeoutMs: WIDE_MS });
    test.diagnostic(`first answer ${ms(atMs - sinceMs)} after the interface came up`);
  });
});
