/**
 * A configuration that changes while the VIP is held: taken as a whole or not at all, and no client
 * notices either.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs, sleepMs, waitUntil } from "../../../lab/clock.ts";
import { run } from "../../../lab/command.ts";
import { inHost, INTERFACE, VIP } from "../../../lab/network.ts";
import { LAB, PROBES, skipWithout } from "../support/capabilities.ts";
import {
  deletionsOf,
  isAdded,
  isDeleted,
  ms,
  reasonsOf,
  Stage,
  verdict,
  withStage,
  WIDE_MS,
} from "../support/stage.ts";

const skip = await skipWithout(...LAB, ...PROBES);

const PORT = 9_728;
const SECOND_VIP = "192.168.1.139";
const both = [
  { ip: VIP, interface: INTERFACE },
  { ip: SECOND_VIP, interface: INTERFACE },
];

describe("a reload", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  /** Until a line of db1's metrics is this. */
  async function untilScraped(line: string): Promise<void> {
    const script = `console.log(await (await fetch("http://127.0.0.1:${PORT}/metrics")).text())`;
    const argv = [process.execPath, "--input-type=module", "--eval", script];
    const isThere = async () => {
      const page = await run([...inHost("db1"), ...argv], { timeoutMs: WIDE_MS });
      return page.split("\n").includes(line);
    };
    await waitUntil(line, isThere, { timeoutMs: WIDE_MS, everyMs: 100 });
  }

  it("leaves a VIP alone that stays as it is: not one echo is lost, nothing is removed", async (test) => {
    const { agent, addresses } = await stage.holder("db1", { lifetime: 2 });
    const ping = stage.ping();
    await ping.echo({ timeoutMs: WIDE_MS });
    await verdict(agent, "leader");
    const fromMs = monotonicMs();
    const verdicts = reasonsOf(agent).length;
    for (const logLevel of ["debug", "info", "debug"]) {
      await agent.configure({ "log-level": logLevel });
      assert.equal((await agent.reload()).event, "reloaded");
    }
    // Longer than the lifetime of 2 s: the daemons that follow have to prolong it.
    await sleepMs(2_500);
    const { asked, lost } = await ping.between(fromMs, monotonicMs());
    assert.equal(lost, 0);
    assert.ok(asked > 100, String(asked));
    assert.deepEqual(await deletionsOf(addresses), []);
    assert.equal(reasonsOf(agent).length, verdicts, "no verdict was told anew");
    test.diagnostic(`${lost} of ${asked} echoes lost in three reloads`);
  });

  it("releases a VIP that is named no longer, with a reset for its clients, and no other", async () => {
    const addresses = await stage.addresses("db1", [VIP, SECOND_VIP]);
    await stage.lab.leaderKey.move("test-db1");
    const agent = await stage.agent("db1", { ip: undefined, interface: undefined, vips: both });
    for (const vip of [VIP, SECOND_VIP]) {
      const isThis = (event: { address: string }) => event.address.startsWith(`${vip}/`);
      await addresses.next(`bind of ${vip}`, isThis, { timeoutMs: WIDE_MS });
    }
    await agent.configure({ vips: both.slice(0, 1) });
    await agent.reload();
    const gone = (await deletionsOf(addresses)).map(({ address }) => address);
    assert.deepEqual(gone, [`${SECOND_VIP}/32`]);
    await agent.configure({ vips: both });
    const sinceMs = monotonicMs();
    await agent.reload();
    const back = await addresses.next("bind", isAdded, { sinceMs, timeoutMs: WIDE_MS });
    assert.equal(back.address, `${SECOND_VIP}/32`);
    // The stage knows nothing of a second VIP, and would leave it to the next test.
    await agent.term();
  });

  it("is refused as a whole where the file is wrong, with every mistake named", async () => {
    const settings = { lifetime: 2, "metrics-port": PORT };
    const { agent, addresses } = await stage.holder("db1", settings);
    await untilScraped("vipagent_last_reload_successful 1");
    await agent.configure({ lifetime: "soon", "trigger-kye": "db/test/leader" });
    assert.equal((await agent.reload()).event, "reload-refused");
    const said = agent.events.entries.map(({ fields }) => String(fields["msg"])).join("\n");
    assert.match(said, /lifetime/u);
    assert.match(said, /trigger-kye/u);
    await untilScraped("vipagent_last_reload_successful 0");
    await sleepMs(2_500);
    assert.deepEqual(await deletionsOf(addresses), []);
    await agent.configure({});
    assert.equal((await agent.reload()).event, "reloaded");
    await untilScraped("vipagent_last_reload_successful 1");
  });

  it("is refused where Consul would no longer answer", async () => {
    const { agent, addresses } = await stage.holder("db1", { lifetime: 2 });
    await agent.configure({ "dcs-endpoints": "http://192.168.1.181:1" });
    const { fields } = await agent.reload();
    assert.match(String(fields["msg"]), /^the old configuration stays in force: 1 /u);
    const refusals = agent.events.entries.filter(({ event }) => event === "reload-refused");
    assert.match(String(refusals[0]?.fields["msg"]), /^Consul answers now, and would not/u);
    await sleepMs(2_500);
    assert.deepEqual(await deletionsOf(addresses), []);
  });

  it("follows the new key at once", async (test) => {
    const { agent, addresses } = await stage.holder("db1", { lifetime: 2 });
    await agent.configure({ "trigger-value": "another-name" });
    const sinceMs = monotonicMs();
    await agent.reload();
    const { atMs } = await addresses.next("release", isDeleted, { sinceMs, timeoutMs: WIDE_MS });
    test.diagnostic(`from the signal to the release: ${ms(atMs - sinceMs)}`);
  });

  it("ends well when a stop comes in its midst", async () => {
    const { agent, addresses } = await stage.holder("db1", { lifetime: 2 });
    agent.process.signal("SIGHUP");
    const { code } = await agent.term();
    assert.equal(code, 0);
    assert.equal((await deletionsOf(addresses)).length, 1);
  });
});
