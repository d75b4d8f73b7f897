/**
 * The filter on system calls refuses nothing that the agent or one of its helpers ever asks for.
 *
 * A helper that is refused something may go on without a word (arping did, and sent nothing), so
 * seeing it work is not enough. strace watches process 1 and with it everything that the service
 * starts, from its first instruction on. For the trace the filter answers with an error number that
 * no kernel uses, so that its refusals cannot be mistaken for others. The other filters of the unit
 * (address families, namespaces, personality …) answer with fixed numbers; of those nothing may be
 * seen either, but for what is known to be asked in vain.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { monotonicMs } from "../../lab/clock.ts";
import type { LabProcess } from "../../lab/process.ts";
import { isAdded, isDeleted, WIDE_MS } from "../lab/support/stage.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { HostStage, MEMBER, PROMOTE_SECONDARIES, UNIT } from "./support/stage.ts";
import { withStage } from "../lab/support/stage.ts";

const skip = await skipWithoutMachines();

const REFUSAL = "ENOTNAM";
const TRACE = "/run/trace";
const TRACER = "/run/trace.pid";

// systemd-notify asks to speak as its parent, and then speaks as itself. systemctl asks for as many
// open files as a machine without CAP_SYS_RESOURCE does not give.
const ASKED_IN_VAIN = new Set(["sendmsg EPERM", "prlimit64 EPERM"]);

describe("filter on system calls", { skip }, () => {
  let stage: HostStage;

  withStage(async () => {
    stage = await HostStage.open();
    return stage;
  });

  // A VIP with the prefix of its subnet needs most: promote_secondaries is set for it.
  it("refuses nothing while the VIP comes, is announced, goes, comes again and is handed over", async (test) => {
    await stage.dropIn(`SystemCallErrorNumber=${REFUSAL}`);
    const announcements = await stage.announcements();
    const tracer = await startTrace();
    const addresses = await stage.hold({ netmask: 24 });
    await announcements.next(
      "last announcement of the burst",
      ({ atMs }) => {
        return atMs - (announcements.entries[0]?.atMs ?? atMs) > 4_000;
      },
      { timeoutMs: WIDE_MS },
    );
    await leaderMoves("test-db2", isDeleted);
    await leaderMoves(MEMBER, isAdded);
    await stage.systemctl("restart", UNIT);
    const stopAtMs = monotonicMs();
    await stage.systemctl("stop", UNIT);
    await addresses.next("release at the stop", isDeleted, { sinceMs: stopAtMs });
    assert.equal((await stage.machine.run(["cat", PROMOTE_SECONDARIES])).trim(), "1");
    const { calls, failures } = await endTrace(tracer);
    test.diagnostic(`${calls} calls failed, in whatever harmless way`);
    assert.deepEqual(failures, []);
    // Without PostgreSQL, and so without its group, this machine has no place for callbacks.
    const trouble = (await stage.journal()).filter((line) => {
      return /"level":"(warn|error)"/u.test(line) && !line.includes('"topic":"callback"');
    });
    assert.deepEqual(trouble, []);

    async function leaderMoves(member: string, isSeen: typeof isAdded): Promise<void> {
      const sinceMs = monotonicMs();
      await stage.lab.leaderKey.move(member);
      await addresses.next(`${member} leads`, isSeen, { sinceMs, timeoutMs: WIDE_MS });
    }
  });

  it("is seen where it refuses something, which proves the trace", async () => {
    await stage.dropIn(`SystemCallErrorNumber=${REFUSAL}\nSystemCallFilter=~setuid`);
    const tracer = await startTrace();
    await stage.hold();
    await stage.machine.run(["sh", "-c", `until grep -q ${REFUSAL} ${TRACE}; do sleep 0.1; done`]);
    const { failures } = await endTrace(tracer);
    assert.deepEqual([...new Set(failures)], [`setuid ${REFUSAL}`]);
  });

  async function startTrace(): Promise<LabProcess> {
    const strace = `exec strace -f -Y -e status=failed -o ${TRACE} -p 1`;
    const tracer = stage.machine.start("strace", ["sh", "-c", `echo $$ >${TRACER}; ${strace}`]);
    await tracer.lines.next("sign that it is attached", ({ text }) => text.includes("attached"));
    return tracer;
  }

  // The calls that something of the service made and a filter may have refused, as "name error".
  async function endTrace(tracer: LabProcess) {
    await stage.machine.run(["sh", "-c", `kill -INT "$(cat ${TRACER})"`]);
    await tracer.exited;
    const lines = (await stage.machine.run(["cat", TRACE])).split("\n");
    await stage.machine.run(["rm", TRACE]);
    // systemd itself, and its children before they become the service, whose names are in brackets.
    const ofService = lines.filter((line) => !/^\d+<(systemd|\(.*\))>/u.test(line));
    // systemctl looks there whether it is in a chroot, and takes a refusal for a no.
    const told = ofService.filter((line) => !line.includes('"/proc/1/root"'));
    const calls = told.flatMap((line) => {
      const [, name = "", error = ""] = /^\d+<.*?> (\w+)\(.* = -1 (E\w+) /u.exec(line) ?? [];
      return name === "" ? [] : [`${name} ${error}`];
    });
    const suspicious = new RegExp(` (${REFUSAL}|EPERM|EACCES|EAFNOSUPPORT)$`, "u");
    const failures = calls.filter((call) => suspicious.test(call) && !ASKED_IN_VAIN.has(call));
    return { calls: calls.length, failures };
  }
});
