/**
 * When a hook runs, and in what order: the commands themselves are those of a test that ends them
 * when it likes.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Hooks, createHooks } from "../../src/agent/hooks/hooks.ts";
import type { HookCommand, HookEnd } from "../../src/agent/hooks/run-hook.ts";
import type { HoldReason, YieldReason } from "../../src/policy/reasons.ts";
import type { LogFields } from "../../src/agent/reports/log.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { free, held, named, me, other, worldAfter } from "../policy/support.ts";
import { vip } from "./recording.ts";

const settings = {
  onAcquire: ["/acquire", "a"],
  onRelease: ["/release"],
  deadlineMs: 10_000,
};

const hold = { kind: "hold", reason: "leader" } as const;
const yielding = { kind: "yield", reason: "other-leader" } as const;
const here = worldAfter(named(me, 0), held(0));
const gone = worldAfter(named(other, 0), free(0));
const unobserved = worldAfter(named(me, 0));

const done: HookEnd = { result: "done", detail: "is done", exitCode: 0, lastLine: "" };

type Line = { readonly level: "info" | "warn" | "error"; readonly fields: LogFields };

class Stage {
  readonly clock = new FakeClock();
  /** Each command as it was started; `end` ends it. */
  readonly started: (HookCommand & { readonly end: (how: HookEnd) => void })[] = [];
  readonly counted: string[] = [];
  readonly lines: Line[] = [];
  readonly hooks: Hooks;

  constructor(changed: Partial<typeof settings> | { onAcquire: undefined } = {}) {
    const write =
      (level: Line["level"]) =>
      (_event: string, _text: string, fields = {}) => {
        this.lines.push({ level, fields });
      };
    const outside = {
      clock: this.clock,
      log: { info: write("info"), warn: write("warn"), error: write("error") },
      metrics: {
        hooked: (hook: string, result: string) => void this.counted.push(`${hook} ${result}`),
      },
      runHook: async (command: HookCommand) => {
        const { promise, resolve } = Promise.withResolvers<HookEnd>();
        this.started.push({ ...command, end: resolve });
        return promise;
      },
    };
    this.hooks = createHooks(outside, vip);
    this.hooks.follow({ ...settings, ...changed });
  }

  async acquire(reason: HoldReason = "leader"): Promise<void> {
    this.hooks.seen({ ...hold, reason }, here);
    await this.clock.advance(0);
  }

  async release(reason: YieldReason = "other-leader"): Promise<void> {
    this.hooks.seen({ ...yielding, reason }, gone);
    await this.clock.advance(0);
  }

  /** Ends the command that runs. */
  async end(how: HookEnd = done): Promise<void> {
    this.started.at(-1)?.end(how);
    await settle();
  }

  get programs(): readonly string[] {
    return this.started.map(({ argv }) => argv[0] ?? "");
  }

  async isIdle(): Promise<boolean> {
    const isBusy = settle().then(() => false);
    return await Promise.race([this.hooks.idle().then(() => true), isBusy]);
  }
}

describe("a hook runs when the VIP", () => {
  test("has come, and when it has gone", async () => {
    const stage = new Stage();
    await stage.release();
    assert.deepEqual(stage.programs, []);
    await stage.acquire();
    await stage.end();
    await stage.release();
    assert.deepEqual(stage.programs, ["/acquire", "/release"]);
  });

  test("not before it is bound, and not before it is gone", async () => {
    const stage = new Stage();
    await stage.release();
    stage.hooks.seen(hold, gone);
    await stage.clock.advance(0);
    assert.deepEqual(stage.programs, []);
    await stage.acquire();
    await stage.end();
    stage.hooks.seen(yielding, here);
    await stage.clock.advance(0);
    assert.deepEqual(stage.programs, ["/acquire"]);
    await stage.release();
    assert.deepEqual(stage.programs, ["/acquire", "/release"]);
  });

  test("not when it was there at the first look, before which nothing is known", async () => {
    const stage = new Stage();
    stage.hooks.seen(hold, unobserved);
    await stage.acquire();
    assert.deepEqual(stage.programs, []);
    await stage.release();
    assert.deepEqual(stage.programs, ["/release"]);
  });

  test("not when it was there at the first look with another prefix length", async () => {
    const stage = new Stage();
    stage.hooks.seen(hold, worldAfter(named(me, 0), held(0, "endless", 24)));
    await stage.acquire();
    assert.deepEqual(stage.programs, []);
  });

  test("not when it was there at the first look and is to go: only once it has gone", async () => {
    const stage = new Stage();
    stage.hooks.seen(yielding, here);
    await stage.clock.advance(0);
    assert.deepEqual(stage.programs, []);
    await stage.release();
    assert.deepEqual(stage.programs, ["/release"]);
  });

  test("not again when somebody removed it and it is back", async () => {
    const stage = new Stage();
    await stage.release();
    await stage.acquire();
    await stage.end();
    stage.hooks.seen(hold, gone);
    await stage.acquire();
    assert.deepEqual(stage.programs, ["/acquire"]);
  });

  test("not inside of the round that tells of it", async () => {
    const stage = new Stage();
    await stage.release();
    stage.hooks.seen(hold, here);
    await settle();
    assert.deepEqual(stage.programs, []);
    await stage.clock.advance(0);
    assert.deepEqual(stage.programs, ["/acquire"]);
  });
});

