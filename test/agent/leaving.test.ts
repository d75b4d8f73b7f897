/**
 * Stop or hand over: what the manager's list of jobs says about a SIGTERM.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isRestart, understand } from "../../src/agent/leaving.ts";

const unit = "vip-agent.service";

test("a restart job of this unit is a restart", () => {
  assert(isRestart(` 812 ${unit} restart running\n`, unit));
});

const others = [
  { what: "a stop", listing: ` 812 ${unit} stop running\n` },
  { what: "no job", listing: "" },
  { what: "a restart of another unit", listing: "812 vip-agent@b.service restart running\n" },
  { what: "a listing of another form", listing: "No jobs running.\n" },
];

for (const { what, listing } of others) {
  test(`${what} is none`, () => {
    assert(!isRestart(listing, unit));
  });
}

test("without a unit, or for any signal but SIGTERM, the signal's own meaning counts", async () => {
  const wish = { kind: "release", signal: "SIGTERM" } as const;
  assert.deepEqual(await understand(wish, {}), wish);
  const interrupt = { kind: "release", signal: "SIGINT" } as const;
  assert.deepEqual(await understand(interrupt, { VIPAGENT_UNIT: unit }), interrupt);
});
