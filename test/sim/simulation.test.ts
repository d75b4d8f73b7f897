/**
 * A thousand simulated hours with a fixed seed, and every promise kept in all of them.
 *
 * More, or others: `npm run sim -- --hours 10000 --seed 12345`, or SIM_HOURS for this test. What is
 * simulated and what is checked stands in main.ts.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { holdReasons, yieldReasons } from "../../src/policy/reasons.ts";
import { playHour } from "./hour.ts";
import { describe as describeTally, describeFailure } from "./report.ts";
import { run } from "./run.ts";
import { type Tally, emptyTally } from "./tally.ts";

const hours = Number(process.env["SIM_HOURS"] ?? 1_000);
const seed = 1;

/** Fewer, and one would not know that the simulation goes there at all. */
const oftenEnough = 100;

describe(`${hours} simulated hours`, () => {
  let tally: Tally = emptyTally;

  before(async () => {
    const startedAtMs = performance.now();
    tally = await run({ seed, hours });
    console.log(describeTally(tally, performance.now() - startedAtMs));
  });

  test("no promise is broken after any step", () => {
    assert.equal(tally.failures.map(describeFailure).join("\n\n"), "");
    assert.equal(tally.hours, hours);
  });

  for (const reason of Object.keys({ ...holdReasons, ...yieldReasons })) {
    test(`the verdict "${reason}" occurs a hundred times`, () => {
      const count = tally.reasons[reason] ?? 0;
      assert(count >= oftenEnough * Math.min(1, hours / 1_000), `it occurred ${count} times`);
    });
  }

  test("the lease ends before a lock that was renewed in time can be another's", () => {
    assert.equal(tally.overlaps["cut off, Patroni sound"], undefined);
    const { count, leastMs } = tally.spares;
    assert(count > hours / 10, `only ${count} locks expired on a host that held by a lease`);
    assert(leastMs > 0, `the lease ended ${leastMs} ms before another could own the lock`);
  });

  test("a woken Patroni has taken its key again, or started its PostgreSQL, in time", () => {
    const { keysBack, postgresBack } = tally.local;
    assert(keysBack >= hours / 10, `only ${keysBack} keys were put to the test`);
    assert(postgresBack >= hours / 10, `only ${postgresBack} postmasters were put to the test`);
  });

  test("a callback that tells of a stop ends the VIP at once", () => {
    assert(tally.local.demoted >= hours / 10, `only ${tally.local.demoted} were put to the test`);
  });

  test("a quarter of the hours has harmless faults only, and loses the VIP in none", () => {
    assert(tally.harmlessHours >= hours / 8, `${tally.harmlessHours} of ${hours}`);
  });
});

test("an hour that is played again is the same to the last event", async () => {
  const [first, second] = [await playHour(seed), await playHour(seed)];
  assert(first.steps > 10_000, `${first.steps} events`);
  assert.equal(first.steps, second.steps);
  assert.deepEqual(first.inspector.reasons, second.inspector.reasons);
  assert.deepEqual(first.inspector.calm.takeOversMs, second.inspector.calm.takeOversMs);
  const other = await playHour(seed + 1);
  assert.notEqual(other.steps, first.steps, "another seed plays the same hour");
});
