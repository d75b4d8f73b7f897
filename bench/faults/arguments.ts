/**
 * What the fault bench is asked to do: its command line as one readonly value.
 */

import { type Peer, peerOf, wholeNumber } from "../arguments.ts";
import { readWords, UsageError } from "../program.ts";
import { type Candidate, candidatesOf } from "../candidates.ts";
import type { Fault } from "./fault.ts";
import { faults } from "./faults.ts";
import { spanMs } from "./run.ts";

export type FaultOptions = {
  readonly faults: readonly Fault[];
  readonly candidates: readonly Candidate[];
  /** How often the faults of the project's own numbers are made; the others once. */
  readonly repeat: number;
  readonly lanes: number;
  readonly spanMs: number;
  readonly outFolder: string;
  /** A page whose measured cells are to be brought up to date. */
  readonly page: string | undefined;
  /** Exit code 1 when a goal is missed. */
  readonly isAsserting: boolean;
};

export const usage = `npm run bench:faults -- [options]

  --peer NAME=COMMAND  another daemon; {iface} {name} {vip} {consul} are filled in; repeatable
  --only NAME          this fault, or this candidate, only; repeatable
  --repeat N           runs of the eight faults that count most (3); the others have one
  --lanes N            labs side by side (4)
  --span SECONDS       watched after each fault (${spanMs / 1_000}, two leases)
  --out DIR            where results go (bench/results)
  --page FILE          bring the measured cells of this page up to date (docs/failure-modes.md)
  --assert             exit with 1 when a goal is missed
`;

/** What `parseArgs` is told. */
const understood = {
  peer: { type: "string", multiple: true },
  only: { type: "string", multiple: true },
  repeat: { type: "string" },
  lanes: { type: "string" },
  span: { type: "string" },
  out: { type: "string" },
  page: { type: "string" },
  assert: { type: "boolean" },
  help: { type: "boolean" },
} as const;

export function parseArguments(words: readonly string[]): FaultOptions | "help" {
  const values = readWords(words, understood);
  if (values.help === true) return "help";
  const only = values.only ?? [];
  const peers = (values.peer ?? []).map(peerOf);
  const chosen = faults.filter(({ id }) => only.includes(id));
  return {
    faults: chosen.length === 0 ? faults : chosen,
    candidates: chooseCandidates(
      peers,
      only.filter((name) => faults.every(({ id }) => id !== name)),
    ),
    repeat: wholeNumber("repeat", values.repeat ?? "3", 1),
    lanes: wholeNumber("lanes", values.lanes ?? "4", 1),
    spanMs: wholeNumber("span", values.span ?? String(spanMs / 1_000), 1) * 1_000,
    outFolder: values.out ?? "bench/results",
    page: values.page,
    isAsserting: values.assert ?? false,
  };
}

/** The floor has no safety at all: what it does in a fault says nothing. */
function chooseCandidates(peers: readonly Peer[], only: readonly string[]): readonly Candidate[] {
  const candidates = candidatesOf({ peers, only }).filter(({ kind }) => kind !== "floor");
  if (candidates.length > 0) return candidates;
  throw new UsageError(`--only ${only.join(" ")}: the floor is not measured in faults`);
}
