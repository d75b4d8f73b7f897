/**
 * Several clusters on one host: an instance of the template unit for each, with a configuration, a
 * key and a VIP of its own. None of them touches what is another's.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs } from "../../lab/clock.ts";
import type { Journal } from "../../lab/journal.ts";
import type { AddressEvent } from "../../lab/watch.ts";
import { deletionsOf, isAdded, isDeleted, WIDE_MS } from "../lab/support/stage.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { HostStage, MEMBER } from "./support/stage.ts";
import { withStage } from "../lab/support/stage.ts";

const skip = await skipWithoutMachines();

const CLUSTERS = [
  { name: "orders", vip: "192.168.1.150" },
  { name: "stock", vip: "192.168.1.151" },
] as const;
const [ORDERS, STOCK] = CLUSTERS;

describe("instances of the template unit", { skip }, () => {
  let stage: HostStage;

  withStage(async () => {
    stage = await HostStage.open();
    return stage;
  });

  it("hold a VIP each, and one of them stops or restarts without the other", async () => {
    const [orders, stock] = await holdBoth();
    const fromMs = monotonicMs();
    await stage.systemctl("stop", `vip-agent@${ORDERS.name}`);
    await orders.next("release", isDeleted, { sinceMs: fromMs });
    await stage.systemctl("restart", `vip-agent@${STOCK.name}`);
    await stage.systemctl("start", `vip-agent@${ORDERS.name}`);
    await orders.next("bind", isAdded, { sinceMs: fromMs, timeoutMs: WIDE_MS });
    assert.deepEqual(await deletionsOf(stock, fromMs), []);
    await stage.untilStatus(/^192\.168\.1\.151: hold/u, `vip-agent@${STOCK.name}.service`);
  });

  it("are not started without a configuration of their name", async () => {
    await stage.systemctl("start", "vip-agent@nobody");
    const state = await stage.machine.property("vip-agent@nobody.service", "ActiveState");
    assert.equal(state, "inactive");
    const said = (await stage.journal()).join("\n");
    assert.match(said, /ConditionPathExists=\/etc\/vip-agent\/nobody\.yml/u);
  });

  async function holdBoth(): Promise<readonly [Journal<AddressEvent>, Journal<AddressEvent>]> {
    const watched = async (vip: string) => await stage.addresses([vip]);
    const journals = [await watched(ORDERS.vip), await watched(STOCK.vip)] as const;
    for (const { name, vip } of CLUSTERS) {
      const key = `db/${name}/leader`;
      await stage.configure({ ip: vip, "trigger-key": key }, `/etc/vip-agent/${name}.yml`);
      await stage.otherKey(key).move(MEMBER);
    }
    await stage.systemctl("start", ...CLUSTERS.map(({ name }) => `vip-agent@${name}`));
    for (const journal of journals) await journal.next("bind", isAdded, { timeoutMs: WIDE_MS });
    return journals;
  }
});
