/**
 * What a chaos run is asked to do: its command line as one readonly value. Pure.
 */

import manifest from "../package.json" with { type: "json" };
import { wholeNumber } from "../bench/arguments.ts";
import { readWords, UsageError } from "../bench/program.ts";
import type { Candidate } from "./actors.ts";

export type ChaosOptions = {
  readonly rounds: number;
  readonly seed: number;
  /** Sandboxes side by side. */
  readonly worlds: number;
  /** vip-agent first. */
  readonly candidates: readonly Candidate[];
  readonly outFolder: string;
};

export const usage = `npm run chaos -- [options]

  --rounds N           rounds for each daemon (200)
  --seed S             of the first round; the others follow from it (drawn)
  --worlds W           worlds that run side by side (4)
  --peer NAME=COMMAND  another daemon meets the same rounds; {iface} {name} {vip} {consul} are filled
                       in, and VIP_CONSUL_TOKEN is set; repeatable
  --only-peers         leave vip-agent out
  --out DIR            where results go (chaos/results)

A round that broke something is replayed by --seed ITS_SEED --rounds 1.
Exit code 1 when vip-agent broke a bound, lost the VIP without need, or was not well again in time.
`;

/** What `parseArgs` is told. */
const understood = {
  rounds: { type: "string" },
  seed: { type: "string" },
  worlds: { type: "string" },
  peer: { type: "string", multiple: true },
  "only-peers": { type: "boolean" },
  out: { type: "string" },
  help: { type: "boolean" },
} as const;

export function parseArguments(words: readonly string[], drawnSeed: number): ChaosOptions | "help" {
  const values = readWords(words, understood);
  if (values.help === true) return "help";
  const agent: Candidate = { name: `vip-agent ${manifest.version}` };
  const peers = (values.peer ?? []).map(peerOf);
  const isWithout = values["only-peers"] ?? false;
  if (isWithout && peers.length === 0) throw new UsageError("--only-peers: expected a --peer too");
  return {
    rounds: wholeNumber("rounds", values.rounds ?? "200", 1),
    seed: wholeNumber("seed", values.seed ?? String(drawnSeed), 0),
    worlds: wholeNumber("worlds", values.worlds ?? "4", 1),
    candidates: isWithout ? peers : [agent, ...peers],
    outFolder: values.out ?? "chaos/results",
  };
}

/** The name ends at the first `=`; a command has some of its own. */
function peerOf(text: string): Candidate {
  const at = text.indexOf("=");
  const [name, command] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at > 0 && name !== "" && command !== "") return { name, command };
  throw new UsageError(`--peer ${text}: expected NAME='COMMAND'`);
}
