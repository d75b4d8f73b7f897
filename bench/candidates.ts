/**
 * The daemons that are compared: vip-agent, the floor, and whatever `--peer` names.
 *
 * All run on the same hosts, follow the same key and are told the same things; only one of them runs
 * at a time. vip-agent runs as an operator would run it, with its defaults.
 */
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };
import type { BenchOptions } from "./arguments.ts";
import { UsageError } from "./program.ts";

export type Candidate = {
  readonly name: string;
  readonly kind: "agent" | "floor" | "peer";
  /** Undefined for vip-agent itself, which the lab knows how to start. */
  readonly command: string | undefined;
  /** Whom vip-agent asks; left out: Consul, its default. */
  readonly source?: "patroni" | undefined;
};

const floorProgram = fileURLToPath(new URL("floor.ts", import.meta.url));

export function candidatesOf({
  peers,
  only,
}: Pick<BenchOptions, "peers" | "only">): readonly Candidate[] {
  const floor = `${process.execPath} ${floorProgram} {iface} {name} {vip} {consul}`;
  const all: readonly Candidate[] = [
    { name: `vip-agent ${manifest.version}`, kind: "agent", command: undefined },
    { name: "floor", kind: "floor", command: floor },
    ...peers.map(({ name, command }) => ({ name, kind: "peer", command }) as const),
  ];
  return chosenFrom(all, only);
}

/** Those that `--only` names, by name with or without the version; all where it names none. */
export function chosenFrom(
  all: readonly Candidate[],
  only: readonly string[],
): readonly Candidate[] {
  for (const name of only) {
    if (!all.some((candidate) => isNamed(candidate, name))) {
      const known = all.map((candidate) => candidate.name).join(", ");
      throw new UsageError(`--only ${name}: expected one of ${known}`);
    }
  }
  if (only.length === 0) return all;
  return all.filter((candidate) => only.some((name) => isNamed(candidate, name)));
}

/** With or without the version behind its name. */
function isNamed(candidate: Candidate, name: string): boolean {
  return candidate.name === name || candidate.name.startsWith(`${name} `);
}
