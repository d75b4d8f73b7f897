/**
 * What a round leaves behind for the judges: facts with their moments, all of one clock, from
 * observers that know nothing of each other. No judgement is in it.
 *
 * Times are milliseconds of the monotonic clock of the machine that all hosts of a world share.
 */
import type { HostName } from "../lab/network.ts";
import type { FaultKind } from "./faults.ts";
import type { Span } from "./spans.ts";

export type Timings = {
  readonly ttlS: number;
  readonly loopWaitS: number;
  readonly retryTimeoutS: number;
};

export type HostSpan = Span & { readonly host: HostName };

/** The kernel took an address away, whoever asked for it. */
export type Removal = { readonly host: HostName; readonly atMs: number };

/** From this moment on the key named this host's member, or nobody. */
export type KeyStep = { readonly atMs: number; readonly host: HostName | undefined };

/** A time in which the daemon of a host could do nothing, from outside causes. */
export type AgentSpan = HostSpan & {
  readonly kind: "killed" | "frozen" | "stopped" | "handed-over";
};

/** A person, or their script, changed the address. */
export type HandMade = {
  readonly host: HostName;
  readonly atMs: number;
  readonly kind: "added" | "removed";
};

export type Answer = { readonly host: HostName; readonly atMs: number };

export type Injected = {
  readonly kind: FaultKind;
  /** The hosts that it hit, in words for people. */
  readonly target: string;
  readonly fromMs: number;
  readonly toMs: number;
};

export type Evidence = Span & {
  readonly timings: Timings;
  /** The VIP was bound here and the link was up. */
  readonly holds: readonly HostSpan[];
  readonly removals: readonly Removal[];
  readonly keySteps: readonly KeyStep[];
  readonly agentSpans: readonly AgentSpan[];
  /**
   * No consistent read succeeded through the Consul client of the host: from the last question that
   * was answered to the first that was again.
   */
  readonly blindSpans: readonly HostSpan[];
  readonly handMade: readonly HandMade[];
  /** The host answered ARP for the VIP. */
  readonly wireSpans: readonly HostSpan[];
  /** Answers that the client got by the VIP. */
  readonly answers: readonly Answer[];
  /** "PostgreSQL" was down here, or so young that it may not have listened yet. */
  readonly serverDownSpans: readonly HostSpan[];
  /** The client's packets to the host were lost, so that a call to it hangs. */
  readonly silentSpans: readonly HostSpan[];
  readonly faults: readonly Injected[];
};
