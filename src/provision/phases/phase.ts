/**
 * What a phase is: resources of hosts, steps for the cluster as a whole, and a gate. Only types.
 *
 * Phases follow each other because each needs what the one before has proved: a token needs a quorum,
 * Patroni needs a token, a replica needs a leader. The proof is the gate, and nothing goes on while
 * it is shut.
 */
import type { Outcome } from "../../outcome.ts";
import type { Host } from "../cluster/cluster.ts";
import type { Resource } from "../resources/resource.ts";
import type { PhaseName } from "./events.ts";
import type { Ports } from "./ports.ts";
import type { World } from "./world.ts";

export type Phase = {
  readonly name: PhaseName;
  /** Whether it rests on what earlier phases have brought: then the hosts are looked at anew. */
  readonly looksAnew?: boolean;
  readonly hosts: (world: World) => readonly Host[];
  readonly resources: (world: World, host: Host) => readonly Resource[];
  /**
   * Hosts of one wave are changed at once, the next wave after the gate has opened again. All at once
   * where it is left out.
   */
  readonly waves?: (world: World, ports: Ports, hosts: readonly Host[]) => Promise<Waves>;
  /** In the place of resources. Looked up without changing anything. */
  readonly steps?: (world: World, ports: Ports) => Promise<Outcome<readonly Step[]>>;
  readonly gate?: Gate;
};

export type Waves = readonly (readonly Host[])[];

/** Something for the cluster as a whole: a policy, a token, a role. */
export type Step = {
  readonly summary: string;
  readonly difference?: readonly string[];
  readonly perform: () => Promise<Outcome<void>>;
};

export type Gate = {
  /** What is waited for, as in "waiting for …". */
  readonly what: string;
  readonly deadlineMs: number;
  /** Whose state and journal are shown when it stays shut. */
  readonly unit: string;
  /** One look; it is repeated until it is open or the time is over. */
  readonly look: (world: World, ports: Ports, hosts: readonly Host[]) => Promise<GateView>;
};

export type GateView = {
  readonly isOpen: boolean;
  /** One sentence: what was seen, or what is missing. */
  readonly detail: string;
};
