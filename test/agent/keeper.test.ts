/**
 * The loop of one VIP on a clock that stands still, with hands that only write down.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Keeper } from "../../src/agent/keeper.ts";
import { Pulse } from "../../src/agent/pulse.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { failed, leaseMs, me, missing, named, other, rules } from "../policy/support.ts";
import { RecordingHands } from "./recording.ts";

type Bench = {
  readonly keeper: Keeper;
  readonly hands: RecordingHands;
  readonly clock: FakeClock;
  /** What was reported, among what was done. */
  readonly told: string[];
};

function bench(): Bench {
  const clock = new FakeClock();
  const hands = new RecordingHands(clock);
  const told: string[] = hands.asked;
  let last = "";
  let pending: string[] = [];
  const report = {
    judged: ({ reason }: { reason: string }) => {
      if (reason !== last) pending.push(`say ${reason}`);
      last = reason;
    },
    performed: () => undefined,
    vanished: () => void pending.push("say vanished"),
    trouble: () => undefined,
    flush: () => {
      told.push(...pending);
      pending = [];
    },
  };
  const pulse = new Pulse(clock, () => keeper.tell({ kind: "stall-seen", atMs: clock.nowMs() }));
  const keeper = new Keeper({ rules, hands, report, feelPulse: () => pulse.feel() });
  pulse.start();
  keeper.start();
  return { keeper, hands, clock, told };
}

test("a leader binds and announces, and then speaks", async () => {
  const { keeper, told } = bench();
  await settle();
  told.length = 0;
  keeper.tell(named(me, 0));
  await settle();
  assert.deepEqual(told, ["bind /32", "lift guard", "announce", "say leader"]);
  assert(keeper.isHolding());
});

test("what the kernel's monitor tells of a bind is an echo for a moment, unless it was given up", async () => {
  const { keeper, clock } = bench();
  const { lifetimeS } = rules;
  const line = `2: eth0    inet 192.168.1.140/32 scope global deprecated dynamic eth0\\       valid_lft ${lifetimeS}sec preferred_lft 0sec`;
  await settle();
  assert.equal(keeper.isEcho(line), false, "nothing was bound yet");
  keeper.tell(named(me, 0));
  await settle();
  assert.equal(keeper.isEcho(line), true);
  assert.equal(keeper.isEcho(`Deleted ${line}`), false);
  assert.equal(keeper.isEcho(line.replace("/32", "/24")), false);
  assert.equal(keeper.isEcho(line.replace(`${lifetimeS}sec`, "forever")), false);
  assert.equal(keeper.isEcho(line.replaceAll("eth0", "eth1")), false);
  await clock.advance(300);
  assert.equal(keeper.isEcho(line), false, "somebody else's by now");
  keeper.tell(named(other, clock.nowMs()));
  await settle();
  keeper.tell(named(me, clock.nowMs()));
  await settle();
  assert.equal(keeper.isEcho(line), true);
  keeper.tell(named(other, clock.nowMs()));
  await settle();
  assert.equal(keeper.isEcho(line), false, "it was given up");
});

test("a release is done before it is reported", async () => {
  const { keeper, told } = bench();
  await settle();
  keeper.tell(named(me, 0));
  await settle();
  told.length = 0;
  keeper.tell(named(other, 0));
  await settle();
  assert.deepEqual(told, [
    "stop announcing",
    "raise guard",
    "reset connections",
    "remove /32",
    "say other-leader",
  ]);
  assert(!keeper.isHolding());
});

test("a live loop refreshes the VIP as long as Consul answers, and no longer", async () => {
  const { keeper, hands, clock } = bench();
  for (let second = 0; second < 60; second += 3) {
    keeper.tell(named(me, clock.nowMs()));
    await clock.advance(3_000);
  }
  assert(hands.kernel.has(32));
  const refreshes = hands.asked.filter((what) => what === "bind /32").length;
  assert(refreshes > 60 / 5 && refreshes < 60, `${refreshes} refreshes in a minute`);
  keeper.tell(failed(clock.nowMs()));
  await clock.advance(leaseMs);
  assert(!hands.kernel.has(32), "the lease is over");
  assert.equal(hands.asked.at(-1), "say lease-over");
});

