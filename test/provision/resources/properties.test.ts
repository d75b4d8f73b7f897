/**
 * What holds for whatever is wished, on whatever host: a second run has nothing to do, a run that is
 * cut off anywhere is finished by the next one, nothing is lost, nothing secret is told, and what is
 * in the way keeps everything from being done.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { test } from "node:test";
import fc from "fast-check";
import type { Resource } from "../../../src/provision/resources/resource.ts";
import { type Applied, applyResources, obstaclesIn } from "../fake/apply-resources.ts";
import { type FakeHost, type FakeOptions, fakeHost } from "../fake/fake-host.ts";
import { type HostModel, copyOf, picture } from "../fake/model.ts";
import { around, histories, hostWithTwoDisks, startingHost, wishes } from "./arbitrary.ts";
import { planFor } from "./support.ts";
import { lacking, losses } from "./wished.ts";

const secret = randomUUID();

type Run = Applied & { readonly host: FakeHost };

async function run(
  model: HostModel,
  resources: readonly Resource[],
  cutOff?: FakeOptions["cutOff"],
): Promise<Run> {
  const host = fakeHost({ model, around, ...(cutOff !== undefined && { cutOff }) });
  return { host, ...(await applyResources(host, resources)) };
}

/** To its end, or the test fails. */
async function finish(model: HostModel, resources: readonly Resource[]): Promise<FakeHost> {
  const { host, outcome } = await run(model, resources);
  assert(outcome.ok, outcome.ok ? "" : outcome.detail);
  return host;
}

test("a second run has nothing to do, and the host is as it was wished", async () => {
  await fc.assert(
    fc.asyncProperty(histories(secret), wishes(secret), async (history, resources) => {
      const model = await startingHost(history);
      await finish(model, resources);
      assert.deepEqual(lacking(model, resources), []);
      const before = picture(model);
      const again = await finish(model, resources);
      assert.deepEqual(again.performed, []);
      assert.deepEqual(picture(model), before);
    }),
    { numRuns: 300 },
  );
});

test("a run that is cut off anywhere is finished by the next", async () => {
  let cuts = 0;
  await fc.assert(
    fc.asyncProperty(
      histories(secret, { isCutOffLater: true }),
      wishes(secret),
      async (history, resources) => {
        const model = await startingHost(history);
        const whole = copyOf(model);
        const { stageCounts } = await finish(whole, resources);
        const expected = picture(whole);
        for (const [index, count] of stageCounts.entries()) {
          for (let stages = 0; stages <= count; stages += 1) {
            const broken = copyOf(model);
            const { outcome } = await run(broken, resources, { at: index + 1, stages });
            assert.equal(outcome.ok, false);
            await finish(broken, resources);
            assert.deepEqual(picture(broken), expected, `cut off at ${index + 1}, stage ${stages}`);
            cuts += 1;
          }
        }
      },
    ),
    { numRuns: 30 },
  );
  assert(cuts > 300, `only ${cuts} runs were cut off`);
});

test("a run that is cut off again and again comes to its end", async () => {
  const cutOff = fc.record({ at: fc.integer({ min: 1, max: 10 }), stages: fc.nat({ max: 4 }) });
  const cases = fc.tuple(
    histories(secret, { isCutOffLater: true }),
    wishes(secret),
    fc.array(cutOff),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ([history, resources, cutOffs]) => {
      const model = await startingHost(history);
      const whole = copyOf(model);
      await finish(whole, resources);
      for (const each of cutOffs) await run(model, resources, each);
      await finish(model, resources);
      assert.deepEqual(picture(model), picture(whole));
    }),
    { numRuns: 200 },
  );
});

