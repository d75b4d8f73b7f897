/**
 * `apply` is ended at random moments, again and again, by whatever ends a program; the next one goes
 * on from there, and in the end there is the same cluster.
 *
 * What a killed run has begun on the hosts goes on there; the next one waits for it.
 *
 * A run that comes to its end before it was interrupted is followed by one on fresh hosts, so that
 * all its parts are met. The moments are drawn from a seed, which is printed: PROVISION_SEED=7.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { sleepMs } from "../../../lab/clock.ts";
import { Random } from "../../sim/random.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { writeClusterFile } from "./support/cluster-file.ts";
import { endsWith, findingsOf, provision, stepsOf, summariesOf } from "./support/provision.ts";
import { DATABASE_HOSTS, ProvisionStage } from "./support/stage.ts";

const SUITE = suiteOf(process.env);
const INTERRUPTIONS = Number(process.env["PROVISION_INTERRUPTIONS"] ?? "20");
const SIGNALS = ["SIGKILL", "SIGTERM", "SIGINT"] as const;
const SEED = Number(process.env["PROVISION_SEED"] ?? Date.now() % 100_000);
const EARLIEST_MS = 500;
const LATEST_MS = 20_000;
// After a polite signal, the step that is under way is still done.
const ENDS_WITHIN_MS = 300_000;
const STEP_SENT_MS = 1_000;

const skip = await skipWithoutProvisions(SUITE);

describe(`three hosts with ${SUITE}`, { skip }, () => {
  it(`${INTERRUPTIONS} interrupted applies converge`, async (test) => {
    test.diagnostic(`PROVISION_SEED=${SEED}`);
    const random = new Random(SEED);
    let interrupted = 0;
    while (interrupted < INTERRUPTIONS) {
      const stage = await ProvisionStage.open({ hosts: DATABASE_HOSTS, suite: SUITE });
      try {
        const file = await writeClusterFile(stage, { layout: "three-hosts" });
        while (interrupted < INTERRUPTIONS) {
          const signal = random.pick(SIGNALS);
          const afterMs = random.between(EARLIEST_MS, LATEST_MS);
          const code = await interruptedApply(stage, file, signal, afterMs);
          if (code === 0) break;
          interrupted += 1;
          test.diagnostic(
            `${interrupted}. ${signal} after ${(afterMs / 1e3).toFixed(1)} s: ${code}`,
          );
        }
        await isBuilt(stage, file);
      } finally {
        await stage.close();
      }
    }
  });

  it("steps that a killed run has left at the hosts are waited for", async () => {
    const stage = await ProvisionStage.open({ hosts: DATABASE_HOSTS, suite: SUITE });
    try {
      const file = await writeClusterFile(stage, { layout: "three-hosts" });
      await killAmidSteps(stage, file);
      const next = await provision(stage, "apply", file);
      endsWith(next, 0);
      const waits = findingsOf(next).filter(({ code }) => code === "busy");
      const waitedFor = waits.map(({ host = "" }) => host);
      assert.deepEqual(waitedFor.toSorted(), DATABASE_HOSTS);
      const making = summariesOf(next).filter((summary) => summary.includes("make Python"));
      assert.deepEqual(making, [], "what they have done was done again");
    } finally {
      await stage.close();
    }
  });
});

/** When each host makes its Python environment, which takes a while. */
async function killAmidSteps(stage: ProvisionStage, file: string): Promise<void> {
  const process = await stage.startVipAgent(["provision", "apply", file, "--json"]);
  for (const host of DATABASE_HOSTS) {
    const begun = `"kind":"step-started","phase":"programs","host":"${host}","summary":"make Python`;
    const patience = { timeoutMs: ENDS_WITHIN_MS };
    await process.lines.next(`${begun}…`, ({ text }) => text.includes(begun), patience);
  }
  // Told before it is sent; it is long enough to be met.
  await sleepMs(STEP_SENT_MS);
  await process.stop("SIGKILL", ENDS_WITHIN_MS);
}

/** Its exit code, or none where the signal has ended it at once. */
async function interruptedApply(
  stage: ProvisionStage,
  file: string,
  signal: (typeof SIGNALS)[number],
  afterMs: number,
): Promise<number | null> {
  const process = await stage.startVipAgent(["provision", "apply", file, "--json"]);
  await Promise.race([sleepMs(afterMs), process.exited]);
  const { code } = await process.stop(signal, ENDS_WITHIN_MS);
  return code;
}

async function isBuilt(stage: ProvisionStage, file: string): Promise<void> {
  endsWith(await provision(stage, "apply", file), 0);
  endsWith(await provision(stage, "verify", file), 0);
  const again = await provision(stage, "apply", file);
  endsWith(again, 0);
  assert.equal(stepsOf(again), 0, summariesOf(again).join("\n"));
}
