/**
 * The watch's questions: index, deadlines, order of endpoints, pace and back-off, against clients
 * that answer what the test says, on a clock that the test moves.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type KeyWatch, blockingDeadlineMs } from "../../../src/agent/sources/key-watch.ts";
import { watchLeader } from "../../../src/agent/sources/leader.ts";
import type { ConsulClient, ConsulCode, KeyQuestion } from "../../../src/clients/consul.ts";
import { done, failed } from "../../../src/outcome.ts";
import type { LeaderSeen, WatchFailed } from "../../../src/policy/sightings.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

type Asked = KeyQuestion & { readonly endpoint: string; readonly atMs: number };
type Reply =
  | { readonly index: number; readonly member?: string; readonly afterMs?: number }
  | ConsulCode
  | "never";

class Bench {
  readonly clock = new FakeClock();
  readonly asked: Asked[] = [];
  readonly seen: (LeaderSeen | WatchFailed)[] = [];
  readonly watch: KeyWatch;
  /** What each endpoint answers next; the last one goes on for ever. */
  replies: Record<string, Reply[]>;

  constructor(replies: Record<string, Reply[]>) {
    this.replies = replies;
    this.watch = watchLeader({
      clients: Object.keys(replies).map((name) => this.#client(name)),
      key: "db/test/leader",
      waitMs: () => 3_000,
      clock: this.clock,
      onSighting: (sighting) => this.seen.push(sighting),
      report: { failed: () => undefined, answered: () => undefined },
    });
    void this.watch.run();
  }

  #client(name: string): ConsulClient {
    return {
      name,
      close: () => undefined,
      readKey: async (question) => {
        this.asked.push({ ...question, endpoint: name, atMs: this.clock.nowMs() });
        const queue = this.replies[name] ?? [];
        const reply = (queue.length > 1 ? queue.shift() : queue[0]) ?? "never";
        return this.#answer(reply, question);
      },
    };
  }

  async #answer(reply: Reply, { deadlineMs, signal, blocking }: KeyQuestion) {
    const { promise, resolve } = Promise.withResolvers<"time" | "abort">();
    signal?.addEventListener("abort", () => resolve("abort"));
    const usualMs = blocking === undefined ? 1 : 10;
    const given = typeof reply === "string" ? undefined : reply.afterMs;
    const afterMs = reply === "never" ? deadlineMs : (given ?? usualMs);
    this.clock.at(this.clock.nowMs() + afterMs, () => resolve("time"));
    if ((await promise) === "abort") return failed<ConsulCode>("aborted", "no longer wanted");
    if (reply === "never") return failed<ConsulCode>("timeout", "no answer");
    if (typeof reply === "string") return failed<ConsulCode>(reply, "no");
    const { member, index } = reply;
    const entry =
      member === undefined
        ? undefined
        : { value: member, session: "s1", createIndex: 1, modifyIndex: index };
    return done({ entry, index });
  }
}

test("the first question is plain, the next ones wait on the index of the answer", async (t) => {
  const { watch, asked, clock } = new Bench({
    a: [
      { index: 5, member: "m" },
      { index: 8, member: "m" },
    ],
  });
  t.after(() => watch.stop());
  await clock.advance(30);
  assert.equal(asked[0]?.blocking, undefined);
  assert.deepEqual(asked[1]?.blocking, { index: 5, waitMs: 3_000 });
  assert.deepEqual(asked[2]?.blocking, { index: 8, waitMs: 3_000 });
});

test("a key that is gone is asked for each second", async (t) => {
  const { watch, asked, clock } = new Bench({ a: [{ index: 5 }, { index: 8, member: "m" }] });
  t.after(() => watch.stop());
  await clock.advance(30);
  assert.deepEqual(asked[1]?.blocking, { index: 5, waitMs: 1_000 });
  assert.deepEqual(asked[2]?.blocking, { index: 8, waitMs: 3_000 });
});

