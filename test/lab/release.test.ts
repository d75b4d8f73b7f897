/**
 * `vip-agent release`: the last resort of an operator whose agent is gone and whose VIP is not.
 *
 * The VIP is put on the host by hand here, as another program or a lost agent leaves it: without an
 * end, with one prefix or with several. The command takes all of it, tells the clients, leaves the
 * host's own address alone, and says so by its exit code.
 */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";

import type { CommandResult } from "../../lab/command.ts";
import { addressesOf, INTERFACE, VIP, VIP6 } from "../../lab/network.ts";
import { COURTESY, LAB, skipWithout } from "./support/capabilities.ts";
import { configurationFile, vipAgent } from "./support/command-line.ts";
import { HeldConnection } from "./support/held-connection.ts";
import { ip, Stage, withStage, WIDE_MS } from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...COURTESY);

const DB1 = "192.168.1.141/24";

describe("release of a VIP by hand", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  afterEach(async () => {
    await ip("db1", `address replace ${DB1} dev ${INTERFACE}`);
  });

  async function release(interfaceName = INTERFACE, vip = VIP): Promise<CommandResult> {
    return await vipAgent({ args: ["release", `--ip=${vip}`, `--interface=${interfaceName}`] });
  }

  async function put(...prefixLengths: readonly number[]): Promise<void> {
    for (const length of prefixLengths) {
      await ip("db1", `address add ${VIP}/${length} dev ${INTERFACE}`);
    }
  }

  it("removes every prefix of it, and no other address", async () => {
    const own = await addressesOf("db1");
    await put(32, 24);
    await release();
    assert.deepEqual(await addressesOf("db1"), own);
  });

  it("names what it has removed, and ends with 0", async () => {
    await put(32, 24);
    const { exitCode, stdout, stderr } = await release();
    const removed = [...stdout.matchAll(/\S+\/\d+/gu)].map(([address]) => address).toSorted();
    assert.deepEqual(
      { exitCode, removed, stderr },
      { exitCode: 0, removed: [`${VIP}/24`, `${VIP}/32`], stderr: "" },
    );
  });

  // With promote_secondaries off, the subnet's first address takes the others along.
  it("leaves the host its own address when the VIP came before it", async () => {
    await ip("db1", `address delete ${DB1} dev ${INTERFACE}`);
    await put(24);
    await ip("db1", `address add ${DB1} dev ${INTERFACE}`);
    const { exitCode } = await release();
    const held = (await addressesOf("db1")).filter((address) => !address.includes(":"));
    assert.deepEqual({ exitCode, held }, { exitCode: 0, held: [DB1] });
  });

  it("removes an IPv6 one just as well", async () => {
    await ip("db1", `address add ${VIP6}/128 dev ${INTERFACE} nodad`);
    const { exitCode } = await release(INTERFACE, VIP6);
    assert.deepEqual([exitCode, await stage.lab.holders()], [0, []]);
  });

  it("resets the clients that are connected", async () => {
    await put(32);
    const connection = await HeldConnection.open();
    stage.own(connection.process);
    await release();
    await connection.next("ECONNRESET");
  });

  // The guard stands in the kernel for some seconds, also when the command has long ended.
  it("refuses the clients that come right after it", async () => {
    await put(32);
    const client = stage.caller();
    await client.answerFrom("db1", { timeoutMs: WIDE_MS });
    await release();
    await client.calls.next("refusal", ({ outcome }) => outcome === "refused");
  });

  it("ends the same when there is nothing to remove", async () => {
    const own = await addressesOf("db1");
    const { exitCode, stderr } = await release();
    const seen = { exitCode, stderr, addresses: await addressesOf("db1") };
    assert.deepEqual(seen, { exitCode: 0, stderr: "", addresses: own });
  });

  // A slip of the finger must not read like a VIP that is gone.
  it("fails when there is no such interface", async () => {
    await put(32);
    const { exitCode, stderr } = await release("eth9");
    assert.deepEqual([exitCode, stderr.includes("eth9")], [1, true]);
  });

  it("removes the VIPs that it can when another one's interface is missing", async () => {
    await put(32);
    const vips = [
      { ip: "192.168.1.149", interface: "eth9" },
      { ip: VIP, interface: INTERFACE },
    ];
    const file = await configurationFile({ vips });
    const { exitCode } = await vipAgent({ args: ["release", `--config=${file}`] });
    assert.deepEqual([exitCode, await stage.lab.holders()], [1, []]);
  });

  it("does without Consul and whatever else of the configuration is broken", async () => {
    await put(32);
    const broken = ["--trigger-key=/", "--dcs-endpoints=nowhere", "--consul-token-file=/none"];
    const args = ["release", `--ip=${VIP}`, `--interface=${INTERFACE}`, ...broken];
    const { exitCode } = await vipAgent({ args });
    assert.deepEqual([exitCode, await stage.lab.holders()], [0, []]);
  });

  it("fails, and names the VIP that is still there, without the right to remove it", async () => {
    await put(32);
    const args = ["release", `--ip=${VIP}`, `--interface=${INTERFACE}`];
    const { exitCode, stderr } = await vipAgent({ args, isPowerless: true });
    const seen = { exitCode, isNamed: stderr.includes(VIP), holders: await stage.lab.holders() };
    assert.deepEqual(seen, { exitCode: 1, isNamed: true, holders: ["db1"] });
  });
});
