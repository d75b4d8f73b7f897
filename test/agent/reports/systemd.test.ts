/**
 * What is said to systemd, and when its watchdog is not fed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSystemd } from "../../../src/agent/reports/systemd.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function listen(environment: Record<string, string>) {
  const clock = new FakeClock();
  const said: string[] = [];
  const systemd = createSystemd(environment, clock, (args) => said.push(args.join(" ")));
  return { clock, said, systemd };
}

test("the status line names each VIP with its newest text", () => {
  const { said, systemd } = listen({});
  systemd.status("10.0.0.1", "hold");
  systemd.status("fd00::1", "yield");
  systemd.status("10.0.0.1", "yield");
  assert.equal(said.at(-1), "--status=10.0.0.1: yield; fd00::1: yield");
});

test("the watchdog is fed twice in its time, as long as there is progress", async () => {
  const { clock, said, systemd } = listen({ WATCHDOG_USEC: "10000000" });
  let isProgressing = true;
  systemd.watch(() => isProgressing);
  await clock.advance(10_000);
  assert.equal(said.filter((word) => word === "WATCHDOG=1").length, 3);
  isProgressing = false;
  await clock.advance(60_000);
  assert.equal(said.length, 3);
  systemd.close();
});

test("without a watchdog nothing is fed", async () => {
  const { clock, said, systemd } = listen({});
  systemd.watch(() => true);
  await clock.advance(60_000);
  assert.deepEqual(said, []);
});