test("what a run of another wish has left half done is not taken for right", async () => {
  let cuts = 0;
  await fc.assert(
    fc.asyncProperty(wishes(secret), wishes(secret), async (resources, others) => {
      const model = hostWithTwoDisks();
      await finish(model, resources);
      const { stageCounts } = await finish(copyOf(model), others);
      for (const [index, count] of stageCounts.entries()) {
        for (let stages = 0; stages <= count; stages += 1) {
          const broken = copyOf(model);
          await run(broken, others, { at: index + 1, stages });
          await finish(broken, resources);
          assert.deepEqual(lacking(broken, resources), [], `cut off at ${index + 1}, ${stages}`);
          cuts += 1;
        }
      }
    }),
    { numRuns: 60 },
  );
  assert(cuts > 300, `only ${cuts} runs were cut off`);
});

test("each operation may be repeated", async () => {
  await fc.assert(
    fc.asyncProperty(wishes(secret), async (resources) => {
      const model = hostWithTwoDisks();
      const { operations } = planFor(model, ...resources);
      const host = fakeHost({ model, around });
      for (const { operation } of operations) {
        assert((await host.perform(operation)).ok);
        const before = picture(model);
        assert((await host.perform(operation)).ok);
        assert.deepEqual(picture(model), before);
      }
      assert.deepEqual(lacking(model, resources), []);
    }),
  );
});

test("nothing that was there is lost, however a run ends", async () => {
  const cutOff = fc.record({ at: fc.integer({ min: 1, max: 40 }), stages: fc.nat({ max: 4 }) });
  const cases = fc.tuple(histories(secret, { withTroubles: true }), wishes(secret), cutOff);
  await fc.assert(
    fc.asyncProperty(cases, async ([history, resources, each]) => {
      const model = await startingHost(history);
      const before = copyOf(model);
      await run(model, resources, each);
      const lost = losses(before, model, resources).filter((name) => {
        // Between stop and start.
        return !name.endsWith(".service") && !name.endsWith(".vip-agent-new");
      });
      assert.deepEqual(lost, []);
      const { outcome } = await run(model, resources);
      if (!outcome.ok) return;
      const left = losses(before, model, resources);
      assert.deepEqual(
        left.filter((name) => !name.endsWith(".vip-agent-new")),
        [],
      );
    }),
    { numRuns: 300 },
  );
});

test("with anything in the way, nothing is done and all of it is told", async () => {
  let obstructed = 0;
  await fc.assert(
    fc.asyncProperty(
      histories(secret, { withTroubles: true }),
      wishes(secret),
      async (history, resources) => {
        const model = await startingHost(history);
        const { obstacles } = planFor(model, ...resources);
        if (obstacles.length === 0) return;
        obstructed += 1;
        const before = picture(model);
        const { host, outcome, events } = await run(model, resources);
        assert.deepEqual(host.performed, []);
        assert.deepEqual(picture(model), before);
        assert(!outcome.ok && outcome.code === "obstacle");
        assert.deepEqual(
          obstaclesIn(events).map(({ finding, remedy }) => [finding, remedy]),
          obstacles.map(({ subject, finding, remedy }) => [`${subject} ${finding}`, remedy]),
        );
      },
    ),
    { numRuns: 200 },
  );
  assert(obstructed > 20, `only ${obstructed} hosts had anything in the way`);
});

test("no secret is in anything that is told", async () => {
  let written = 0;
  await fc.assert(
    fc.asyncProperty(
      histories(secret, { withTroubles: true }),
      wishes(secret),
      async (history, resources) => {
        const model = await startingHost(history);
        const { operations, obstacles } = planFor(model, ...resources);
        const planned = operations.map(({ summary, difference }) => ({ summary, difference }));
        const host = fakeHost({ model, around, cutOff: { at: operations.length, stages: 1 } });
        const { outcome, events } = await applyResources(host, resources);
        const told = [planned, obstacles, outcome, events];
        assert(!inspect(told, { depth: null, maxStringLength: null }).includes(secret));
        const writes = host.performed.filter((operation) => {
          return operation.kind === "write-file" && operation.content.text.includes(secret);
        });
        written += writes.length;
      },
    ),
    { numRuns: 200 },
  );
  assert(written > 5, `only ${written} files with a secret were written`);
});