test("A hook is told what has happened, and nothing else of the agent.", async () => {
  process.env["VIP_CONSUL_TOKEN"] = "inherited";
  const stage = new Stage();
  await stage.release();
  await stage.acquire();
  await stage.end();
  await stage.release();
  delete process.env["VIP_CONSUL_TOKEN"];
  const [acquire, release] = stage.started;
  const { PATH, LANG, ...told } = acquire?.env ?? {};
  assert.deepEqual(told, {
    VIPAGENT_VIP: "192.168.1.140",
    VIPAGENT_PREFIX: "32",
    VIPAGENT_INTERFACE: "eth0",
    VIPAGENT_HOOK: "on-acquire",
    VIPAGENT_REASON: "leader",
    VIPAGENT_LEADER: me,
  });
  assert.equal(PATH, process.env["PATH"]);
  assert.ok(LANG !== undefined && LANG !== "");
  assert.deepEqual(acquire?.argv, settings.onAcquire);
  assert.equal(acquire?.deadlineMs, settings.deadlineMs);
  assert.equal(release?.env["VIPAGENT_HOOK"], "on-release");
  assert.equal(release?.env["VIPAGENT_REASON"], "other-leader");
  assert.equal(release?.env["VIPAGENT_LEADER"], other);
});

describe("hooks of one VIP", () => {
  test("run one after the other, in the order of the events", async () => {
    const stage = new Stage();
    await stage.release();
    await stage.acquire();
    await stage.release();
    await stage.acquire();
    assert.deepEqual(stage.programs, ["/acquire"]);
    await stage.end();
    assert.deepEqual(stage.programs, ["/acquire", "/release"]);
    assert.equal(await stage.isIdle(), false);
    await stage.end();
    assert.deepEqual(stage.programs, ["/acquire", "/release", "/acquire"]);
    await stage.end();
    assert.equal(await stage.isIdle(), true);
    assert.deepEqual(stage.counted, ["on-acquire done", "on-release done", "on-acquire done"]);
  });

  for (const moves of [3, 4, 21, 22]) {
    test(`do not pile up after ${moves} moves: what the last one says is the case`, async () => {
      const stage = new Stage();
      await stage.release();
      for (let move = 1; move <= moves; move += 1) {
        const isLast = move === moves;
        if (move % 2 === 1) await stage.acquire(isLast ? "failsafe" : "leader");
        else await stage.release(isLast ? "demoted" : "other-leader");
      }
      for (let waiting = 0; waiting < 3; waiting += 1) await stage.end();
      assert.equal(await stage.isIdle(), true);
      const expected = ["/acquire", "/release", "/acquire"].slice(0, moves % 2 === 1 ? 3 : 2);
      assert.deepEqual(stage.programs, expected);
      assert.equal(
        stage.started.at(-1)?.env["VIPAGENT_REASON"],
        moves % 2 === 1 ? "failsafe" : "demoted",
      );
      const dropped = stage.counted.filter((count) => count.endsWith("dropped"));
      assert.equal(dropped.length, moves - expected.length);
      const told = stage.lines.filter(({ fields }) => fields["result"] === "dropped");
      assert.equal(told.length, dropped.length > 0 ? 1 : 0);
    });
  }

  test("that are none cost nothing and are not counted", async () => {
    const stage = new Stage({ onAcquire: undefined });
    await stage.release();
    for (let round = 0; round < 5; round += 1) {
      await stage.acquire();
      await stage.release();
      await stage.end();
    }
    assert.deepEqual(new Set(stage.programs), new Set(["/release"]));
    assert.ok(
      stage.counted.every((count) => count === "on-release done"),
      String(stage.counted),
    );
  });
});

test("The result of a hook is in the log.", async () => {
  const stage = new Stage();
  await stage.release();
  await stage.acquire();
  stage.clock.freeze(1_234);
  await stage.end({ result: "failed", detail: "exited with 3", exitCode: 3, lastLine: "no route" });
  assert.deepEqual(stage.lines, [
    {
      level: "warn",
      fields: {
        vip: "192.168.1.140/32",
        interface: "eth0",
        hook: "on-acquire",
        reason: "leader",
        result: "failed",
        tookMs: 1_234,
        exitCode: 3,
        stderr: "no route",
      },
    },
  ]);
  assert.deepEqual(stage.counted, ["on-acquire failed"]);
});

test("After a reload the next hook is the new one; what runs is left to run.", async () => {
  const stage = new Stage();
  await stage.release();
  await stage.acquire();
  stage.hooks.follow({ ...settings, onRelease: ["/new"], deadlineMs: 1 });
  assert.equal(stage.started[0]?.signal.aborted, false);
  await stage.end();
  await stage.release();
  assert.deepEqual(stage.programs, ["/acquire", "/new"]);
  assert.equal(stage.started[1]?.deadlineMs, 1);
});

test("When the process ends, what runs is ended and what waits is forgotten.", async () => {
  const stage = new Stage();
  await stage.release();
  await stage.acquire();
  await stage.release();
  stage.hooks.close();
  assert.equal(stage.started[0]?.signal.aborted, true);
  await stage.end();
  await stage.acquire();
  assert.deepEqual(stage.programs, ["/acquire"]);
  assert.equal(await stage.isIdle(), true);
});
