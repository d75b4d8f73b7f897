/**
 * What `plan` and `apply` share: the hosts are looked at, a reporter is told of everything, and
 * whatever happens the connections are closed at the end.
 */
import { systemClock } from "../../clock.ts";
import { lookAtHosts } from "../../provision/phases/look.ts";
import type { Run } from "../../provision/phases/run.ts";
import type { Reporter } from "../../provision/report/reporter.ts";
import type { Secrets } from "../../provision/secrets/secrets.ts";
import type { Session } from "./session.ts";

export type Ended = { readonly steps: number; readonly isDone: boolean };

export type Show = Omit<Run, "world"> & {
  readonly session: Session;
  readonly end: () => void;
};

/** The first Ctrl-C ends the run after the step that is under way, the second one at once. */
export function startShow(session: Session, reporter: Reporter): Show {
  const ending = new AbortController();
  const onSignal = () => ending.abort();
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  return {
    session,
    ports: session.ports,
    clock: systemClock(),
    tell: reporter.tell,
    signal: ending.signal,
    end: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
      reporter.end();
    },
  };
}

/** Tells how a run begins and ends; `work` is given the world, if the hosts make one. */
export async function playRun(
  show: Show,
  verb: "plan" | "apply",
  secrets: Secrets,
  work: (run: Run) => Promise<Ended>,
): Promise<Ended> {
  const { session, clock, tell } = show;
  const startedAtMs = clock.nowMs();
  tell({ kind: "run-started", verb, hosts: session.cluster.hosts.map(({ name }) => name) });
  const { world, findings } = await lookAtHosts(session.cluster, secrets, session.ports);
  if (findings.length > 0) tell({ kind: "obstacles", findings });
  const ended = world === undefined ? { steps: 0, isDone: false } : await work({ ...show, world });
  tell({ kind: "run-ended", verb, ...ended, tookMs: clock.nowMs() - startedAtMs });
  return ended;
}
