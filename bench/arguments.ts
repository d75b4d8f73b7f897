/**
 * What the benchmark is asked to do: its command line as one readonly value.
 *
 * Pure, so that a typo is told before half an hour of measuring, and so that tests need no process.
 * A peer is any daemon that moves a VIP after a key in Consul; its command is a template that a
 * shell runs on each host.
 */
import { readWords, UsageError } from "./program.ts";

export type Peer = { readonly name: string; readonly command: string };

export type BenchOptions = {
  /** Moves per candidate and mode. */
  readonly moves: number;
  /** Moves in a row before the next candidate has its turn. */
  readonly block: number;
  /** How long the key is away in the second mode. */
  readonly gapMs: number;
  /** How long each candidate is watched doing nothing; 0 leaves that part out. */
  readonly idleS: number;
  readonly peers: readonly Peer[];
  /** The only candidates to run, by name; empty for all. */
  readonly only: readonly string[];
  readonly outFolder: string;
  /** Exit code 1 when a goal is missed. */
  readonly isAsserting: boolean;
  /** Keep what was seen around every move, not only around the slow ones. */
  readonly isTracing: boolean;
};

export const usage = `npm run bench -- [options]

  --moves N            moves per candidate and mode (40)
  --gap MS             time without a key in the second mode (90)
  --peer NAME=COMMAND  another daemon; {iface} {name} {vip} {consul} are filled in; repeatable
  --only NAME          this candidate only; repeatable
  --block N            moves in a row before the next candidate's turn (5)
  --idle SECONDS       time to watch each candidate idle; 0 for not at all (60)
  --out DIR            where results go (bench/results)
  --trace              keep a timeline of every move, not only of the slow ones
  --assert             exit with 1 when a goal is missed
`;

/** What `parseArgs` is told. */
const understood = {
  moves: { type: "string" },
  block: { type: "string" },
  gap: { type: "string" },
  idle: { type: "string" },
  peer: { type: "string", multiple: true },
  only: { type: "string", multiple: true },
  out: { type: "string" },
  assert: { type: "boolean" },
  trace: { type: "boolean" },
  help: { type: "boolean" },
} as const;

export function parseArguments(words: readonly string[]): BenchOptions | "help" {
  const values = readWords(words, understood);
  if (values.help === true) return "help";
  return {
    moves: wholeNumber("moves", values.moves ?? "40", 1),
    block: wholeNumber("block", values.block ?? "5", 1),
    gapMs: wholeNumber("gap", values.gap ?? "90", 1),
    idleS: wholeNumber("idle", values.idle ?? "60", 0),
    peers: (values.peer ?? []).map(peerOf),
    only: values.only ?? [],
    outFolder: values.out ?? "bench/results",
    isAsserting: values.assert ?? false,
    isTracing: values.trace ?? false,
  };
}

export function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} ${text}: expected a whole number, at least ${least}`);
}

/** The name ends at the first `=`; a command has some of its own. */
export function peerOf(text: string): Peer {
  const [name = "", ...rest] = text.split("=");
  const command = rest.join("=").trim();
  if (name.trim() !== "" && command !== "") return { name: name.trim(), command };
  throw new UsageError(`--peer ${text}: expected NAME='COMMAND'`);
}
