/**
 * How a removal is shown: its plan first, as a whole; then, once it is confirmed, how it goes on; and at
 * the end what is left on each host. A program gets all of it as one stream of events.
 */
import { basename } from "node:path";

import { systemClock } from "../../clock.ts";
import type { Finding, RunEvent } from "../../provision/phases/events.ts";
import type { Run } from "../../provision/phases/run.ts";
import type { World } from "../../provision/phases/world.ts";
import { leftLines, leftQuestions } from "../../provision/removal/left.ts";
import { removalPhases } from "../../provision/removal/phases.ts";
import { endingText } from "../../provision/report/ending.ts";
import { findingsText } from "../../provision/report/findings-text.ts";
import { type Left, leftText } from "../../provision/report/left-text.ts";
import { planText } from "../../provision/report/plan-text.ts";
import { reporterFor } from "../../provision/report/reporter-for.ts";
import type { Reporter } from "../../provision/report/reporter.ts";
import { styleFor } from "../../style.ts";
import { jsonLine } from "../../printable.ts";
import { secretsPath } from "../../provision/secrets/secrets-file.ts";
import type { RemoveFlags } from "./remove-flags.ts";
import { startShow } from "./run.ts";
import type { Session } from "./session.ts";

export type RemovalShow = {
  /** For a run whose world is known. */
  readonly run: Omit<Run, "world">;
  readonly tell: (event: RunEvent) => void;
  /** The plan is whole. */
  readonly planned: () => void;
  /** What comes now changes hosts. */
  readonly begin: () => void;
  /** Tells what is in the way; answers with the exit code. */
  readonly stop: (findings: readonly Finding[], exit: number, steps?: number) => number;
  readonly finish: (ended: Finished) => Promise<number>;
  readonly end: () => void;
};

type Finished = { readonly steps: number; readonly world: World; readonly exit: number };

export function removalShow(session: Session, flags: RemoveFlags): RemovalShow {
  const { isJson, isVerbose } = flags;
  const hosts = session.cluster.hosts.map(({ name }) => name);
  const style = styleFor(process.stdout.isTTY, process.env);
  const clock = systemClock();
  const startedAtMs = clock.nowMs();
  const plan: RunEvent[] = [];
  let reporter: Reporter | undefined = isJson ? jsonReporterFor(flags) : undefined;
  const tell = (event: RunEvent) => {
    if (reporter === undefined) plan.push(event);
    else reporter.tell(event);
  };
  const { end: endShow, ...shown } = startShow(session, { tell, end: () => reporter?.end() });
  const ended = (steps: number, isDone: boolean): Extract<RunEvent, { kind: "run-ended" }> => {
    return {
      kind: "run-ended",
      verb: "remove",
      steps,
      isDone,
      tookMs: clock.nowMs() - startedAtMs,
    };
  };
  const write = (text: string) => process.stdout.write(text);
  let isPlanShown = false;
  const planned = () => {
    if (!isJson && !isPlanShown) write(`${planText(plan, style)}\n`);
    isPlanShown = true;
  };
  const stop = (findings: readonly Finding[], exit: number, steps = 0) => {
    if (reporter !== undefined) {
      if (findings.length > 0) tell({ kind: "obstacles", findings });
    } else if (isPlanShown) {
      process.stderr.write(findingsText(findings));
    } else {
      tell({ kind: "obstacles", findings });
      planned();
    }
    const event = ended(steps, false);
    if (reporter === undefined) write(`${endingText(event)}\n`);
    else tell(event);
    return exit;
  };
  return {
    run: { ...shown, tell },
    tell,
    planned,
    begin: () => {
      if (isJson) return;
      reporter = reporterFor({ isTerminal: process.stdout.isTTY, isJson, isVerbose });
      tell({ kind: "run-started", verb: "remove", hosts });
    },
    stop,
    finish: async ({ steps, world, exit }) => {
      const left = await leftOn(world, session, flags.isWithData);
      const event = ended(steps, true);
      const at = new Date().toISOString();
      if (isJson) for (const one of left) write(`${jsonLine({ at, kind: "left", ...one })}\n`);
      if (reporter === undefined) write(`${endingText(event)}\n`);
      else tell(event);
      if (!isJson) write(leftText(left, closingLines(flags), style));
      return exit;
    },
    end: endShow,
  };
}

function jsonReporterFor({ isJson, isVerbose }: RemoveFlags): Reporter {
  return reporterFor({ isTerminal: false, isJson, isVerbose });
}

/** A host that cannot be asked any more says so in the place of what is left. */
async function leftOn(world: World, { ports }: Session, isWithData: boolean): Promise<Left[]> {
  const phases = removalPhases({ isWithData, isComparable: false });
  return Promise.all(
    world.cluster.hosts.map(async (host) => {
      const mine = phases.filter((phase) => phase.hosts(world).includes(host));
      const wishes = mine
        .flatMap((phase) => phase.resources(world, host))
        .filter((wish) => wish.kind === "removal");
      const facts = await ports.executor(host).probe(leftQuestions(world, host, wishes));
      const things = facts.ok ? leftLines(world, host, { wishes, facts: facts.value }) : undefined;
      return { host: host.name, things: things ?? ["it could not be asked"] };
    }),
  );
}

function closingLines({ file, skip, isWithData }: RemoveFlags): readonly string[] {
  const again = isWithData ? "makes a new cluster" : "brings the cluster back, with its data";
  const out = skip.length === 0 ? [] : [`left out, with all that is on it: ${skip.join(", ")}`];
  return [
    ...out,
    `${basename(secretsPath(file))} stays as it is: with it, vip-agent provision apply ${file} ${again}.`,
  ];
}
