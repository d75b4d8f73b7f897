/**
 * What a run tells while it goes on. Only types.
 *
 * Whoever shows it (a terminal, a log, a program) reads nothing else, so all of them tell the same.
 * Nothing secret is ever in an event.
 */
export type PhaseName =
  | "names"
  | "journal"
  | "consul-servers"
  | "consul-acl"
  | "consul-agents"
  | "storage"
  | "programs"
  | "patroni"
  | "databases"
  | "vip-agent"
  | "verify";

/** Of a run that looks at hosts phase by phase. */
export type Verb = "plan" | "apply" | "remove";

export type RunEvent =
  | {
      readonly kind: "run-started";
      readonly verb: Verb;
      readonly hosts: readonly string[];
    }
  | { readonly kind: "phase-started"; readonly phase: PhaseName; readonly hosts: readonly string[] }
  /** Of one host, or of the cluster as a whole (a token, a policy): then without a host. */
  | {
      readonly kind: "step-started";
      readonly phase: PhaseName;
      readonly host?: string;
      readonly summary: string;
    }
  | {
      readonly kind: "step-ended";
      readonly phase: PhaseName;
      readonly host?: string;
      readonly summary: string;
      readonly isDone: boolean;
      readonly tookMs: number;
      readonly detail?: string;
    }
  /** What would be done, in a plan. */
  | {
      readonly kind: "step-planned";
      readonly phase: PhaseName;
      readonly host?: string;
      readonly summary: string;
      readonly difference?: readonly string[];
    }
  | {
      readonly kind: "host-ended";
      readonly phase: PhaseName;
      readonly host: string;
      readonly steps: number;
    }
  /** The run waits for the cluster: a leader, a quorum, replicas. */
  | { readonly kind: "gate-waiting"; readonly phase: PhaseName; readonly what: string }
  | {
      readonly kind: "gate-ended";
      readonly phase: PhaseName;
      readonly isOpen: boolean;
      readonly tookMs: number;
      readonly detail: string;
      /** Of a gate that stayed shut: states of units and their last journal lines, by host. */
      readonly evidence?: readonly { readonly host: string; readonly lines: readonly string[] }[];
    }
  | {
      readonly kind: "phase-ended";
      readonly phase: PhaseName;
      readonly steps: number;
      readonly tookMs: number;
    }
  /** What stands in the way, all of it at once. */
  | { readonly kind: "obstacles"; readonly findings: readonly Finding[] }
  | {
      readonly kind: "run-ended";
      readonly verb: Verb;
      readonly steps: number;
      readonly isDone: boolean;
      readonly tookMs: number;
    };

/** One thing that was looked at, by preflight or verify. */
export type Finding = {
  readonly severity: "error" | "warning" | "fine";
  /** None: the cluster as a whole. */
  readonly host?: string;
  /** A word for programs: `clock-skew`, `port-taken`. */
  readonly code: string;
  /** What was found: one sentence. */
  readonly finding: string;
  /** What to do; none where it is fine. */
  readonly remedy?: string;
};
