/**
 * Patroni's callbacks under the shipped unit: user postgres leaves word, without sudo, for a daemon
 * that is not root; nobody else can, and postgres can do no more than that.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs, waitUntil } from "../../lab/clock.ts";
import {
  deletionsOf,
  isAdded,
  isDeleted,
  isRefreshed,
  ms,
  WIDE_MS,
  withStage,
} from "../lab/support/stage.ts";
import {
  CALLBACK_CLIENT,
  CALLBACKS,
  leaveWord,
  madeAtBoot,
  makePostgres,
} from "./support/callbacks.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { HostStage, MEMBER, UNIT } from "./support/stage.ts";

const skip = await skipWithoutMachines();

const WORD = `${CALLBACKS}/on_stop.primary.test`;

describe("callbacks on a host with PostgreSQL", { skip }, () => {
  let stage: HostStage;

  withStage(async () => {
    stage = await HostStage.open({ machine: { files: madeAtBoot } });
    return stage;
  });

  async function attempt(user: string, script: string) {
    return await stage.machine.attempt(["runuser", "-u", user, "--", "sh", "-c", script]);
  }

  it("have their directory from the boot on, before any start of the service", async () => {
    const seen = await stage.machine.run(["stat", "--format=%U:%G %a", CALLBACKS]);
    assert.equal(seen.trim(), "vip-agent:postgres 1730");
    const above = await stage.machine.run(["stat", "--format=%U:%G %a", "/run/vip-agent"]);
    assert.equal(above.trim(), "root:root 755");
  });

  it("reach the daemon: an on_stop of user postgres releases the VIP at once", async (test) => {
    const addresses = await stage.hold();
    const fromMs = monotonicMs();
    const { exitCode, stderr } = await leaveWord(stage.machine, "on_stop", "primary");
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" });
    const { atMs } = await addresses.next("release", isDeleted, { sinceMs: fromMs });
    test.diagnostic(`from before the start of runuser to the release: ${ms(atMs - fromMs)}`);
    await stage.untilStatus(/: yield/u);
    assert.equal((await stage.lab.leaderKey.holder()) ?? "", MEMBER, "the key was left alone");
  });

  it("bring the VIP back when the next one says that it is a primary again", async () => {
    const addresses = await stage.hold();
    await leaveWord(stage.machine, "on_stop", "primary");
    const { atMs } = await addresses.next("release", isDeleted);
    await leaveWord(stage.machine, "on_role_change", "primary");
    await addresses.next("bind", isAdded, { sinceMs: atMs, timeoutMs: WIDE_MS });
  });

  it("are heard by the service of a template as well", async () => {
    const unit = "vip-agent@test.service";
    await stage.configure({}, "/etc/vip-agent/test.yml");
    const addresses = await stage.addresses();
    await stage.lab.leaderKey.move(MEMBER);
    await stage.systemctl("start", unit);
    const { atMs } = await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    await leaveWord(stage.machine, "on_stop", "primary");
    await addresses.next("release", isDeleted, { sinceMs: atMs, timeoutMs: WIDE_MS });
  });

  it("cannot be left by anybody else, who hears why", async () => {
    const addresses = await stage.hold();
    const { exitCode, stderr } = await attempt("nobody", `${CALLBACK_CLIENT} on_stop primary test`);
    assert.equal(exitCode, 0);
    assert.match(stderr, /^vip-agent-callback: this user may not .+\n$/u);
    const byHand = await attempt("nobody", `: >${WORD}`);
    assert.notEqual(byHand.exitCode, 0);
    assert.deepEqual(await deletionsOf(addresses), []);
  });

  it("can be neither listed nor removed by postgres where they are another's", async () => {
    await stage.machine.run(["sh", "-c", `: >${CALLBACKS}/on_stop.primary.other`]);
    const listed = await attempt("postgres", `ls ${CALLBACKS}`);
    assert.deepEqual({ ...listed, stderr: "" }, { exitCode: 2, stdout: "", stderr: "" });
    for (const change of ["rm -f", "mv -f -t /tmp", "chmod 777", "touch"]) {
      const { exitCode } = await attempt(
        "postgres",
        `${change} ${CALLBACKS}/on_stop.primary.other`,
      );
      assert.notEqual(exitCode, 0, change);
    }
    const moved = await attempt("postgres", `mv ${CALLBACKS} /run/vip-agent/elsewhere`);
    assert.notEqual(moved.exitCode, 0);
    await stage.machine.remove(`${CALLBACKS}/on_stop.primary.other`);
  });

  it("leave what is not the daemon's to read unread: no file of postgres is opened", async () => {
    const script = `ln -s /etc/shadow ${WORD} && mkfifo ${CALLBACKS}/on_stop.replica.test`;
    assert.equal((await attempt("postgres", script)).exitCode, 0);
    const addresses = await stage.hold();
    const { stderr } = await leaveWord(stage.machine, "on_stop", "primary");
    assert.match(stderr, /something else has that name/u);
    await leaveWord(stage.machine, "on_role_change", "replica");
    await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS });
    await attempt("postgres", `rm -f ${WORD} ${CALLBACKS}/on_stop.replica.test`);
  });

  it("are heard again when the directory was removed and made anew", async () => {
    const addresses = await stage.hold();
    await stage.machine.run(["rm", "-r", CALLBACKS]);
    await untilSaid(stage, `no ${CALLBACKS}`);
    await stage.machine.run(["systemd-tmpfiles", "--create", "vip-agent.conf"]);
    await leaveWord(stage.machine, "on_stop", "primary");
    await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS });
  });

  it("outlive the service: the next one takes away what was left meanwhile", async () => {
    await stage.hold();
    await stage.systemctl("stop", UNIT);
    await leaveWord(stage.machine, "on_stop", "primary");
    await stage.machine.run(["test", "-f", WORD]);
    await stage.systemctl("start", UNIT);
    const isGone = async () => (await stage.machine.attempt(["test", "-e", WORD])).exitCode === 1;
    await waitUntil("the word is gone", isGone, { timeoutMs: WIDE_MS });
  });

  it("do not need /proc to be hidden: the agent sees a process of postgres", async () => {
    await stage.hold();
    const { pidInside } = await stage.machine.mainProcess(UNIT);
    const argv = ["runuser", "-u", "postgres", "--", "sleep", "300"];
    const other = stage.machine.start("a process of postgres", argv);
    const namespace = ["nsenter", `--target=${pidInside}`, "--mount"];
    // Group root would see everything.
    const user = ["--reuid=vip-agent", "--regid=vip-agent", "--clear-groups"];
    const asAgent = [...namespace, "setpriv", ...user, "--"];
    const look = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '";
    try {
      await waitUntil("the agent's user reads its command line", async () => {
        const { stdout } = await stage.machine.attempt([...asAgent, "sh", "-c", look]);
        return stdout.includes("sleep 300");
      });
    } finally {
      await other.kill();
    }
  });
});

describe("callbacks on a host without a group postgres", { skip }, () => {
  let stage: HostStage;

  withStage(async () => {
    stage = await HostStage.open();
    return stage;
  });

  it("are said to be unheard, and heard when PostgreSQL and the service came later", async () => {
    const addresses = await stage.hold();
    await untilSaid(stage, `no ${CALLBACKS}`);
    assert.equal(await stage.machine.property(UNIT, "ActiveState"), "active");
    await makePostgres(stage.machine);
    await stage.systemctl("restart", UNIT);
    const seen = await stage.machine.run(["stat", "--format=%U:%G %a", CALLBACKS]);
    assert.equal(seen.trim(), "vip-agent:postgres 1730");
    // What ran before the key was read for the first time says nothing about who has it.
    await addresses.next("refresh", isRefreshed, { sinceMs: monotonicMs(), timeoutMs: WIDE_MS });
    await leaveWord(stage.machine, "on_stop", "primary");
    await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS });
  });
});

async function untilSaid(stage: HostStage, text: string): Promise<void> {
  const isSaid = async () => (await stage.journal()).some((line) => line.includes(text));
  await waitUntil(`the journal says ${text}`, isSaid, { timeoutMs: WIDE_MS, everyMs: 50 });
}
