/**
 * The last phase of a run: everything that verify looks at, until all of it is as it should be.
 *
 * What has just been started needs a moment to be what it will be; what is still wrong after that is
 * told, each with what to do.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { isError } from "../../complaints.ts";
import { type Outcome, done, failed } from "../../outcome.ts";
import { verify } from "../verify/verify.ts";
import type { Run } from "./run.ts";

const deadlineMs = 30_000;
const lookEveryMs = 1_000;

export async function proveCluster(run: Run): Promise<Outcome<void, "unverified" | "aborted">> {
  const { world, ports, clock, tell, signal } = run;
  const phase = "verify";
  const startedAtMs = clock.nowMs();
  tell({ kind: "phase-started", phase, hosts: world.cluster.hosts.map(({ name }) => name) });
  for (;;) {
    const findings = await verify(world, ports);
    const wrong = findings.filter(isError);
    const tookMs = clock.nowMs() - startedAtMs;
    if (wrong.length === 0) {
      const detail = `${findings.length} findings, none of them an error`;
      tell({ kind: "gate-ended", phase, isOpen: true, tookMs, detail });
      tell({ kind: "phase-ended", phase, steps: 0, tookMs });
      return done(undefined);
    }
    if (signal.aborted) return failed("aborted", "the run was ended before its proof");
    if (tookMs > deadlineMs) {
      tell({ kind: "obstacles", findings: wrong });
      return failed("unverified", `${wrong.length} errors`);
    }
    await sleep(lookEveryMs);
  }
}
