/**
 * What the bench of operation is asked to do: its command line as one readonly value. Pure.
 */

import { type Peer, peerOf, wholeNumber } from "../arguments.ts";
import { readWords } from "../program.ts";

export type OperateOptions = {
  /** How long the VIP moves once a second, for each candidate. */
  readonly minutes: number;
  /** Moves with and without a scraper that asks too often. */
  readonly moves: number;
  /** Starts, and questions to `vip-agent status`. */
  readonly starts: number;
  readonly idleS: number;
  readonly peers: readonly Peer[];
  readonly only: readonly string[];
  readonly outFolder: string;
  readonly isAsserting: boolean;
};

export const usage = `npm run bench:operate -- [options]

  --minutes N          time of one move per second, each candidate (60; 0 leaves it out)
  --moves N            moves with a thousand scrapes a second, and as many without (20)
  --starts N           starts, and questions to vip-agent status (20)
  --idle SECONDS       time to watch each candidate idle (60; 0 for not at all)
  --peer NAME=COMMAND  another daemon; {iface} {name} {vip} {consul} are filled in; repeatable
  --only NAME          this candidate only; repeatable
  --out DIR            where results go (bench/results)
  --assert             exit with 1 when a goal is missed
`;

const one = { type: "string" } as const;
const many = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;

/** What `parseArgs` is told. */
const understood = {
  minutes: one,
  moves: one,
  starts: one,
  idle: one,
  peer: many,
  only: many,
  out: one,
  assert: flag,
  help: flag,
} as const;

export function parseArguments(words: readonly string[]): OperateOptions | "help" {
  const values = readWords(words, understood);
  if (values.help === true) return "help";
  return {
    minutes: wholeNumber("minutes", values.minutes ?? "60", 0),
    moves: wholeNumber("moves", values.moves ?? "20", 0),
    starts: wholeNumber("starts", values.starts ?? "20", 1),
    idleS: wholeNumber("idle", values.idle ?? "60", 0),
    peers: (values.peer ?? []).map(peerOf),
    only: values.only ?? [],
    outFolder: values.out ?? "bench/results",
    isAsserting: values.assert ?? false,
  };
}
