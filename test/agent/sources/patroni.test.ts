/**
 * When Patroni is asked, and what becomes of its answers, on a clock that the test moves.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PatroniWatch } from "../../../src/agent/sources/patroni.ts";
import type { PatroniAnswer, PatroniCode } from "../../../src/clients/patroni.ts";
import { done, failed } from "../../../src/outcome.ts";
import type { PatroniSeen } from "../../../src/policy/sightings.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

const running: PatroniAnswer = {
  role: "primary",
  postgres: "running",
  hasLock: true,
  isPaused: false,
  isFailsafeActive: false,
  timeline: 1,
  dcsSeenAgoMs: 4_000,
  name: "test-db1",
  scope: "test",
};

type Reply = { readonly afterMs: number } | PatroniCode | "never";

class Bench {
  readonly clock = new FakeClock();
  readonly askedAtMs: number[] = [];
  readonly seen: PatroniSeen[] = [];
  readonly failures: { readonly cause: PatroniCode; readonly atMs: number }[] = [];
  /** What the report was told. */
  readonly reported: string[] = [];
  reply: Reply;
  readonly watch: PatroniWatch;

  constructor(reply: Reply = { afterMs: 5 }) {
    this.reply = reply;
    this.watch = new PatroniWatch({
      client: { name: "http://127.0.0.1:8008", readState: (deadlineMs) => this.#read(deadlineMs) },
      clock: this.clock,
      report: {
        failed: (_, cause) => void this.reported.push(cause),
        answered: () => void this.reported.push("answered"),
      },
      onSighting: (sighting) => void this.seen.push(sighting),
      onFailure: (cause, atMs) => void this.failures.push({ cause, atMs }),
    });
    void this.watch.run();
  }

  async #read(deadlineMs: number) {
    const { reply, clock } = this;
    this.askedAtMs.push(clock.nowMs());
    if (typeof reply === "string" && reply !== "never") return failed(reply, "no");
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.at(clock.nowMs() + (reply === "never" ? deadlineMs : reply.afterMs), resolve);
    await promise;
    return reply === "never" ? failed<PatroniCode>("timeout", "no answer") : done(running);
  }
}

test("Patroni is asked at the start and then once per second, from question to question", async () => {
  const { clock, askedAtMs } = new Bench();
  await clock.advance(3_500);
  assert.deepEqual(askedAtMs, [0, 1_000, 2_000, 3_000]);
});

test("an answer counts from its question, and so does the last contact to the DCS", async () => {
  const bench = new Bench({ afterMs: 300 });
  await bench.clock.advance(1_500);
  const { dcsSeenAgoMs: _, name: __, scope: ___, ...state } = running;
  assert.deepEqual(bench.seen.at(-1), {
    kind: "patroni-seen",
    askedAtMs: 1_000,
    patroni: { ...state, dcsSeenAtMs: 1_000 - 4_000 },
  });
});

test("asked for at once, it is asked at once, and a second later again", async () => {
  const { clock, askedAtMs, watch } = new Bench();
  await clock.advance(1_200);
  watch.askNow();
  await clock.advance(2_000);
  assert.deepEqual(askedAtMs, [0, 1_000, 1_200, 2_200, 3_200]);
});

test("however often it is asked for, there are no more than three questions in any second", async () => {
  const { clock, askedAtMs, watch } = new Bench();
  for (let atMs = 0; atMs < 5_000; atMs += 20) {
    watch.askNow();
    await clock.advance(20);
  }
  for (const fromMs of askedAtMs) {
    const within = askedAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000);
    assert(within.length <= 3, askedAtMs.join(", "));
  }
  assert(askedAtMs.length >= 12, askedAtMs.join(", "));
});

test("a storm that is over leaves nothing behind", async () => {
  const { clock, askedAtMs, watch } = new Bench();
  for (let count = 0; count < 100; count += 1) watch.askNow();
  await clock.advance(10_000);
  assert(askedAtMs.length <= 13, askedAtMs.join(", "));
});

test("asked for while a question is under way, another one follows its answer", async () => {
  const bench = new Bench({ afterMs: 400 });
  await bench.clock.advance(1_100);
  bench.watch.askNow();
  await bench.clock.advance(400);
  assert.deepEqual(bench.askedAtMs, [0, 1_000, 1_400]);
});

test("a Patroni that hangs is asked again at the deadline, one question at a time", async () => {
  const bench = new Bench("never");
  await bench.clock.advance(6_500);
  assert.deepEqual(bench.askedAtMs, [0, 2_000, 4_000, 6_000]);
  assert.deepEqual(bench.failures[0], { cause: "timeout", atMs: 2_000 });
});

test("a failure is handed on and reported, and is no sighting", async () => {
  const bench = new Bench("refused");
  await bench.clock.advance(2_500);
  assert.deepEqual(bench.askedAtMs, [0, 1_000, 2_000]);
  assert.deepEqual(bench.seen, []);
  assert.deepEqual(
    bench.failures.map(({ cause }) => cause),
    ["refused", "refused", "refused"],
  );
  assert.deepEqual(bench.reported, ["refused", "refused", "refused"]);
  bench.reply = { afterMs: 5 };
  await bench.clock.advance(1_000);
  assert.equal(bench.reported.at(-1), "answered");
  assert.equal(bench.seen.length, 1);
});

test("an unknown time of contact stays unknown", async () => {
  const seen: PatroniSeen[] = [];
  const watch = new PatroniWatch({
    client: { name: "", readState: async () => done({ ...running, dcsSeenAgoMs: undefined }) },
    clock: new FakeClock(),
    report: { failed: () => undefined, answered: () => undefined },
    onSighting: (sighting) => void seen.push(sighting),
  });
  void watch.run();
  await settle();
  watch.stop();
  assert.equal(seen.length, 1);
  assert.equal(seen[0]?.patroni.dcsSeenAtMs, undefined);
});

test("a stop ends it: nothing more is asked, and what is still answered is not heard", async () => {
  const bench = new Bench({ afterMs: 500 });
  await bench.clock.advance(1_200);
  bench.watch.stop();
  bench.watch.askNow();
  await bench.clock.advance(10_000);
  assert.deepEqual(bench.askedAtMs, [0, 1_000]);
  assert.equal(bench.seen.length, 1);
});
