/**
 * What is made of Patroni's word where it is the only one, and when its configuration is read.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PatroniLeaderWatch } from "../../../src/agent/sources/patroni-leader.ts";
import type { PatroniCode } from "../../../src/clients/patroni.ts";
import { done, failed } from "../../../src/outcome.ts";
import type {
  ConfigSeen,
  LeaderSeen,
  PatroniState,
  WatchFailed,
} from "../../../src/policy/sightings.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const state: PatroniState = {
  role: "primary",
  postgres: "running",
  hasLock: true,
  isPaused: false,
  isFailsafeActive: false,
  timeline: 1,
  dcsSeenAtMs: undefined,
};

type Told = { readonly sighting: LeaderSeen | WatchFailed | ConfigSeen; readonly member?: string };

class Bench {
  readonly clock = new FakeClock();
  readonly told: Told[] = [];
  readonly readAtMs: number[] = [];
  /** What the configuration says; undefined where it cannot be read. */
  config: string | undefined = '{"ttl":30}';
  readonly watch: PatroniLeaderWatch;

  constructor(...members: readonly string[]) {
    this.watch = new PatroniLeaderWatch({
      client: {
        readConfig: async () => {
          this.readAtMs.push(this.clock.nowMs());
          const { config } = this;
          return config === undefined ? failed<PatroniCode>("refused", "no") : done(config);
        },
      },
      clock: this.clock,
      members,
      onSighting: (sighting, member) => {
        this.told.push(member === undefined ? { sighting } : { sighting, member });
      },
    });
  }

  learn(changed: Partial<PatroniState>): void {
    const askedAtMs = this.clock.nowMs() - 5;
    this.watch.learn({ kind: "patroni-seen", askedAtMs, patroni: { ...state, ...changed } });
  }

  get configs(): readonly ConfigSeen[] {
    return this.told.map(({ sighting }) => sighting).filter((seen) => seen.kind === "config-seen");
  }
}

const leaderOf = [
  { what: "a running primary with the lock", changed: {}, leads: true },
  { what: "a replica that has just got the lock", changed: { role: "replica" }, leads: true },
  { what: "a PostgreSQL that is just starting", changed: { postgres: "unsure" }, leads: true },
  { what: "a standby leader", changed: { role: "standby_leader" }, leads: true },
  { what: "a primary that has lost its lock", changed: { hasLock: false }, leads: false },
  {
    what: "a primary that has stopped, although Patroni goes by its role",
    changed: { postgres: "stopped", isPaused: true },
    leads: false,
  },
  {
    what: "a replica without the lock",
    changed: { role: "replica", hasLock: false },
    leads: false,
  },
] as const;

for (const { what, changed, leads } of leaderOf) {
  test(`${what} ${leads ? "leads" : "does not lead"}`, async () => {
    const bench = new Bench("test-db1");
    await bench.clock.advance(1_000);
    bench.learn(changed);
    assert.deepEqual(bench.told, [
      {
        sighting: {
          kind: "leader-seen",
          askedAtMs: 995,
          answeredAtMs: 1_000,
          leader: { member: leads ? "test-db1" : "", session: undefined, createIndex: 0 },
        },
        member: "test-db1",
      },
    ]);
  });
}

test("VIPs that call this host by different names are told apart, each name once", () => {
  const bench = new Bench("a", "b", "a");
  bench.learn({});
  const named = bench.told.map(({ sighting, member }) => {
    return [member, sighting.kind === "leader-seen" && sighting.leader?.member];
  });
  assert.deepEqual(named, [
    ["a", "a"],
    ["b", "b"],
  ]);
});

test("a failure is one, with its cause, for everybody", () => {
  const bench = new Bench("test-db1");
  bench.watch.failed("timeout", 7);
  assert.deepEqual(bench.told, [{ sighting: { kind: "watch-failed", atMs: 7, cause: "timeout" } }]);
});

test("the configuration is read at the start and each minute", async () => {
  const bench = new Bench("test-db1");
  bench.config = '{"ttl":20,"loop_wait":5,"retry_timeout":7,"pause":true}';
  bench.watch.start();
  await bench.clock.advance(150_000);
  assert.deepEqual(bench.readAtMs, [0, 60_000, 120_000]);
  assert.equal(bench.configs.length, 3);
  assert.deepEqual(bench.configs[0], {
    kind: "config-seen",
    timings: { ttlMs: 20_000, loopWaitMs: 5_000, retryTimeoutMs: 7_000 },
    mode: { isPaused: true, hasFailsafe: false, isStandby: false },
  });
});

test("a configuration that cannot be read is tried again soon, and says nothing", async () => {
  const bench = new Bench("test-db1");
  bench.config = undefined;
  bench.watch.start();
  await bench.clock.advance(12_000);
  assert.deepEqual(bench.readAtMs, [0, 5_000, 10_000]);
  assert.deepEqual(bench.configs, []);
  bench.config = "not JSON";
  await bench.clock.advance(5_000);
  assert.deepEqual(bench.configs, []);
  bench.config = "{}";
  await bench.clock.advance(5_000);
  assert.equal(bench.configs.length, 1);
});

test("an answer that contradicts the configuration has it read again", async () => {
  const bench = new Bench("test-db1");
  bench.watch.start();
  await bench.clock.advance(10_000);
  bench.learn({ isPaused: false });
  await bench.clock.advance(0);
  assert.equal(bench.readAtMs.length, 1);
  bench.config = '{"pause":true}';
  bench.learn({ isPaused: true });
  await bench.clock.advance(0);
  assert.deepEqual(bench.readAtMs, [0, 10_000]);
  assert.equal(bench.configs.at(-1)?.mode.isPaused, true);
  bench.learn({ isPaused: true });
  await bench.clock.advance(59_000);
  assert.equal(bench.readAtMs.length, 2);
});

for (const { config, role } of [
  { config: "{}", role: "standby_leader" },
  { config: '{"standby_cluster":{"host":"10.0.0.1"}}', role: "primary" },
]) {
  test(`a ${role} under ${config} has the configuration read again`, async () => {
    const bench = new Bench("test-db1");
    bench.config = config;
    bench.watch.start();
    await bench.clock.advance(10_000);
    bench.learn({ role });
    assert.deepEqual(bench.readAtMs, [0, 10_000]);
  });
}

test("a callback has the configuration read at once, and its minute begins again", async () => {
  const bench = new Bench("test-db1");
  bench.watch.start();
  await bench.clock.advance(30_000);
  bench.watch.readConfigNow();
  await bench.clock.advance(59_000);
  assert.deepEqual(bench.readAtMs, [0, 30_000]);
  await bench.clock.advance(1_000);
  assert.deepEqual(bench.readAtMs, [0, 30_000, 90_000]);
});

test("closed, it reads nothing more", async () => {
  const bench = new Bench("test-db1");
  bench.watch.start();
  await bench.clock.advance(10_000);
  bench.watch.close();
  bench.watch.readConfigNow();
  await bench.clock.advance(200_000);
  assert.deepEqual(bench.readAtMs, [0]);
});