test("an index that goes backwards starts again without one; one below 1 becomes 1", async (t) => {
  const { watch, asked, clock } = new Bench({ a: [{ index: 5 }, { index: 3 }, { index: 0 }] });
  t.after(() => watch.stop());
  await clock.advance(60);
  const indexes = asked.slice(0, 4).map(({ blocking }) => blocking?.index);
  assert.deepEqual(indexes, [undefined, 5, undefined, 1]);
});

test("every answer is a sighting with the time at which its question was sent", async (t) => {
  const { watch, asked, seen, clock } = new Bench({ a: [{ index: 5, member: "m" }] });
  t.after(() => watch.stop());
  await clock.advance(35);
  assert(seen.length >= 3);
  for (const [turn, sighting] of seen.entries()) {
    assert(sighting.kind === "leader-seen");
    assert.equal(sighting.askedAtMs, asked[turn]?.atMs);
    assert.deepEqual(sighting.leader, { member: "m", session: "s1", createIndex: 1 });
  }
});

test("a missing key is a sighting without a leader; a failure is none", async (t) => {
  const { watch, seen, clock } = new Bench({ a: [{ index: 5 }, "forbidden"] });
  t.after(() => watch.stop());
  await clock.advance(30);
  const [first, second] = seen;
  assert(first?.kind === "leader-seen" && first.leader === undefined);
  assert(second?.kind === "watch-failed" && second.cause === "forbidden");
});

test("when one endpoint fails the next is asked at once, plainly", async (t) => {
  const { watch, asked, clock } = new Bench({
    a: [{ index: 5 }, "refused"],
    b: [{ index: 5 }],
  });
  t.after(() => watch.stop());
  await clock.advance(40);
  assert.deepEqual(
    asked.slice(0, 4).map(({ endpoint, blocking }) => [endpoint, blocking?.index]),
    [
      ["a", undefined],
      ["a", 5],
      ["b", undefined],
      ["b", 5],
    ],
  );
});

test("a silent endpoint costs its deadline, and the next one is asked", async (t) => {
  const { watch, asked, clock } = new Bench({ a: ["never"], b: [{ index: 5 }] });
  t.after(() => watch.stop());
  await clock.advance(1_600);
  assert.equal(asked[1]?.endpoint, "b");
  assert.equal(asked[1]?.atMs, 1_500);
});

test("with every endpoint dead the questions slow down to one a second, not further", async (t) => {
  const { watch, asked, clock } = new Bench({ a: ["refused"], b: ["refused"] });
  t.after(() => watch.stop());
  await clock.advance(20_000);
  const gaps = asked.slice(1).map(({ atMs }, turn) => atMs - (asked[turn]?.atMs ?? 0));
  assert(Math.max(...gaps) <= 1_001, `the longest pause was ${Math.max(...gaps)} ms`);
  assert(asked.length < 40, `${asked.length} questions in 20 s`);
});

test("a Consul that answers every question at once is asked 20 times a second", async (t) => {
  const { watch, asked, clock } = new Bench({ a: [{ index: 5 }] });
  t.after(() => watch.stop());
  await clock.advance(10_000);
  assert(asked.length <= 211, `${asked.length} questions in 10 s`);
});

test("askNow drops the waiting question and asks a plain one, without a failure", async (t) => {
  const { watch, asked, seen, clock } = new Bench({ a: [{ index: 5 }, "never"] });
  t.after(() => watch.stop());
  await clock.advance(100);
  watch.askNow();
  await settle();
  assert.equal(asked.length, 3);
  assert.equal(asked[2]?.blocking, undefined);
  assert.equal(seen.filter(({ kind }) => kind === "watch-failed").length, 0);
});

test("a stopped watch asks nothing and says nothing any more", async () => {
  const { watch, asked, seen, clock } = new Bench({ a: [{ index: 5 }] });
  await clock.advance(100);
  watch.stop();
  await settle();
  const before = [asked.length, seen.length];
  await clock.advance(10_000);
  assert.deepEqual([asked.length, seen.length], before);
});

