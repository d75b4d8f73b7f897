/**
 * The agent broken on purpose in many ways, each of which the simulation must see.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mutants } from "./mutants.ts";
import { run } from "./run.ts";

/** The hardest to see takes some twenty hours with this seed; most take a few. */
const hours = 60;
const seed = 1;

describe("a broken agent is caught", () => {
  for (const [name, { caughtBy }] of Object.entries(mutants)) {
    test(name, async (context) => {
      const { failures } = await run({ seed, hours, workers: 1, mutant: name });
      const [failure] = failures;
      assert(failure !== undefined, `nobody saw it in ${hours} hours`);
      const { checker, message } = failure;
      const isExpected = caughtBy.some((one) => one === checker);
      assert(isExpected, `expected ${caughtBy.join(" or ")} to see it, but: ${message}`);
      context.diagnostic(message.split("\n", 1)[0] ?? "");
    });
  }
});
