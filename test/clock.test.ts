/**
 * The clock goes on while the host sleeps, and looks for that no oftener than the kernel can tell.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { systemClock } from "../src/clock.ts";

describe("the clock of a host", () => {
  test("that was suspended for a minute is a minute ahead", async () => {
    let sleptS = 0;
    const clock = systemClock(() => performance.now() / 1_000 + sleptS);
    const beforeMs = clock.nowMs();
    sleptS = 60;
    await sleep(20);
    const tookMs = clock.nowMs() - beforeMs;
    assert.ok(tookMs >= 60_000 && tookMs < 65_000, `${tookMs} ms`);
  });

  test("that was awake does not follow small steps of the uptime", async () => {
    let aheadS = 0;
    const clock = systemClock(() => performance.now() / 1_000 + aheadS);
    const beforeMs = clock.nowMs();
    aheadS = 0.4;
    await sleep(20);
    const tookMs = clock.nowMs() - beforeMs;
    assert.ok(tookMs >= 15 && tookMs < 400, `${tookMs} ms`);
  });

  test("reads the uptime once for all that is asked at a time", () => {
    let looks = 0;
    const clock = systemClock(() => {
      looks += 1;
      return performance.now() / 1_000;
    });
    const beforeMs = performance.now();
    for (let time = 0; time < 1_000; time += 1) clock.nowMs();
    const tookMs = performance.now() - beforeMs;
    assert.ok(looks <= 2 + tookMs / 10, `${looks} looks in ${tookMs} ms`);
  });
});
