/**
 * `vip-agent status` as an operator calls it, beside real agents, a real Consul and a real wire.
 *
 * What it prints is tested in test/cli; here it is held against what is the case.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { INTERFACE, macOf, VIP } from "../../../lab/network.ts";
import { ANNOUNCEMENTS, LAB, skipWithout } from "../support/capabilities.ts";
import { vipAgent } from "../support/command-line.ts";
import { ip, ms, Stage, verdict, WIDE_MS, withStage } from "../support/stage.ts";
import {
  answerOf,
  answerSchema,
  askCluster,
  freshSocket,
  listening,
  status,
  writeMembers,
} from "../support/status-command.ts";

const skip = await skipWithout(...LAB, ...ANNOUNCEMENTS);

const PROGRAM = fileURLToPath(new URL("../../../dist/vip-agent", import.meta.url));
const STANDARD = "/run/vip-agent/status";

describe("status", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  it("beside an agent that holds the VIP says so, and ends with 0", async () => {
    const socket = freshSocket();
    const { agent } = await stage.holder("db1", { "status-socket": socket });
    await agent.event("bound", { timeoutMs: WIDE_MS });
    const { exitCode, agent: told, vips } = await answerOf(socket);
    const [vip] = vips;
    assert.deepEqual([exitCode, told.pid], [0, agent.pid]);
    assert.deepEqual([vip?.state, vip?.reason, vip?.isHeld], ["holding", "leader", true]);
    assert.deepEqual(vip?.leader, { member: "test-db1", isMe: true });
    assert.notEqual(vip.reachableSince, null);
    assert.equal(vip.transitions[0]?.reason, "leader");
    const text = await status(socket);
    assert.deepEqual([text.exitCode, text.stderr], [0, ""]);
    assert.match(text.stdout, new RegExp(`^${VIP}/32 {2}HELD HERE\n`, "u"));
    assert.equal(text.stdout.includes("\u001B"), false);
  });

  it("needs no rights, and a fraction of a second", async (test) => {
    const socket = freshSocket();
    await stage.holder("db1", { "status-socket": socket });
    await listening(socket);
    const args = ["status", `--status-socket=${socket}`];
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const sinceMs = performance.now();
      assert.equal((await vipAgent({ args, isPowerless: true })).exitCode, 0);
      tookMs.push(performance.now() - sinceMs);
    }
    const median = tookMs.toSorted((a, b) => a - b)[2] ?? 0;
    test.diagnostic(`answered in ${ms(median)}, in the middle of five`);
    assert.ok(median < 2_000, ms(median));
  });

  it("on a host that stands by names the leader, and ends with 4", async () => {
    const socket = freshSocket();
    await stage.lab.leaderKey.move("test-db1");
    await verdict(await stage.agent("db2", { "status-socket": socket }), "other-leader");
    const { exitCode, vips } = await answerOf(socket);
    assert.equal(exitCode, 4);
    assert.deepEqual([vips[0]?.state, vips[0]?.leader.member], ["standby", "test-db1"]);
  });

  it("when Consul is silent ends with 3 and says why; of the cluster nothing is known then", async () => {
    const socket = freshSocket();
    const { agent } = await stage.holder("db1", { "status-socket": socket });
    await stage.lab.consul.freeze();
    await verdict(agent, "lease-running");
    const { exitCode, vips } = await answerOf(socket);
    assert.deepEqual([exitCode, vips[0]?.state], [3, "holding"]);
    assert.match(
      (await status(socket)).stdout,
      /^ATTENTION 192\.168\.1\.140\/32: Consul gives no/u,
    );
    const { exitCode: failed, stderr } = await askCluster(stage.lab, "db1");
    assert.equal(failed, 1);
    assert.match(stderr, /^Consul gives no answer about db\/test\/\n {2}http:.*within 2000 ms\n$/u);
  });

  it("says that nobody answers where the agent was killed, or has stopped", async () => {
    const socket = freshSocket();
    const { agent } = await stage.holder("db1", { "status-socket": socket });
    await listening(socket);
    await agent.kill();
    const killed = await status(socket);
    assert.deepEqual([killed.exitCode, killed.stdout], [1, ""]);
    assert.match(killed.stderr, /nobody listens at .*\n {2}is the service running\? systemctl/u);
    const next = await stage.agent("db1", { "status-socket": socket });
    await verdict(next, "leader");
    assert.equal((await answerOf(socket)).exitCode, 0);
    await next.term();
    const stopped = await status(socket);
    assert.equal(stopped.exitCode, 1);
    assert.match(stopped.stderr, /is the service running\? systemctl/u);
  });

  it("while the agent stops is answered or says that it ended, and never hinders it", async () => {
    const socket = freshSocket();
    const { agent } = await stage.holder("db1", { "status-socket": socket });
    await listening(socket);
    const asked = Promise.all(Array.from({ length: 4 }, async () => status(socket)));
    const exit = await agent.term();
    assert.equal(exit.code, 0);
    for (const { exitCode, stderr } of await asked) {
      assert.ok([0, 1, 3, 4].includes(exitCode), `${exitCode}`);
      if (exitCode === 1)
        assert.match(stderr, /^(nobody listens|there is no|the agent at) .*\n .*\n$/u);
    }
    assert.deepEqual(await stage.lab.holders(), []);
  });

  it("without a word asks every agent of the host, the standard one first", async () => {
    await stage.lab.leaderKey.move("test-db1");
    const other = { "status-socket": `${STANDARD}/other.sock`, ip: "192.168.1.150" };
    const agents = [
      await stage.agent("db2", other),
      await stage.agent("db1", { "status-socket": `${STANDARD}/vip-agent.sock` }),
    ];
    await verdict(agents[0]!, "other-leader");
    await verdict(agents[1]!, "leader");
    for (const name of ["other", "vip-agent"]) await listening(`${STANDARD}/${name}.sock`);
    const { exitCode, stdout } = await vipAgent({ args: ["status", "--json"] });
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => v.parse(answerSchema, JSON.parse(line)));
    assert.deepEqual(
      answers.map(({ agent }) => agent.pid),
      [agents[1]?.pid, agents[0]?.pid],
    );
    assert.equal(exitCode, 4);
  });

  it("with --watch writes a line when something has changed, until it is interrupted", async () => {
    const socket = freshSocket();
    await stage.holder("db1", { "status-socket": socket });
    const argv = [PROGRAM, "status", "--watch", `--status-socket=${socket}`];
    const watching = stage.own(stage.lab.start({ name: "status", host: "db1", argv }));
    const line = (words: RegExp) =>
      watching.lines.next(String(words), ({ text }) => words.test(text), { timeoutMs: WIDE_MS });
    await line(/ 192\.168\.1\.140\/32 holding \(hold, leader\); key: test-db1$/u);
    await stage.lab.leaderKey.move("test-db2");
    await line(/ standby \(yield, other-leader\); key: test-db2$/u);
    await watching.stop("SIGINT", WIDE_MS);
  });

  it("wants its words spelled right", async () => {
    const { exitCode, stderr } = await vipAgent({ args: ["status", "--clustr", "--watch"] });
    assert.equal(exitCode, 2);
    assert.match(stderr, /Unknown flag: --clustr; did you mean --cluster\?/u);
  });

  it("of the cluster shows the members and who answers, from every host", async () => {
    await writeMembers(stage.lab);
    await stage.holder("db1");
    const here = await askCluster(stage.lab, "db1");
    assert.equal(here.exitCode, 0);
    assert.deepEqual(here.answering, { isHere: true, mac: null, member: null, problem: null });
    assert.equal(here.cluster?.leader, "test-db1");
    assert.deepEqual(
      here.cluster.members.map(({ name, isLeader }) => [name, isLeader]),
      [
        ["test-db1", true],
        ["test-db2", false],
        ["test-db3", false],
      ],
    );
    const there = { isHere: false, mac: macOf("db1"), member: "test-db1", problem: null };
    for (const host of ["db2", "client"]) {
      const seen = await askCluster(stage.lab, host);
      assert.deepEqual([seen.exitCode, seen.answering], [0, there]);
    }
  });

  it("of the cluster tells of a leader without the VIP, of two holders, and of nobody who leads", async () => {
    await writeMembers(stage.lab);
    await stage.lab.leaderKey.move("test-db1");
    const none = await askCluster(stage.lab, "db2");
    assert.equal(none.exitCode, 3);
    assert.deepEqual(none.cluster?.attention, [`nobody answers for ${VIP}/32`]);
    await ip("db1", `address add ${VIP}/32 dev ${INTERFACE}`);
    await ip("db3", `address add ${VIP}/32 dev ${INTERFACE}`);
    const two = await askCluster(stage.lab, "db1");
    assert.equal(two.exitCode, 3);
    assert.equal(two.answering?.member, "test-db3");
    assert.match(
      two.cluster?.attention[0] ?? "",
      /^two hosts answer for .*: this one and test-db3/u,
    );
    await stage.lab.leaderKey.remove();
    assert.match(
      (await askCluster(stage.lab, "db1")).cluster?.attention[0] ?? "",
      /^nobody leads/u,
    );
  });

  it("of the cluster says that the wire cannot be asked without the right to", async () => {
    await writeMembers(stage.lab);
    await stage.holder("db1");
    const { exitCode, answering } = await askCluster(stage.lab, "db1", true);
    assert.deepEqual([exitCode, answering?.isHere], [0, true]);
    assert.match(answering?.problem ?? "", /arping/u);
  });
});
