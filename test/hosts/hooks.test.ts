/**
 * Hooks inside of the unit: what docs/hooks.md says of them under systemd, and that a stop whose hook
 * hangs still ends before systemd loses its patience.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";

import { monotonicMs, waitUntil } from "../../lab/clock.ts";
import { isDeleted, ms, WIDE_MS, withStage } from "../lab/support/stage.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { HostStage, UNIT } from "./support/stage.ts";

const skip = await skipWithoutMachines();

const HOOK = "/usr/local/bin/vip-moved";
/** TimeoutStopSec= of the unit. */
const STOP_MS = 10_000;

// Its protection and its precedence are taken off a moment after it has started.
const script = `#!/bin/sh
[ "$1" = here ] || exec sleep 60
sleep 0.5
exec >&2
session=$(sed 's/.*nice //' /proc/self/autogroup 2>/dev/null || echo 0)
echo "$(id -un), oom $(cat /proc/self/oom_score_adj), nice $(nice) $session, sudo $(sed -n 's/^NoNewPrivs:.//p' /proc/self/status)"
`;

describe("hooks under systemd", { skip }, () => {
  let stage: HostStage;

  withStage(async () => {
    stage = await HostStage.open();
    return stage;
  });

  it("run within the fences of the unit, and hold up a stop no longer than it may take", async (test) => {
    await stage.write(HOOK, script);
    await stage.machine.run(["chmod", "755", HOOK]);
    const hooks = {
      "on-acquire": [HOOK, "here"],
      "on-release": [HOOK, "gone"],
      "hook-deadline": 60,
    };
    const addresses = await stage.hold(hooks);
    assert.equal(await stage.machine.property(UNIT, "Nice"), "-10");
    const { pid } = await stage.machine.mainProcess(UNIT);
    // A kernel that does not group processes by session has no such file.
    const session = await readFile(`/proc/${pid}/autogroup`, "utf8").catch(() => "absent");
    assert.match(session, /nice -10$|^absent$/mu);
    const line = await waitUntil("the hook has ended", () => said(/"hook":"on-acquire"/u), {
      timeoutMs: WIDE_MS,
      everyMs: 100,
    });
    assert.match(line, /"stderr":"vip-agent, oom 0, nice 0 0, sudo 1"/u);

    const askedAtMs = monotonicMs();
    await stage.systemctl("stop", UNIT);
    const tookMs = monotonicMs() - askedAtMs;
    const { atMs } = await addresses.next("release", isDeleted, { sinceMs: askedAtMs });
    test.diagnostic(`gone after ${ms(atMs - askedAtMs)}, stopped after ${ms(tookMs)}`);
    assert.ok(atMs - askedAtMs < 1_000);
    assert.ok(tookMs > 4_000 && tookMs < STOP_MS);
    assert.equal(await stage.machine.property(UNIT, "Result"), "success");
    assert.deepEqual(await stage.machine.processes(UNIT), []);
  });

  async function said(pattern: RegExp): Promise<string | undefined> {
    return (await stage.journal()).find((line) => pattern.test(line));
  }
});
