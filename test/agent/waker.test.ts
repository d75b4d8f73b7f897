/**
 * How often Patroni is woken at most, and what is told of it, on a clock that the test moves.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventName } from "../../src/agent/reports/log.ts";
import { Waker } from "../../src/agent/waker.ts";
import type { PatroniCode } from "../../src/clients/patroni.ts";
import { done, failed } from "../../src/outcome.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";

type Reply = "woken" | "never" | PatroniCode;

class Bench {
  readonly clock = new FakeClock();
  /** When Patroni was told. */
  readonly toldAtMs: number[] = [];
  readonly lines: { readonly event: EventName; readonly message: string }[] = [];
  readonly faults: string[] = [];
  reply: Reply;
  readonly waker: Waker;

  constructor(reply: Reply) {
    this.reply = reply;
    const write = (event: EventName, message: string) => void this.lines.push({ event, message });
    this.waker = new Waker({
      client: { name: "http://127.0.0.1:8008", wake: (deadlineMs) => this.#wake(deadlineMs) },
      clock: this.clock,
      log: { info: write, warn: write },
      metrics: { fault: (name) => void this.faults.push(name) },
    });
  }

  /** As a keeper asks while something is wrong. */
  async wakeEvery(everyMs: number, times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) {
      this.waker.wake();
      await this.clock.advance(everyMs);
    }
  }

  get events(): readonly EventName[] {
    return this.lines.map(({ event }) => event);
  }

  async #wake(deadlineMs: number) {
    this.toldAtMs.push(this.clock.nowMs());
    const { reply } = this;
    if (reply === "woken") return done(undefined);
    if (reply !== "never") return failed(reply, "HTTP 401");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.clock.at(this.clock.nowMs() + deadlineMs, resolve);
    await promise;
    return failed<PatroniCode>("timeout", "no answer");
  }
}

test("Patroni is woken at once, and each second for as long as it is asked for", async () => {
  const bench = new Bench("woken");
  await bench.wakeEvery(1_000, 4);
  assert.deepEqual(bench.toldAtMs, [0, 1_000, 2_000, 3_000]);
});

test("many who ask at once wake it once", async () => {
  const bench = new Bench("woken");
  await bench.wakeEvery(10, 200);
  assert.equal(bench.toldAtMs.length, 3);
  const pauses = bench.toldAtMs.slice(1).map((atMs, index) => atMs - (bench.toldAtMs[index] ?? 0));
  assert(
    pauses.every((pauseMs) => pauseMs >= 900),
    `${pauses.join(", ")} ms`,
  );
});

test("a timer that is a few milliseconds early does not cost a second", async () => {
  const bench = new Bench("woken");
  await bench.wakeEvery(997, 3);
  assert.equal(bench.toldAtMs.length, 3);
});

test("while Patroni does not answer, it is not told again before the deadline", async () => {
  const bench = new Bench("never");
  await bench.wakeEvery(250, 20);
  assert.deepEqual(bench.toldAtMs, [0, 2_000, 4_000]);
});

test("one need is told of once, the next one again", async () => {
  const bench = new Bench("woken");
  await bench.wakeEvery(1_000, 60);
  assert.deepEqual(bench.events, ["woken"]);
  await bench.clock.advance(60_000);
  await bench.wakeEvery(1_000, 5);
  assert.deepEqual(bench.events, ["woken", "woken"]);
});

test("a failure is told once per cause and counted each time", async () => {
  const bench = new Bench("forbidden");
  await bench.wakeEvery(1_000, 3);
  assert.deepEqual(bench.events, ["trouble"]);
  assert.deepEqual(bench.faults, ["wake", "wake", "wake"]);
  bench.reply = "unavailable";
  await bench.wakeEvery(1_000, 2);
  assert.deepEqual(bench.events, ["trouble", "trouble"]);
  bench.reply = "woken";
  await bench.wakeEvery(1_000, 2);
  assert.deepEqual(bench.events, ["trouble", "trouble", "woken"]);
});

test("a Patroni that does not run is counted, and told of by its watch alone", async () => {
  const bench = new Bench("refused");
  await bench.wakeEvery(1_000, 3);
  assert.deepEqual(bench.faults, ["wake", "wake", "wake"]);
  assert.deepEqual(bench.lines, []);
});

test("a refusal for want of credentials names the settings that give them", async () => {
  const bench = new Bench("forbidden");
  bench.waker.wake();
  await settle();
  const message = bench.lines[0]?.message ?? "";
  for (const name of ["patroni-username", "patroni-password-file", "restapi.authentication"]) {
    assert(message.includes(name), message);
  }
});

test("a closed waker wakes nobody and tells nothing more", async () => {
  const bench = new Bench("never");
  bench.waker.wake();
  bench.waker.close();
  await bench.clock.advance(10_000);
  bench.waker.wake();
  assert.deepEqual(bench.toldAtMs, [0]);
  assert.deepEqual(bench.lines, []);
});
