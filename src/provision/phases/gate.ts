/**
 * Waits until a phase has had its effect, and collects evidence where it has not.
 *
 * "Still waiting" helps nobody. A gate that stays shut says what it saw last, and shows of each host
 * of the phase the state of the unit and the last lines of its journal: the reason is nearly always
 * there.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { type Outcome, done, failed } from "../../outcome.ts";
import type { Host } from "../cluster/cluster.ts";
import type { Run } from "./run.ts";
import type { Phase } from "./phase.ts";

const lookEveryMs = 500;

/** Longer than that and a person wonders. */
const tellAfterMs = 1_000;

const evidenceDeadlineMs = 10_000;
const journalLines = "20";

export async function passGate(
  run: Run,
  { name, gate }: Phase,
  hosts: readonly Host[],
): Promise<Outcome<void, "gate" | "aborted">> {
  if (gate === undefined) return done(undefined);
  const { world, ports, clock, tell, signal } = run;
  const startedAtMs = clock.nowMs();
  let isTold = false;
  for (;;) {
    const view = await gate.look(world, ports, hosts);
    const tookMs = clock.nowMs() - startedAtMs;
    const ended = { kind: "gate-ended", phase: name, tookMs, detail: view.detail } as const;
    if (view.isOpen) {
      tell({ ...ended, isOpen: true });
      return done(undefined);
    }
    if (signal.aborted)
      return failed("aborted", `the run was ended while waiting for ${gate.what}`);
    if (tookMs > gate.deadlineMs) {
      const evidence = await evidenceOf(run, gate.unit, hosts);
      tell({ ...ended, isOpen: false, evidence });
      return failed("gate", `${gate.what}: ${view.detail}`);
    }
    if (!isTold && tookMs > tellAfterMs) {
      tell({ kind: "gate-waiting", phase: name, what: gate.what });
      isTold = true;
    }
    await sleep(lookEveryMs);
  }
}

async function evidenceOf({ ports }: Run, unit: string, hosts: readonly Host[]) {
  return Promise.all(
    hosts.map(async (host) => {
      const executor = ports.executor(host);
      const options = { deadlineMs: evidenceDeadlineMs };
      const state = await executor.ask(
        ["systemctl", "show", unit, "--property=LoadState,ActiveState,SubState,Result,NRestarts"],
        options,
      );
      const journal = await executor.ask(
        ["journalctl", "--no-pager", "--lines", journalLines, "--output=short", "--unit", unit],
        options,
      );
      const lines = [state, journal].flatMap((answer) => {
        return answer.ok ? answer.value.stdout.trim().split("\n") : [answer.detail];
      });
      return { host: host.name, lines };
    }),
  );
}
