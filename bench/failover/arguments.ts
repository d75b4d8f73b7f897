/**
 * What the failover bench is asked to do: its command line as one readonly value. Pure.
 */
import manifest from "../../package.json" with { type: "json" };
import { type Peer, peerOf, wholeNumber } from "../arguments.ts";
import { type Candidate, chosenFrom } from "../candidates.ts";
import { readWords, UsageError } from "../program.ts";
import type { FailoverEvent } from "./event.ts";
import { events, sharedIds } from "./events.ts";

export type FailoverOptions = {
  readonly events: readonly FailoverEvent[];
  readonly candidates: readonly Candidate[];
  /** Switchovers for each candidate. */
  readonly switchovers: number;
  /** Rounds of all other events. */
  readonly rounds: number;
  /** Worlds side by side, for events without a goal in milliseconds. */
  readonly lanes: number;
  readonly seed: number;
  readonly outFolder: string;
  /** Exit code 1 when a goal is missed. */
  readonly isAsserting: boolean;
};

export const ours = `vip-agent ${manifest.version}`;
export const byPatroni = `${ours}, source patroni`;

export const usage = `npm run bench:failover -- [options]

  --peer NAME=COMMAND  another daemon; {iface} {name} {vip} {consul} are filled in, and {config}, the
                       path of a file that holds the line consul-token; repeatable
  --only NAME          this candidate only: ${ours}; ${byPatroni}; a peer; repeatable
  --events ID,ID       these events only: ${events.map(({ id }) => id).join(" ")}
  --switchovers N      switchovers for each candidate (10)
  --rounds N           rounds of all other events (3)
  --lanes N            worlds side by side for ${sharedIds} (2); the others are alone
  --seed S             decides over moments and targets (drawn)
  --out DIR            where results go (bench/results)
  --assert             exit with 1 when a goal is missed
`;

/** What `parseArgs` is told. */
const understood = {
  peer: { type: "string", multiple: true },
  only: { type: "string", multiple: true },
  events: { type: "string" },
  switchovers: { type: "string" },
  rounds: { type: "string" },
  lanes: { type: "string" },
  seed: { type: "string" },
  out: { type: "string" },
  assert: { type: "boolean" },
  help: { type: "boolean" },
} as const;

export function parseArguments(
  words: readonly string[],
  drawnSeed: number,
): FailoverOptions | "help" {
  const values = readWords(words, understood);
  if (values.help === true) return "help";
  return {
    events: chosenEvents(values.events),
    candidates: candidatesOf((values.peer ?? []).map(peerOf), values.only ?? []),
    switchovers: wholeNumber("switchovers", values.switchovers ?? "10", 1),
    rounds: wholeNumber("rounds", values.rounds ?? "3", 1),
    lanes: wholeNumber("lanes", values.lanes ?? "2", 1),
    seed: wholeNumber("seed", values.seed ?? String(drawnSeed), 0),
    outFolder: values.out ?? "bench/results",
    isAsserting: values.assert ?? false,
  };
}

/** vip-agent with Consul as its source, and without; the floor has no safety and is left out. */
function candidatesOf(peers: readonly Peer[], only: readonly string[]): readonly Candidate[] {
  const all: readonly Candidate[] = [
    { name: ours, kind: "agent", command: undefined },
    { name: byPatroni, kind: "agent", command: undefined, source: "patroni" },
    ...peers.map(({ name, command }) => ({ name, kind: "peer", command }) as const),
  ];
  return chosenFrom(all, only);
}

function chosenEvents(text: string | undefined): readonly FailoverEvent[] {
  if (text === undefined) return events;
  const ids = text.split(",");
  const known = events.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown === undefined) return events.filter(({ id }) => ids.includes(id));
  throw new UsageError(`--events ${unknown}: expected one or more of ${known.join(",")}`);
}