test("a blocking question's deadline covers the wait, the jitter of a sixteenth and slack", () => {
  assert(blockingDeadlineMs(3_000) > 3_000 + 3_000 / 16);
  assert(blockingDeadlineMs(3_000) < 3_000 + 2_000);
});

test("an answer that has waited is followed by a plain question, so that proof stays young", async (t) => {
  const { watch, asked, seen, clock } = new Bench({
    a: [
      { index: 5, member: "m" },
      { index: 5, member: "m", afterMs: 3_000 },
      { index: 5, member: "m" },
      { index: 5, member: "m", afterMs: 3_000 },
    ],
  });
  t.after(() => watch.stop());
  await clock.advance(3_500);
  const indexes = asked.slice(0, 4).map(({ blocking }) => blocking?.index);
  assert.deepEqual(indexes, [undefined, 5, undefined, 5]);
  const newest = seen.at(-1);
  assert(newest?.kind === "leader-seen" && newest.askedAtMs >= 3_000);
});

test("a missing key that has waited is followed by a short wait, which its next owner ends", async (t) => {
  const { watch, asked, seen, clock } = new Bench({
    a: [
      { index: 5, member: "m" },
      { index: 6, afterMs: 3_000 },
      { index: 7, member: "n", afterMs: 20 },
    ],
  });
  t.after(() => watch.stop());
  await clock.advance(3_100);
  const questions = asked.slice(0, 3).map(({ blocking }) => blocking?.index);
  assert.deepEqual(questions, [undefined, 5, 6]);
  assert.equal(asked[2]?.blocking?.waitMs, 250);
  const newest = seen.at(-1);
  assert(newest?.kind === "leader-seen" && newest.leader?.member === "n");
});

test("news that was waited for are followed by a short wait, for they rarely come alone", async (t) => {
  const { watch, asked, clock } = new Bench({
    a: [
      { index: 5, member: "m" },
      { index: 6, member: "n", afterMs: 700 },
      { index: 6, member: "n", afterMs: 250 },
      { index: 6, member: "n", afterMs: 3_000 },
      { index: 6, member: "n" },
    ],
  });
  t.after(() => watch.stop());
  await clock.advance(5_000);
  const waits = asked.slice(0, 5).map(({ blocking }) => blocking?.waitMs);
  assert.deepEqual(waits, [undefined, 3_000, 250, 3_000, undefined]);
});

test("askUnlessFresh leaves the waiting question alone while the last answer is young", async (t) => {
  const { watch, asked, clock } = new Bench({ a: [{ index: 5, member: "m" }, "never"] });
  t.after(() => watch.stop());
  await clock.advance(900);
  watch.askUnlessFresh(1_000);
  await settle();
  assert.equal(asked.length, 2);
  await clock.advance(200);
  watch.askUnlessFresh(1_000);
  await settle();
  assert.equal(asked.length, 3);
  assert.equal(asked[2]?.blocking, undefined);
});

test("askUnlessFresh asks where the last question failed", async (t) => {
  const { watch, asked, clock } = new Bench({
    a: [{ index: 5, member: "m" }, "refused", { index: 5, member: "m" }, "never"],
  });
  t.after(() => watch.stop());
  await clock.advance(15);
  const before = asked.length;
  watch.askUnlessFresh(1_000);
  await settle();
  assert.equal(asked.length, before + 1);
  assert.equal(asked.at(-1)?.blocking, undefined);
});

test("a Consul that is merely slow is heard: each third round of failures waits for it", async (t) => {
  const { watch, asked, clock } = new Bench({ a: ["never"], b: ["never"] });
  t.after(() => watch.stop());
  await clock.advance(20_000);
  const deadlines = asked.slice(0, 7).map(({ deadlineMs }) => deadlineMs);
  assert.deepEqual(deadlines, [1_500, 1_500, 1_500, 1_500, 4_000, 4_000, 1_500]);
});