test("a verdict that turns during an action is carried out right after it", async () => {
  const { keeper, hands } = bench();
  await settle();
  keeper.tell(named(me, 0));
  keeper.tell(named(other, 1));
  await settle();
  assert.equal(hands.kernel.size, 0);
  assert(hands.asked.includes("bind /32") && hands.asked.includes("remove /32"));
});

test("a VIP that somebody removed is back at once", async () => {
  const { keeper, hands, clock, told } = bench();
  await settle();
  keeper.tell(named(me, 0));
  await clock.advance(500);
  hands.kernel.clear();
  told.length = 0;
  const seen = { kind: "present", isUp: true, held: [] } as const;
  keeper.tell({ kind: "interface-seen", askedAtMs: clock.nowMs(), interface: seen });
  await settle();
  assert.deepEqual(told.slice(0, 2), ["bind /32", "lift guard"]);
  assert(told.includes("say vanished"));
});

test("a key that is gone for a moment costs nothing", async () => {
  const { keeper, hands, clock } = bench();
  keeper.tell(named(me, 0));
  await clock.advance(100);
  keeper.tell(missing(clock.nowMs()));
  await clock.advance(1_000);
  keeper.tell(named(me, clock.nowMs()));
  await clock.advance(1_000);
  assert(!hands.asked.includes("remove /32"));
});

test("a stop releases, resolves when nothing is held, and ends the loop", async () => {
  const { keeper, hands, clock } = bench();
  keeper.tell(named(me, 0));
  await clock.advance(100);
  await keeper.release();
  assert.equal(hands.kernel.size, 0);
  keeper.tell(named(me, clock.nowMs()));
  await clock.advance(60_000);
  assert.equal(hands.kernel.size, 0, "a late answer must not bind again");
});

test("a stop of a keeper that holds nothing resolves at once", async () => {
  const { keeper, hands } = bench();
  await settle();
  await keeper.release();
  assert(!hands.asked.includes("remove /32"));
});

test("a hand-over leaves the VIP with its full lifetime and never touches it again", async () => {
  const { keeper, hands, clock } = bench();
  keeper.tell(named(me, 0));
  await clock.advance(1_500);
  hands.kernel.set(32, 2);
  assert.equal(await keeper.handOver(), true);
  assert.equal(hands.kernel.get(32), 5);
  hands.asked.length = 0;
  await clock.advance(60_000);
  assert.deepEqual(hands.asked, []);
});

test("a hand-over without a VIP touches nothing", async () => {
  const { keeper, hands, clock } = bench();
  keeper.tell(named(other, 0));
  await clock.advance(100);
  assert.equal(await keeper.handOver(), false);
  assert.equal(hands.kernel.size, 0);
});

test("a process that was stopped in the middle of a bind asks before it does anything", async () => {
  const { keeper, hands, clock } = bench();
  await clock.advance(100);
  const { promise: gate, resolve: answer } = Promise.withResolvers<void>();
  hands.gate = gate;
  keeper.tell(named(me, clock.nowMs()));
  await settle();
  assert(hands.asked.includes("bind /32"));
  // The answer of `ip` was on its way when the process was stopped; the kernel has long removed
  // what it tells of when it goes on.
  clock.freeze(10_000);
  hands.kernel.clear();
  hands.asked.length = 0;
  answer();
  await settle();
  assert.deepEqual(hands.asked, ["lift guard", "say leader", "say verifying"]);
  keeper.tell(named(me, clock.nowMs()));
  await clock.advance(300);
  assert(hands.asked.includes("bind /32"), `not bound again: ${hands.asked.join(", ")}`);
});

test("an ip that fails is asked again four times a second, not in a circle", async () => {
  const { keeper, hands, clock } = bench();
  let runs = 0;
  const { run } = hands.ip;
  hands.ip.run = async (commands) => {
    runs += 1;
    return run(commands);
  };
  hands.broken.add("ip");
  keeper.tell(named(me, 0));
  await clock.advance(10_000);
  assert(runs > 20 && runs < 50, `${runs} attempts in ten seconds`);
});
