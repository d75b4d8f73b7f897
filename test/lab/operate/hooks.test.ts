/**
 * Hooks of every bad kind, on real agents: whatever a hook does, the VIP moves as if there were none,
 * and the hook's own end is told.
 *
 * The bounds are wide, and far below what waiting for any of these hooks would cost.
 */
import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, it } from "node:test";

import type { AgentEvent, LabAgent } from "../../../lab/agent.ts";
import { monotonicMs, waitUntil } from "../../../lab/clock.ts";
import { VIP } from "../../../lab/network.ts";
import { LAB, skipWithout } from "../support/capabilities.ts";
import {
  deletionsOf,
  isAdded,
  isDeleted,
  ms,
  Stage,
  withStage,
  verdict,
  WIDE_MS,
} from "../support/stage.ts";

const skip = await skipWithout(...LAB);

/** Without hooks a move takes some ten milliseconds; each of these hooks lasts a second at least. */
const MOVE_MAX_MS = 700;
const SECOND_VIP = "192.168.1.139";
const HANGS = "exec sleep 60";

describe("a VIP with hooks", { skip }, () => {
  let stage: Stage;
  let folder = "";

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/hooks-`);
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A program that notes that it was run, and by which hook of which member, and does this then. */
  async function program(body: string): Promise<string> {
    const path = `${folder}/hook`;
    const note = `echo "$1 $VIPAGENT_HOOK $VIPAGENT_VIP $VIPAGENT_REASON $VIPAGENT_LEADER" >>${folder}/notes`;
    await writeFile(path, `#!/bin/sh\n${note}\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  }

  async function hooksOf(body: string, member: string) {
    const path = await program(body);
    return {
      "on-acquire": [path, member],
      "on-release": [path, member],
      // Ample for those that end by themselves.
      "hook-deadline": body.includes("sleep 60") ? 1 : 30,
    };
  }

  async function notes(): Promise<readonly string[]> {
    const text = await readFile(`${folder}/notes`, "utf8").catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  }

  async function untilNoted(count: number): Promise<readonly string[]> {
    const isNoted = async () => (await notes()).length >= count;
    await waitUntil(`${count} hooks have run`, isNoted, { timeoutMs: WIDE_MS, everyMs: 20 });
    return await notes();
  }

  const kinds = [
    { title: "hangs", body: HANGS, result: "timeout" },
    { title: "fails", body: "sleep 1; echo no route >&2; exit 3", result: "failed" },
    {
      title: "writes 10 MB",
      body: "head -c 10000000 /dev/zero; head -c 10000000 /dev/zero >&2; sleep 1",
      result: "done",
    },
    { title: "is killed", body: "sleep 1; kill -KILL $$", result: "failed" },
    { title: "leaves a child behind", body: "sleep 5 & sleep 1", result: "done" },
  ] as const;

  for (const { title, body, result } of kinds) {
    it(`moves at once when each hook ${title}`, async (test) => {
      const addresses = [await stage.addresses("db1"), await stage.addresses("db2")] as const;
      await stage.lab.leaderKey.move("test-nobody");
      const agents = [
        await stage.agent("db1", await hooksOf(body, "db1")),
        await stage.agent("db2", await hooksOf(body, "db2")),
      ] as const;
      for (const agent of agents) await verdict(agent, "other-leader");
      const boundMs: number[] = [];
      const releasedMs: number[] = [];
      for (const place of [0, 1, 0] as const) {
        const { acquired } = await stage.lab.leaderKey.move(`test-db${place + 1}`);
        const patience = { sinceMs: acquired.sentAtMs, timeoutMs: WIDE_MS };
        const bound = await addresses[place].next("bind", isAdded, patience);
        boundMs.push(bound.atMs - acquired.sentAtMs);
        if (boundMs.length === 1) continue;
        const released = await addresses[1 - place]?.next("release", isDeleted, patience);
        releasedMs.push((released?.atMs ?? Infinity) - acquired.sentAtMs);
      }
      const texts = [boundMs, releasedMs].map((tookMs) => tookMs.map(ms).join(", "));
      test.diagnostic(`bound after ${texts[0]}, released after ${texts[1]}`);
      assert.ok(Math.max(...boundMs, ...releasedMs) <= MOVE_MAX_MS);
      const told = await hookEnd(agents[0]);
      assert.equal(told.fields["result"], result);
      assert.equal(told.fields["hook"], "on-acquire");
      if (title === "fails") {
        assert.equal(told.fields["exitCode"], 3);
        assert.equal(told.fields["stderr"], "no route");
      }
    });
  }

  it("runs them in the order of the events, and tells them what has happened", async () => {
    const addresses = await stage.addresses("db1");
    await stage.lab.leaderKey.move("test-db2");
    const agent = await stage.agent("db1", await hooksOf("", "db1"));
    await verdict(agent, "other-leader");
    for (const member of ["test-db1", "test-db2", "test-db1"]) {
      const { acquired } = await stage.lab.leaderKey.move(member);
      const isMoved = member === "test-db1" ? isAdded : isDeleted;
      const patience = { sinceMs: acquired.sentAtMs, timeoutMs: WIDE_MS };
      await addresses.next(`move to ${member}`, isMoved, patience);
      await hookEnd(agent, acquired.sentAtMs);
    }
    assert.deepEqual(await notes(), [
      `db1 on-acquire ${VIP} leader test-db1`,
      `db1 on-release ${VIP} other-leader test-db2`,
      `db1 on-acquire ${VIP} leader test-db1`,
    ]);
  });

  it("runs none for a VIP that the agent finds, or hands over", async () => {
    const { agent, addresses } = await stage.holder("db1");
    await agent.event("bound");
    await agent.handOver();
    const successor = await stage.agent("db1", await hooksOf("", "db1"));
    await verdict(successor, "leader");
    await successor.handOver();
    assert.deepEqual(await deletionsOf(addresses), []);
    assert.deepEqual(await notes(), []);
  });

  it("runs the hooks of the newest configuration, and none for the reload itself", async () => {
    const { agent, addresses } = await stage.holder("db1");
    await agent.event("bound");
    await agent.configure(await hooksOf("", "db1"));
    await agent.reload();
    const { acquired } = await stage.lab.leaderKey.move("test-db2");
    const patience = { sinceMs: acquired.sentAtMs, timeoutMs: WIDE_MS };
    await addresses.next("release", isDeleted, patience);
    await hookEnd(agent);
    assert.deepEqual(await notes(), [`db1 on-release ${VIP} other-leader test-db2`]);
  });

  it("runs on-release of a VIP that a reload drops, and of no other", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const both = [VIP, SECOND_VIP].map((ip) => ({ ip }));
    const agent = await stage.agent("db1", {
      ip: undefined,
      vips: both,
      ...(await hooksOf("", "db1")),
    });
    await untilNoted(2);
    await agent.configure({ vips: both.slice(0, 1) });
    await agent.reload();
    const [, , dropped, ...more] = await untilNoted(3);
    assert.equal(dropped, `db1 on-release ${SECOND_VIP} stopping test-db1`);
    assert.deepEqual(more, []);
  });

  it("runs on-release at a stop, after the release and before the process ends", async () => {
    const { agent, addresses } = await stage.holder("db1", await hooksOf("sleep 0.3", "db1"));
    await hookEnd(agent);
    const askedAtMs = monotonicMs();
    const { code, atMs } = await agent.term(WIDE_MS);
    assert.equal(code, 0);
    const released = await addresses.next("release", isDeleted, { sinceMs: askedAtMs });
    assert.ok(atMs - released.atMs >= 300, "the process has not waited for its hook");
    const said = await notes();
    assert.match(said.at(-1) ?? "", /^db1 on-release \S+ stopping /);
    const told = await hookEnd(agent, askedAtMs);
    assert.equal(told.fields["result"], "done");
  });

  it("leaves at a stop as fast as ever, and waits for a hook that hangs for 5 s at most", async (test) => {
    const settings = { ...(await hooksOf(HANGS, "db1")), "hook-deadline": 60 };
    const { agent, addresses } = await stage.holder("db1", {
      ...settings,
      "on-acquire": undefined,
    });
    await agent.event("bound");
    const askedAtMs = monotonicMs();
    const { code, atMs } = await agent.term(WIDE_MS);
    const released = await addresses.next("release", isDeleted, { sinceMs: askedAtMs });
    test.diagnostic(`gone after ${ms(released.atMs - askedAtMs)}, ended ${ms(atMs - askedAtMs)}`);
    assert.equal(code, 0);
    assert.ok(released.atMs - askedAtMs <= MOVE_MAX_MS);
    assert.ok(atMs - askedAtMs >= 4_500 && atMs - askedAtMs <= 8_000);
    assert.equal((await untilNoted(1)).length, 1);
  });
});

async function hookEnd({ events }: LabAgent, sinceMs = -Infinity): Promise<AgentEvent> {
  const isEnd = ({ event, fields }: AgentEvent) =>
    event === "hook" && fields["result"] !== "dropped";
  return await events.next("end of a hook", isEnd, { sinceMs, timeoutMs: WIDE_MS });
}
